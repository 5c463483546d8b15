//! Which backend answers: what the user chose, or the best that this machine has.

use super::{BackendArgs, CliError};
use crate::compute::{Backend, CpuBackend, gpu};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum BackendChoice {
    Auto,
    Gpu,
    Cpu,
}

/// Threads to use: as asked, else every core.
pub fn threads(args: &BackendArgs) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    args.threads.map_or_else(cores, usize::from)
}

/// Opens the backend and says on stderr what runs and why.
///
/// `auto` never picks a software adapter: the CPU backend does the same work several times faster.
///
/// # Errors
/// `--backend gpu` or `--adapter` without such an adapter.
pub fn open(args: &BackendArgs) -> Result<Box<dyn Backend>, CliError> {
    let threads = threads(args);
    if args.backend == BackendChoice::Cpu && args.adapter.is_some() {
        return Err(CliError::Usage("--adapter names a GPU adapter, --backend cpu uses none: give one of the two".into()));
    }
    let backend: Box<dyn Backend> = match (args.backend, &args.adapter) {
        (BackendChoice::Gpu, None) => Box::new(gpu::GpuBackend::new(None)?),
        (_, Some(name)) => Box::new(gpu::GpuBackend::new(Some(name))?),
        (BackendChoice::Cpu, None) => Box::new(CpuBackend::new(threads)?),
        (BackendChoice::Auto, None) => match gpu::best_hardware_adapter() {
            Some(adapter) => Box::new(gpu::GpuBackend::new(Some(&adapter.name))?),
            None => {
                eprintln!("no GPU adapter: running on the CPU");
                Box::new(CpuBackend::new(threads)?)
            }
        },
    };
    let info = backend.info();
    eprintln!("backend: {} ({}, {} threads)", info.kind, info.adapter, info.threads);
    Ok(backend)
}
