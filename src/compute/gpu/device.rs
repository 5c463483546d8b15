//! An open adapter: buffers and pipelines. Every failure comes back as an error, none as a panic.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytemuck::Pod;

use super::adapters::{SOFTWARE, pick};
use super::source::{Extras, Kernel, Shape};
use crate::compute::ComputeError;

/// A device with the pipelines that it has compiled.
pub struct Device {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub name: String,
    pub is_software: bool,
    pub extras: Extras,
    /// The adapter can tell when a dispatch began and ended.
    pub timestamps: bool,
    limits: wgpu::Limits,
    pipelines: Mutex<HashMap<(Kernel, Shape), Arc<wgpu::ComputePipeline>>>,
    /// The first thing that went wrong since the last look.
    failure: Arc<Mutex<Option<ComputeError>>>,
}

impl Device {
    /// Opens an adapter by name or number; the best one without.
    ///
    /// # Errors
    /// There is no such adapter, its driver is known to compute wrongly, or it gives no device.
    pub fn open(adapter: Option<&str>) -> Result<Self, ComputeError> {
        let adapter = pick(adapter)?;
        let info = adapter.get_info();
        refuse_old_mesa(&info)?;
        let is_software = super::adapters::kind(&info) == SOFTWARE;
        // On software adapters the 16-bit split is faster than 64-bit products.
        let extras = Extras {
            int64: !is_software && adapter.features().contains(wgpu::Features::SHADER_INT64),
            subgroups: adapter.features().contains(wgpu::Features::SUBGROUP),
        };
        let timestamps = adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY);
        let mut required_features = wgpu::Features::empty();
        required_features.set(wgpu::Features::SHADER_INT64, extras.int64);
        required_features.set(wgpu::Features::SUBGROUP, extras.subgroups);
        required_features.set(wgpu::Features::TIMESTAMP_QUERY, timestamps);
        let descriptor = wgpu::DeviceDescriptor {
            required_features,
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let opened = pollster::block_on(adapter.request_device(&descriptor));
        let (device, queue) = opened.map_err(|e| ComputeError::NoAdapter(format!("{}: {e}", info.name)))?;
        let failure = Arc::new(Mutex::new(None));
        let first = failure.clone();
        let keep = move |what: ComputeError| {
            let mut failure = first.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            failure.get_or_insert(what);
        };
        let lost = keep.clone();
        device.on_uncaptured_error(Arc::new(move |e: wgpu::Error| keep(error_of(&e))));
        device.set_device_lost_callback(move |reason, message| {
            // Dropping a device at the end of a run is no loss.
            if reason != wgpu::DeviceLostReason::Destroyed {
                lost(ComputeError::DeviceLost(format!("{reason:?}: {message}")));
            }
        });
        Ok(Self {
            device,
            queue,
            name: format!("{} ({} {})", info.name, info.driver, info.driver_info),
            is_software,
            extras,
            timestamps,
            limits: adapter.limits(),
            pipelines: Mutex::default(),
            failure,
        })
    }

    /// Bytes that one buffer may hold.
    pub fn max_buffer_bytes(&self) -> u64 {
        self.limits.max_storage_buffer_binding_size.min(self.limits.max_buffer_size)
    }

    /// A buffer with this content.
    pub fn upload<T: Pod>(&self, content: &[T]) -> wgpu::Buffer {
        let bytes: &[u8] = bytemuck::cast_slice(content);
        let buffer = self.buffer(bytes.len() as u64);
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }

    /// A buffer of so many bytes, zeroed.
    pub fn buffer(&self, bytes: u64) -> wgpu::Buffer {
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes.max(16).next_multiple_of(4),
            usage,
            mapped_at_creation: false,
        })
    }

    /// Groups along a side of a dispatch's grid.
    pub fn max_groups_per_side(&self) -> u32 {
        self.limits.max_compute_workgroups_per_dimension
    }

    pub(super) fn pipeline(&self, kernel: Kernel, shape: Shape) -> Arc<wgpu::ComputePipeline> {
        let mut pipelines = self.pipelines.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        pipelines
            .entry((kernel, shape))
            .or_insert_with(|| Arc::new(self.compile(&kernel.source(shape), kernel)))
            .clone()
    }

    fn compile(&self, source: &str, kernel: Kernel) -> wgpu::ComputePipeline {
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(kernel.entry_point()),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.entry_point()),
            layout: None,
            module: &module,
            entry_point: Some(kernel.entry_point()),
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: None,
        })
    }

    /// Puts another text in the place of a kernel's own: shows that the parity tests see a wrong kernel.
    #[cfg(test)]
    pub fn replace(&self, kernel: Kernel, shape: Shape, source: &str) {
        let pipeline = Arc::new(self.compile(source, kernel));
        self.pipelines.lock().unwrap().insert((kernel, shape), pipeline);
    }

    /// The first thing that went wrong since the last call, if anything did.
    pub(super) fn check(&self) -> Result<(), ComputeError> {
        let mut failure = self.failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        failure.take().map_or(Ok(()), Err)
    }
}

/// What an error of the interface means to who asked.
fn error_of(error: &wgpu::Error) -> ComputeError {
    match error {
        wgpu::Error::OutOfMemory { .. } => ComputeError::AdapterMemory(error.to_string()),
        wgpu::Error::Validation { .. } => ComputeError::Refused(error.to_string()),
        wgpu::Error::Internal { .. } => ComputeError::DeviceLost(error.to_string()),
    }
}

/// Mesa before 23 stops shader loops after 65,535 iterations, silently.
fn refuse_old_mesa(info: &wgpu::AdapterInfo) -> Result<(), ComputeError> {
    let old = ["Mesa 20", "Mesa 21", "Mesa 22"].iter().any(|version| info.driver_info.starts_with(version));
    if info.device_type == wgpu::DeviceType::Cpu && old {
        let why = format!("{}: {} cuts long loops short without a word; Mesa 25 is right", info.name, info.driver_info);
        return Err(ComputeError::NoAdapter(why));
    }
    Ok(())
}
