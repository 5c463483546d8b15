//! Where a random value lives: the map from lot, wafer, die, array and element to a counter.

use super::philox4x32_10;

/// What a value is drawn for. Streams never share a counter.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// One normal per cell: local mismatch and programming residual.
    Cell = 1,
    /// Per column: converter offset and gain.
    Column = 2,
    /// Per conversion: thermal and converter noise.
    Read = 3,
    /// Process parameters at lot, wafer, within-wafer and die level (host, f64).
    Process = 4,
    /// Killer defects of a die.
    Defect = 5,
    /// Gauge error of one metrology reading.
    Metrology = 6,
    /// Test patterns: weights and inputs of the array test. Same for every die.
    Pattern = 7,
    /// The order of wafers in the carrier.
    Slot = 8,
    /// One word per cell: whether it is stuck.
    Stuck = 9,
    /// One normal per differential pair, where the two cells are not drawn apart.
    Pair = 10,
    /// One normal per vector and level of a column, where outputs are drawn themselves.
    Output = 11,
}

/// A die on its wafer: integer grid position, x to the right and y up, notch down.
///
/// The grid position rather than a running number is the address, so a die keeps its draws when the edge exclusion changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DieAddress {
    /// Lot number in the experiment, 0..2^24.
    pub lot: u32,
    /// Wafer number in the lot, 1..=255; 0 addresses the lot itself.
    pub wafer: u8,
    pub x: i16,
    pub y: i16,
}

/// The die position that addresses a whole wafer or lot (STDF's "no coordinate").
pub const NO_DIE: i16 = i16::MIN;

impl DieAddress {
    /// The lot as a whole.
    pub fn lot_level(lot: u32) -> Self {
        Self { lot, wafer: 0, x: NO_DIE, y: NO_DIE }
    }

    /// A wafer as a whole.
    pub fn wafer_level(lot: u32, wafer: u8) -> Self {
        Self { lot, wafer, x: NO_DIE, y: NO_DIE }
    }

    /// The two counter words that name this die.
    pub fn words(self) -> [u32; 2] {
        let die = u32::from(self.x as u16) << 16 | u32::from(self.y as u16);
        [die, self.lot << 8 | u32::from(self.wafer)]
    }
}

/// Full address of four random words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    pub seed: u64,
    pub stream: Stream,
    pub die: DieAddress,
    /// Array on the die, or another index below 2^24.
    pub array: u32,
    /// Cell block, conversion block or [`name_element`].
    pub element: u32,
}

impl Address {
    pub fn key(&self) -> [u32; 2] {
        [self.seed as u32, (self.seed >> 32) as u32]
    }

    /// Counter = (element, stream and array, die, lot and wafer).
    pub fn counter(&self) -> [u32; 4] {
        debug_assert!(self.array < 1 << 24 && self.die.lot < 1 << 24);
        let [die, lot_wafer] = self.die.words();
        [self.element, (self.stream as u32) << 24 | self.array, die, lot_wafer]
    }

    pub fn words(&self) -> [u32; 4] {
        philox4x32_10(self.counter(), self.key())
    }
}

/// Element number of a named draw (FNV-1a, 32 bits), such as "0500/t1_nm/wafer".
///
/// A new parameter gets its own numbers and moves no other. The plan refuses a spec in which two names collide.
pub fn name_element(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_an_address_moves_the_counter() {
        let base = Address {
            seed: 7,
            stream: Stream::Cell,
            die: DieAddress { lot: 1, wafer: 2, x: -3, y: 4 },
            array: 5,
            element: 6,
        };
        let d = |die| Address { die, ..base };
        let others = [
            Address { stream: Stream::Read, ..base },
            Address { array: 6, ..base },
            Address { element: 7, ..base },
            d(DieAddress { lot: 2, ..base.die }),
            d(DieAddress { wafer: 3, ..base.die }),
            d(DieAddress { x: 3, ..base.die }),
            d(DieAddress { y: -4, ..base.die }),
        ];
        for other in others {
            assert_ne!(other.counter(), base.counter(), "{other:?}");
        }
        assert_ne!(Address { seed: 8, ..base }.key(), base.key());
    }

    #[test]
    fn fnv1a_published_values() {
        assert_eq!(name_element(""), 0x811c_9dc5);
        assert_eq!(name_element("a"), 0xe40c_292c);
        assert_eq!(name_element("foobar"), 0xbf9c_f968);
    }
}
