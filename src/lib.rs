//! splitlot: a virtual fab for analog AI chips.
//!
//! An engineer describes a device, a process flow, a lot with its splits, and a product. One command makes the lot
//! virtually, runs crossbar matrix-vector products on every die under sampled variation, and reports yield, accuracy,
//! energy and cost per split and corner, each with its uncertainty.
//!
//! # Architecture
//!
//! Data flows one way; every stage can be run again from what the stage before it left.
//!
//! ```text
//! spec -> plan -> fab -> cards -> compute::{gpu,cpu} -> records -> aggregate -> summary -> report
//! (TOML)  (pure)  (lot, wafer,   (the only     (Parquet,    (Polars,     (serde     (plotters PNG,
//!                  die, f64)      hot code)     by chunk)    stats)       structs)    one HTML file)
//! ```
//!
//! | room | knows |
//! | --- | --- |
//! | [`spec`] | the five files, overrides, and what values are allowed |
//! | [`plan`] | dies, variants, jobs and how much work that is |
//! | [`fab`] | hierarchy, signatures, fields, steps, splits, defects, metrology |
//! | [`device`] | closed forms of a cell, f64, SI |
//! | [`array`](mod@array) | from a die's parameters to its cell card, readout and energy |
//! | [`random`] | addresses and the counter generator |
//! | [`compute`] | the kernels; cards in, short rows out; twin sources in `shaders/` |
//! | [`workload`] | the network: quantised, mapped to arrays, with its digital reference |
//! | [`measure`] | from kernel rows to the metrics of a die |
//! | [`record`] | the tables and the meaning of every column |
//! | [`store`] | chunks and files that appear only when whole |
//! | [`stats`], [`economics`] | pure functions on slices |
//! | [`aggregate`] | from tables to [`summary`] |
//! | [`report`] | from summary and tables to figures and the page |
//! | [`validate`] | the suite that holds the product against closed forms and published numbers |
//! | [`compare`] | candidates of a comparison, each run as an experiment |
//! | [`run`], [`cli`] | the order of it all; what the user asked for |
//!
//! `tests/architecture.rs` reads the `use` lines and holds this.
//!
//! # The ideas that keep it simple
//!
//! **Device physics runs once per die, on the host, in f64. Kernels know only cards.** A [`compute::Card`] holds mean, sigma, bend
//! and bounds of the cell value for each weight level, the rates of stuck cells, the effective inputs and the readout. A new
//! technology is a new card writer, never a new shader. The slow exact path ([`array::CardWriter::exact`]) draws every physical
//! term of every cell and proves the card.
//!
//! **Randomness is addressed, not drawn.** A value is a function of (seed, stream, lot, wafer, die, array, element): see
//! [`random`]. Thread count, chunks, resuming and backend cannot change a draw, and one die can be replayed alone.
//!
//! **One draw, many variants.** Corners and recipes change the card, not the draw, so every comparison between them is paired.
//!
//! **Three error classes, kept apart**: (a) gain and offset common to an array or column, (b) the static residual of each
//! cell, (c) noise per read. Only what the product file says is trimmed.
//!
//! # Decisions
//!
//! *Weight steps as the kernel's unit.* Context: capacitances of 1e-16 F lose the exactness of integer arithmetic. Choice: a
//! cell of level `l` on an ideal die is exactly the float `l`. Cost: a conversion at both ends. Date: 2026-11.
//!
//! *Elements by place.* Context: a cell's draw must not depend on how much of the array a job uses. Choice: element = row
//! pair << 14 | column. Cost: at most 16,384 columns. Date: 2026-11.

pub mod aggregate;
pub mod array;
pub mod cli;
pub mod compare;
pub mod compute;
pub mod device;
pub mod economics;
pub mod fab;
pub mod manifest;
pub mod measure;
pub mod plan;
pub mod random;
pub mod record;
pub mod report;
pub mod run;
pub mod spec;
pub mod stats;
pub mod store;
pub mod summary;
pub mod validate;
pub mod workload;
