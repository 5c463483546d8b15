//! The work item: trials of a fresh crossbar, on the CPU.

use super::meter::Meter;
use super::{BenchArgs, Content, Figures, Size};
use crate::cli::CliError;
use crate::compute::Backend;
use crate::compute::cpu::monte_carlo::WorkItem;

pub fn measure(args: &BenchArgs, size: Size) -> Result<Figures, CliError> {
    let Size { rows, columns, inputs, .. } = size;
    let backend = args.cpu()?;
    let item = WorkItem::new(rows, columns, inputs, args.spread()?, WorkItem::SEED)?;
    let meter =
        Meter::run(&backend, args.seconds, 8 * u32::from(args.threads), |trials| Ok(item.run(&backend, trials)))?;
    let [n_normals, n_fmas] = item.n_operations();
    let content = Content { n_devices: item.n_devices(), n_macs: item.n_macs(), n_normals, n_fmas };
    Ok(Figures::new("work", &backend.info(), &meter, &content))
}
