//! The CPU backend: whole dies in parallel, sixteen columns at a time, all variants of a die on one draw.
//!
//! # Flow for one (die, array)
//!
//! For each group of sixteen columns and each panel of 256 rows: draw the panel's normals once (`draw`, `cells`); then for
//! every variant turn them into differential weights by its card (`weight_table`) and multiply them by all inputs in a
//! register-blocked product (`product`). Where four or more variants are alike (`variants`), sum the cells of each level once for all
//! of them instead (`levels`). Where a job says so, draw the sums of each level and no cells (`outputs`). Then for every variant:
//! convert (`converter`), regress, reduce. Nothing of the array is kept beyond the panel: 32 KiB of normals, 16 KiB of weights. Each
//! of these steps is a kernel of its own, compiled for each instruction set; what calls them is ordinary code.
//!
//! # Operations and bytes
//!
//! | per | operations on one lane | bytes from outside L1 |
//! |---|---|---|
//! | device (one normal) | generator 18 integer; Box-Muller 26 multiply or add, 8.5 integer, 2 conversions, 1/2 root: 55 | 0 |
//! | weight and variant | look-up of 16 bytes, 2 multiply, 3 add | 1 (its code) + 8 (two normals) |
//! | weight, variant and converted vector | 1 fused multiply-add | 1/4 (1/16 of an input) |
//! | the same where inputs are bits | 1/4 add; 11/4 adds for the subsets of four rows, for all vectors | 1/32 of a word |
//! | weight and vector, for all variants alike | 1 fused multiply-add; where each cell is drawn also the product of the cells at rest, as for one variant | 1/8 |
//! | the same where inputs are bits | 1/4 pick, 1/4 shift, 1/4 add; 16 for the subsets of four rows, for all vectors | 1/8 of a word |
//! | column, vector and variant alike | 1 move between lanes | 8 |
//! | level, column, vector and variant alike | 2 fused multiply-adds | 8 for eight variants |
//! | level, column and vector whose output is drawn, of V | 1 normal, (V + 1)/2 fused multiply-adds, for all variants; 2 for each | 2 (V + 1) |
//! | pair drawn at once | as one device, in place of two; look-up of 8 bytes, 1 multiply, 1 add | 5 |
//! | device where a card has stuck cells | generator 18 integer, for all variants | 0 |
//! | weight and variant whose card is not Gaussian | further look-up of 32 bytes, 4 multiply, 4 add, 4 bounds; 8 for stuck cells | 8 (two words) |
//! | conversion | one normal as above, for all variants | 0 |
//! | conversion and variant | 10; 7 more per bit where capacitors are drawn | 8 (charge, noise) |
//!
//! A 256 x 256 array with 16 inputs of 4 bits applied serially: 131,072 devices, and for each variant 65,536 weights,
//! 4.2 M multiply-adds, 16,384 conversions.
//!
//! # Bits
//!
//! Results do not depend on the number of threads (a die is one task, dies keep their order), on the instruction set
//! (every operation is exact or correctly rounded, sixteen lanes everywhere) or on which other dies are in the batch. Whether four
//! or more variants of a die are alike decides how their charges are summed, and so their last bits.

mod array_row;
mod array_test;
mod capacitors;
mod cell_table;
mod cells;
mod charges;
mod classify;
mod converter;
mod draw;
pub mod floors;
mod inputs;
mod layer;
mod level_pattern;
mod level_quads;
mod level_rows;
mod levels;
pub mod monte_carlo;
mod outputs;
mod packed;
mod pass;
mod pattern;
mod probe;
mod product;
#[cfg(test)]
mod reference;
#[cfg(test)]
pub(super) mod tests;
mod variants;
mod weight_table;

use super::lanes::{Isa, LANES};
use super::{
    ArrayJob, ArrayRow, ArrayTest, Backend, BackendInfo, Batch, Card, ClassifyRow, ComputeError, Draw, Network,
};
use crate::random::{Address, DieAddress, Stream};
use array_test::DieTest;
use pattern::Pattern;
use rayon::prelude::*;
use variants::any_alike;

/// Runs the kernels on some threads with an instruction set of this machine.
pub struct CpuBackend {
    /// Its own threads; none where it takes those of the process.
    pool: Option<rayon::ThreadPool>,
    isa: Isa,
}

