//! Which backend answers: what the user chose, or the best that this machine has.

use super::{BackendArgs, CliError};
use crate::compute::{Backend, ComputeError, CpuBackend, gpu};

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

/// Holds every thread pool of the process to the threads asked for. Called first, before any pool exists.
///
/// # Errors
/// The system gives no threads.
pub fn limit_threads(args: &BackendArgs) -> Result<(), CliError> {
    let threads = threads(args);
    // SAFETY: no other thread runs yet that could read the environment.
    unsafe { std::env::set_var("POLARS_MAX_THREADS", threads.to_string()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    pool.map_err(|error| CliError::from(ComputeError::Threads { threads, reason: error.to_string() }))
}

/// Opens the backend, on the CPU on the threads of the process, and says on stderr what runs and why.
///
/// `auto` never picks a software adapter: the CPU backend does the same work several times faster.
///
/// # Errors
/// `--backend gpu` or `--adapter` without such an adapter.
pub fn open(args: &BackendArgs) -> Result<Box<dyn Backend>, CliError> {
    if args.backend == BackendChoice::Cpu && args.adapter.is_some() {
        return Err(CliError::Usage(
            "--adapter names a GPU adapter, --backend cpu uses none: give one of the two".into(),
        ));
    }
    let backend: Box<dyn Backend> = match (args.backend, &args.adapter) {
        (BackendChoice::Gpu, None) => Box::new(gpu::GpuBackend::new(None)?),
        (_, Some(name)) => Box::new(gpu::GpuBackend::new(Some(name))?),
        (BackendChoice::Cpu, None) => Box::new(CpuBackend::of_process()),
        (BackendChoice::Auto, None) => match gpu::best_hardware_adapter() {
            Some(adapter) => Box::new(gpu::GpuBackend::new(Some(&adapter.name))?),
            None => {
                eprintln!("no GPU adapter: running on the CPU");
                Box::new(CpuBackend::of_process())
            }
        },
    };
    announce(&*backend);
    Ok(backend)
}

/// Says on stderr what runs.
pub fn announce(backend: &dyn Backend) {
    let info = backend.info();
    eprintln!("backend: {} ({}, {} threads)", info.kind, info.adapter, info.threads);
}
