//! WGSL text of each kernel, put together from the files in `shaders/`.

use crate::compute::{Batch, Card, Draw};

/// A kernel: its entry point and the files that it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    #[cfg(test)]
    Words,
    Probe,
    Charges,
    /// Charges where outputs are drawn.
    Outputs,
    Columns,
    Rows,
    LayerSums,
    Activation,
}

/// What the cards of a batch ask of the kernels that make cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cells {
    /// Pairs are drawn at once.
    Pairs,
    /// Every card is Gaussian.
    Gaussian,
    /// Some card bends or bounds its cells.
    Bent,
    /// Some card has stuck cells.
    Stuck,
}

impl Cells {
    pub fn of(batch: &Batch) -> Self {
        let cards = batch.cards;
        if batch.draw == Draw::Pair {
            Self::Pairs
        } else if cards.iter().any(|card| !card.stuck.is_none()) {
            Self::Stuck
        } else if cards.iter().all(Card::is_gaussian) {
            Self::Gaussian
        } else {
            Self::Bent
        }
    }
}

/// What is fixed when a kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    pub n_slices: u32,
    pub bits_per_slice: u32,
    pub cells: Cells,
    /// Some card draws its converters' capacitors.
    pub capacitors: bool,
    /// Variants that one workgroup of the charges kernel takes: 1, 2, 4 or 8.
    pub variants: u32,
    /// Parts of the inputs that it takes beside one another: their product is at most 8.
    pub parts: u32,
    /// Levels whose sums are drawn, where outputs are; else 0.
    pub levels: u32,
    pub extras: Extras,
}

/// What an adapter can do beyond what every one can: faster ways to the same integers and, but for the order of sums, floats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Extras {
    /// It multiplies 64-bit integers.
    pub int64: bool,
    /// Invocations that go in step reduce in registers.
    pub subgroups: bool,
}

/// Conversions that one invocation of the charges kernel accumulates: they stay in registers.
const MAX_VECTORS: u32 = 32;
/// Invocations of the charges kernel that share one column's draws.
const MAX_SHARING: u32 = 8;

impl Shape {
    /// The shape of a batch: as many of its variants side by side as may be, then as many parts of its inputs.
    pub fn new(batch: &Batch, n_inputs: usize, input_bits: u32, bits_per_slice: u32, extras: Extras) -> Self {
        let n_slices = input_bits.div_ceil(bits_per_slice);
        let power = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).min(MAX_SHARING).next_power_of_two();
        let variants = power(batch.n_variants);
        let parts = power(n_inputs.div_ceil(inputs_of_one(n_slices) as usize)).min(MAX_SHARING / variants);
        let capacitors = batch.cards.iter().any(|card| card.readout.capacitor_bits > 0);
        Self { n_slices, bits_per_slice, cells: Cells::of(batch), capacitors, variants, parts, levels: 0, extras }
    }

    /// Inputs that one workgroup of the charges kernel takes.
    pub fn inputs_per_group(self) -> u32 {
        inputs_of_one(self.n_slices) * self.parts
    }
}

/// Inputs that one invocation of the charges kernel takes.
fn inputs_of_one(n_slices: u32) -> u32 {
    (MAX_VECTORS / n_slices).max(1)
}

macro_rules! shader {
    ($name:literal) => {
        include_str!(concat!("../../../shaders/", $name, ".wgsl"))
    };
}

impl Kernel {
    #[cfg(test)]
    pub const ALL: [Self; 8] = [
        Self::Words,
        Self::Probe,
        Self::Charges,
        Self::Outputs,
        Self::Columns,
        Self::Rows,
        Self::LayerSums,
        Self::Activation,
    ];

    pub fn entry_point(self) -> &'static str {
        match self {
            #[cfg(test)]
            Self::Words => "words_of_elements",
            Self::Probe => "cells_of_array",
            Self::Charges => "charges_of_arrays",
            Self::Outputs => "charges_of_outputs",
            Self::Columns => "errors_of_columns",
            Self::Rows => "rows_of_arrays",
            Self::LayerSums => "sums_of_layer",
            Self::Activation => "activations",
        }
    }

    /// Binding numbers in the order in which a dispatch gives its buffers, the job first. Auto-made layouts hold only what a
    /// kernel really reads: `rows` and `activation` look at no die and no card.
    pub fn bindings(self) -> &'static [u32] {
        match self {
            #[cfg(test)]
            Self::Words => &[0, 1, 3, 4],
            Self::Probe => &[0, 1, 2, 3, 4],
            Self::Charges | Self::Outputs => &[0, 1, 2, 3, 4, 5],
            Self::Columns => &[0, 1, 2, 3, 4, 5, 6],
            Self::Rows => &[0, 3, 4, 5],
            Self::LayerSums => &[0, 1, 2, 3, 4, 5],
            Self::Activation => &[0, 3, 4, 5, 6, 7],
        }
    }

    /// The whole module.
    pub fn source(self, shape: Shape) -> String {
        let multiply = if shape.extras.int64 { shader!("multiply_64") } else { shader!("multiply_32") };
        let drawing = [multiply, shader!("philox"), shader!("normal"), shader!("job"), shader!("address")];
        let own: &[&str] = match self {
            #[cfg(test)]
            Self::Words => &[shader!("words")],
            Self::Probe => &[shader!("cell"), shader!("probe")],
            Self::Charges => match shape.cells {
                Cells::Pairs => &[shader!("scratch"), shader!("pairs_at_once"), shader!("charges")],
                Cells::Gaussian => &[shader!("scratch"), shader!("pairs_gaussian"), shader!("charges")],
                Cells::Bent | Cells::Stuck => {
                    &[shader!("scratch"), shader!("cell"), shader!("pairs_shaped"), shader!("charges")]
                }
            },
            Self::Outputs => &[shader!("scratch"), shader!("outputs")],
            Self::Columns => &[shader!("scratch"), shader!("converter"), shader!("errors"), shader!("columns")],
            Self::Rows if shape.extras.subgroups => &[shader!("errors"), shader!("rows"), shader!("total_subgroups")],
            Self::Rows => &[shader!("errors"), shader!("rows"), shader!("total_tree")],
            Self::LayerSums => &[shader!("scratch"), shader!("converter"), shader!("results"), shader!("layer_sums")],
            Self::Activation => &[shader!("results"), shader!("activation")],
        };
        let inputs = inputs_of_one(shape.n_slices);
        let numbers = [
            ("SLICES", shape.n_slices),
            ("BITS_PER_SLICE", shape.bits_per_slice),
            ("INPUTS", inputs),
            ("VECTORS", inputs * shape.n_slices),
            ("VARIANTS", shape.variants),
            ("PARTS", shape.parts),
            ("LEVELS", shape.levels),
        ];
        let switches = [("STUCK", shape.cells == Cells::Stuck), ("CAPACITORS", shape.capacitors)];
        let numbers = numbers.map(|(name, value)| format!("const {name}: u32 = {value}u;\n")).concat();
        let switches = switches.map(|(name, value)| format!("const {name}: bool = {value};\n")).concat();
        let constants = numbers + &switches;
        [&[constants.as_str()], &drawing[..], own].concat().join("\n")
    }
}
