//! What could run the shaders on this machine.

use serde::Serialize;

use super::super::ComputeError;

/// An adapter with the limits and features that matter here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdapterInfo {
    pub name: String,
    /// "discrete", "integrated", "virtual", "software" or "other". Software runs on the CPU and is never called a GPU.
    pub kind: &'static str,
    /// Interface: Vulkan, Metal, Dx12.
    pub interface: String,
    /// Driver with its version.
    pub driver: String,
    /// Bytes that one binding may hold.
    pub max_binding_bytes: u64,
    pub max_workgroup_invocations: u32,
    pub max_workgroup_bytes: u32,
    pub max_groups_per_side: u32,
    pub features: Vec<&'static str>,
}

/// All adapters, hardware first: discrete, integrated, virtual, then software.
pub fn adapters() -> Vec<AdapterInfo> {
    found().iter().map(describe).collect()
}

/// The best adapter that is not software.
pub fn best_hardware_adapter() -> Option<AdapterInfo> {
    adapters().into_iter().find(|adapter| adapter.kind != SOFTWARE)
}

pub(super) const SOFTWARE: &str = "software";

/// The adapter of this name (or part of it, in any case) or number in [`adapters`]; the first of all without a name.
///
/// # Errors
/// There is none such.
pub(super) fn pick(name: Option<&str>) -> Result<wgpu::Adapter, ComputeError> {
    let found = found();
    let names: Vec<String> = found.iter().map(|a| a.get_info().name).collect();
    let index = index_of(&names, name).ok_or_else(|| {
        let there = if names.is_empty() { "none on this machine".to_owned() } else { names.join(", ") };
        ComputeError::NoAdapter(match name {
            Some(name) => format!("--adapter {name}: must be the name or number of one of: {there}"),
            None => there,
        })
    })?;
    Ok(found.into_iter().nth(index).expect("the index was found in this list"))
}

/// A number is a number, also where a name holds it ("1" in "H100"); else the first name that holds the text.
fn index_of(names: &[String], wanted: Option<&str>) -> Option<usize> {
    let Some(wanted) = wanted else { return (!names.is_empty()).then_some(0) };
    match wanted.parse::<usize>() {
        Ok(number) => (number < names.len()).then_some(number),
        Err(_) => names.iter().position(|name| name.to_lowercase().contains(&wanted.to_lowercase())),
    }
}

fn found() -> Vec<wgpu::Adapter> {
    let descriptor = wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12,
        flags: wgpu::InstanceFlags::empty(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    };
    let instance = wgpu::Instance::new(descriptor);
    let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    adapters
}

fn rank(kind: wgpu::DeviceType) -> u8 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

pub(super) fn kind(info: &wgpu::AdapterInfo) -> &'static str {
    match info.device_type {
        wgpu::DeviceType::DiscreteGpu => "discrete",
        wgpu::DeviceType::IntegratedGpu => "integrated",
        wgpu::DeviceType::VirtualGpu => "virtual",
        wgpu::DeviceType::Other => "other",
        wgpu::DeviceType::Cpu => SOFTWARE,
    }
}

fn describe(adapter: &wgpu::Adapter) -> AdapterInfo {
    let (info, limits, features) = (adapter.get_info(), adapter.limits(), adapter.features());
    let named = [
        (wgpu::Features::SHADER_INT64, "int64"),
        (wgpu::Features::SHADER_F16, "f16"),
        (wgpu::Features::SUBGROUP, "subgroups"),
        (wgpu::Features::TIMESTAMP_QUERY, "timestamps"),
    ];
    AdapterInfo {
        kind: kind(&info),
        interface: info.backend.to_string(),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        name: info.name,
        max_binding_bytes: limits.max_storage_buffer_binding_size,
        max_workgroup_invocations: limits.max_compute_invocations_per_workgroup,
        max_workgroup_bytes: limits.max_compute_workgroup_storage_size,
        max_groups_per_side: limits.max_compute_workgroups_per_dimension,
        features: named.iter().filter(|(feature, _)| features.contains(*feature)).map(|(_, name)| *name).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::index_of;

    #[test]
    fn numbers_come_before_names() {
        let names = ["NVIDIA H100", "llvmpipe (LLVM 15)"].map(str::to_owned);
        assert_eq!(index_of(&names, Some("1")), Some(1));
        assert_eq!(index_of(&names, Some("2")), None);
        assert_eq!(index_of(&names, Some("LLVMPIPE")), Some(1));
        assert_eq!(index_of(&names, Some("radeon")), None);
        assert_eq!((index_of(&names, None), index_of(&[], None)), (Some(0), None));
    }
}