impl CpuBackend {
    /// On the threads of the process, rayon's global pool, with the best instruction set. For a run, whose other stages take these too: of
    /// two pools on the same cores one looks for work while the other has it.
    pub fn of_process() -> Self {
        Self { pool: None, isa: Isa::best() }
    }

    /// On threads of its own with the best instruction set; `threads` = 0 takes one for each core.
    ///
    /// # Errors
    /// `Threads` if the system gives no threads.
    pub fn new(threads: usize) -> Result<Self, ComputeError> {
        Self::with_isa(threads, Isa::best())
    }

    /// The same bits, more slowly: for tests and for a second opinion.
    ///
    /// # Errors
    /// `Threads` if the system gives no threads.
    pub fn with_isa(threads: usize, isa: Isa) -> Result<Self, ComputeError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| ComputeError::Threads { threads, reason: error.to_string() })?;
        Ok(Self { pool: Some(pool), isa })
    }

    fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// One task for each die, in the order of the dies. None of several dies: the last to be done would keep the other threads waiting.
    fn each_die<R: Send>(&self, batch: Batch, kernel: impl Fn(Isa, DieUnderTest) -> Vec<R> + Sync) -> Vec<R> {
        let dies = batch.dies.par_iter().zip(batch.cards.par_chunks_exact(batch.n_variants));
        let rows: Vec<Vec<R>> = self.install(|| {
            let of_die = |(&die, cards)| DieUnderTest { seed: batch.seed, die, cards, draw: batch.draw };
            dies.with_max_len(1).map(|die| kernel(self.isa, of_die(die))).collect()
        });
        rows.into_iter().flatten().collect()
    }
}

/// One die with the cards of its variants.
#[derive(Clone, Copy)]
struct DieUnderTest<'a> {
    seed: u64,
    die: DieAddress,
    cards: &'a [Card],
    draw: Draw,
}

impl DieUnderTest<'_> {
    fn address(&self, stream: Stream, array: u32) -> Address {
        Address { seed: self.seed, stream, die: self.die, array, element: 0 }
    }
}

/// An array test with what all dies share.
struct Prepared<'a> {
    backend: &'a CpuBackend,
    pattern: Pattern<'a>,
}

impl ArrayTest for Prepared<'_> {
    fn run(&self, batch: Batch) -> Result<Vec<ArrayRow>, ComputeError> {
        let Self { backend, pattern } = self;
        batch.check()?;
        pattern.job.check_draws(&batch)?;
        if any_alike(&batch) {
            backend.install(|| pattern.make_levels());
        }
        Ok(backend.each_die(batch, |isa, die| DieTest { isa, pattern, die }.run()))
    }
}

impl Backend for CpuBackend {
    fn info(&self) -> BackendInfo {
        let adapter = format!("{}, {LANES} lanes", self.isa.name());
        BackendInfo { kind: "cpu".to_owned(), adapter, threads: self.install(rayon::current_num_threads) }
    }

    fn prepare<'a>(&'a self, job: &'a ArrayJob) -> Result<Box<dyn ArrayTest + 'a>, ComputeError> {
        job.check()?;
        Ok(Box::new(Prepared { backend: self, pattern: self.install(|| Pattern::new(job)) }))
    }

    fn classify(&self, batch: Batch, network: &Network) -> Result<Vec<ClassifyRow>, ComputeError> {
        batch.check()?;
        network.check()?;
        let mapped = classify::MappedNetwork::new(network);
        Ok(self.each_die(batch, |isa, die| classify::Classify { isa, mapped: &mapped, die }.run()))
    }

    fn probe(&self, batch: Batch, die: usize, variant: usize, job: &ArrayJob) -> Result<Vec<f32>, ComputeError> {
        batch.check()?;
        job.check()?;
        if die >= batch.dies.len() || variant >= batch.n_variants {
            let allowed = format!("below {}, {}", batch.dies.len(), batch.n_variants);
            return Err(ComputeError::Unsupported {
                what: "die, variant",
                value: format!("{die}, {variant}"),
                allowed,
            });
        }
        let card = &batch.cards[die * batch.n_variants + variant];
        let cards = std::slice::from_ref(card);
        let die = DieUnderTest { seed: batch.seed, die: batch.dies[die], cards, draw: Draw::Cell };
        Ok(probe::probe(self.isa, &die, job))
    }
}
