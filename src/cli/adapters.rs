//! `splitlot adapters`: what could run the shaders, with the limits and features that matter.

use super::table::table;
use super::{CliError, print, print_json};
use crate::compute::gpu;

#[derive(clap::Args)]
pub struct AdaptersArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub fn adapters(args: &AdaptersArgs) -> Result<(), CliError> {
    let adapters = gpu::adapters();
    if args.json {
        return print_json(&adapters);
    }
    if adapters.is_empty() {
        return print("no adapter: the CPU backend runs (install a Vulkan, Metal or DX12 driver to use a GPU)");
    }
    let rows: Vec<Vec<String>> = adapters
        .iter()
        .enumerate()
        .map(|(i, a)| vec![i.to_string(), a.name.clone(), a.kind.to_string(), a.driver.clone(), a.features.join(" ")])
        .collect();
    print(&table(&["#", "adapter", "kind", "driver", "features"], &rows, &["#"]))
}
