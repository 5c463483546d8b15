//! WGSL text of each kernel, put together from the files in `shaders/`.

use crate::compute::{Batch, Card, Draw};

/// A kernel: its entry point and the files that it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    #[cfg(test)]
    Words,
    Probe,
    Charges,
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
    /// The adapter multiplies 64-bit integers.
    pub int64: bool,
}

/// Conversions that one invocation of the charges kernel accumulates: they stay in registers.
const MAX_VECTORS: u32 = 32;

impl Shape {
    /// Inputs that one workgroup of the charges kernel takes.
    pub fn inputs_per_group(self) -> u32 {
        (MAX_VECTORS / self.n_slices).max(1)
    }
}

macro_rules! shader {
    ($name:literal) => {
        include_str!(concat!("../../../shaders/", $name, ".wgsl"))
    };
}

impl Kernel {
    #[cfg(test)]
    pub const ALL: [Self; 7] =
        [Self::Words, Self::Probe, Self::Charges, Self::Columns, Self::Rows, Self::LayerSums, Self::Activation];

    pub fn entry_point(self) -> &'static str {
        match self {
            #[cfg(test)]
            Self::Words => "words_of_elements",
            Self::Probe => "cells_of_array",
            Self::Charges => "charges_of_arrays",
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
            Self::Charges => &[0, 1, 2, 3, 4, 5],
            Self::Columns => &[0, 1, 2, 3, 4, 5, 6],
            Self::Rows => &[0, 3, 4, 5],
            Self::LayerSums => &[0, 1, 2, 3, 4, 5],
            Self::Activation => &[0, 3, 4, 5, 6, 7],
        }
    }

    /// The whole module.
    pub fn source(self, shape: Shape) -> String {
        let multiply = if shape.int64 { shader!("multiply_64") } else { shader!("multiply_32") };
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
            Self::Columns => &[shader!("scratch"), shader!("converter"), shader!("errors"), shader!("columns")],
            Self::Rows => &[shader!("errors"), shader!("rows")],
            Self::LayerSums => &[shader!("scratch"), shader!("converter"), shader!("results"), shader!("layer_sums")],
            Self::Activation => &[shader!("results"), shader!("activation")],
        };
        let constants = format!(
            "const SLICES: u32 = {}u;\nconst BITS_PER_SLICE: u32 = {}u;\nconst INPUTS: u32 = {}u;\nconst VECTORS: u32 = {}u;\nconst STUCK: bool = {};\nconst CAPACITORS: bool = {};\n",
            shape.n_slices,
            shape.bits_per_slice,
            shape.inputs_per_group(),
            shape.inputs_per_group() * shape.n_slices,
            shape.cells == Cells::Stuck,
            shape.capacitors,
        );
        [&[constants.as_str()], &drawing[..], own].concat().join("\n")
    }
}
