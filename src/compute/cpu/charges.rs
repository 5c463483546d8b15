//! Charges of a group of columns of a die: of its cells, or drawn themselves.

use super::DieUnderTest;
use super::cells::{CellDraws, PANEL_ROWS};
use super::inputs::EffectiveInputs;
use super::outputs::OutputDraws;
use super::pattern::Pattern;
use super::variants::{Variants, coefficients};
use crate::compute::lanes::{Isa, LANES};

pub enum Charges<'a> {
    Cells(Box<Cells<'a>>),
    Outputs(Box<OutputDraws<'a>>),
}

/// The cells of a die's array, panel by panel, and what its variants make of them.
pub struct Cells<'a> {
    pattern: &'a Pattern<'a>,
    inputs: EffectiveInputs<'a>,
    draws: CellDraws,
    variants: Variants<'a>,
}

impl<'a> Charges<'a> {
    pub fn new(die: &DieUnderTest, pattern: &'a Pattern<'a>) -> Self {
        let job = pattern.job;
        if let Some(outputs) = &pattern.outputs {
            let variants: Vec<_> = (0..die.cards.len()).collect();
            let coefficients = coefficients(die, &variants, outputs.n_levels);
            return Self::Outputs(Box::new(OutputDraws::new(die, job.array, outputs, coefficients)));
        }
        let inputs = EffectiveInputs::new(&pattern.symbols, die.cards, job.bits_per_slice);
        let variants = Variants::new(die, pattern, &inputs);
        let draws = variants.draws(die, job.array);
        Self::Cells(Box::new(Cells { pattern, inputs, draws, variants }))
    }

    /// Shape: `[variant, vector, lane]`.
    pub fn of_group(&mut self, isa: Isa, group: usize) -> &[[f32; LANES]] {
        match self {
            Self::Outputs(outputs) => outputs.charges(isa, group),
            Self::Cells(cells) => cells.charges(isa, group),
        }
    }
}

impl Cells<'_> {
    fn charges(&mut self, isa: Isa, group: usize) -> &[[f32; LANES]] {
        let Self { pattern, inputs, draws, variants } = self;
        variants.clear();
        for (panel, codes) in pattern.weights.group(group).chunks(PANEL_ROWS).enumerate() {
            let first_row = panel * PANEL_ROWS;
            draws.draw(isa, group, first_row, codes);
            variants.add_panel(isa, inputs, group * LANES, first_row, codes, draws);
        }
        variants.charges(isa, group * LANES)
    }
}
