//! An open adapter: buffers, pipelines, dispatches, read-back. Every failure comes back as an error, none as a panic.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytemuck::Pod;

use super::adapters::{SOFTWARE, pick};
use super::source::{Kernel, Shape};
use crate::compute::ComputeError;

/// A device with the pipelines that it has compiled.
pub struct Device {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pub name: String,
    pub is_software: bool,
    pub int64: bool,
    limits: wgpu::Limits,
    pipelines: Mutex<HashMap<(Kernel, Shape), Arc<wgpu::ComputePipeline>>>,
    /// The first thing that went wrong since the last look.
    failure: Arc<Mutex<Option<String>>>,
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
        let int64 = !is_software && adapter.features().contains(wgpu::Features::SHADER_INT64);
        let descriptor = wgpu::DeviceDescriptor {
            required_features: if int64 { wgpu::Features::SHADER_INT64 } else { wgpu::Features::empty() },
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let opened = pollster::block_on(adapter.request_device(&descriptor));
        let (device, queue) = opened.map_err(|e| ComputeError::NoAdapter(format!("{}: {e}", info.name)))?;
        let failure = Arc::new(Mutex::new(None));
        let first = failure.clone();
        let keep = move |what: String| {
            let mut failure = first.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            failure.get_or_insert(what);
        };
        let lost = keep.clone();
        device.on_uncaptured_error(Arc::new(move |e: wgpu::Error| keep(e.to_string())));
        device.set_device_lost_callback(move |reason, message| {
            // Dropping a device at the end of a run is no loss.
            if reason != wgpu::DeviceLostReason::Destroyed {
                lost(format!("{reason:?}: {message}"));
            }
        });
        Ok(Self {
            device,
            queue,
            name: format!("{} ({} {})", info.name, info.driver, info.driver_info),
            is_software,
            int64,
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

    /// Starts to collect dispatches.
    pub fn commands(&self) -> Commands<'_> {
        Commands { device: self, encoder: self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default()) }
    }

    fn pipeline(&self, kernel: Kernel, shape: Shape) -> Arc<wgpu::ComputePipeline> {
        let mut pipelines = self.pipelines.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        pipelines.entry((kernel, shape)).or_insert_with(|| Arc::new(self.compile(&kernel.source(shape), kernel))).clone()
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

    fn check(&self) -> Result<(), ComputeError> {
        let mut failure = self.failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        failure.take().map_or(Ok(()), |what| Err(ComputeError::DeviceLost(what)))
    }
}

/// Dispatches that run in order in one submission.
pub struct Commands<'a> {
    device: &'a Device,
    encoder: wgpu::CommandEncoder,
}

impl Commands<'_> {
    /// Adds a dispatch of `n_groups` workgroups; `buffers` are bindings 0, 1, ... and the first is the job.
    pub fn dispatch(&mut self, kernel: Kernel, shape: Shape, job: &super::job::Job, buffers: &[&wgpu::Buffer], n_groups: u32) {
        let device = self.device;
        let uniform = device.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: size_of::<super::job::Job>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        device.queue.write_buffer(&uniform, 0, bytemuck::bytes_of(job));
        let pipeline = device.pipeline(kernel, shape);
        let entries: Vec<wgpu::BindGroupEntry> = [&uniform]
            .into_iter()
            .chain(buffers.iter().copied())
            .zip(kernel.bindings())
            .map(|(buffer, &binding)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let bind_group = device.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let mut pass = self.encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bind_group, &[]);
        // A side of the grid holds at most 65,535 groups: fold the rest.
        let side = device.limits.max_compute_workgroups_per_dimension;
        let x = n_groups.min(side).max(1);
        pass.dispatch_workgroups(x, n_groups.div_ceil(x).max(1), 1);
    }

    /// Submits, waits, and reads the first `n` values of each buffer.
    ///
    /// # Errors
    /// Anything that the device refused or lost.
    pub fn read<T: Pod>(mut self, buffer: &wgpu::Buffer, n: usize) -> Result<Vec<T>, ComputeError> {
        let device = self.device;
        let bytes = (n * size_of::<T>()) as u64;
        let staging = device.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, bytes);
        device.queue.submit([self.encoder.finish()]);
        let (sender, receiver) = std::sync::mpsc::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |mapped| {
            // The receiver is gone only where this function has already failed.
            let _ = sender.send(mapped);
        });
        let lost = |e: &dyn std::fmt::Display| ComputeError::DeviceLost(e.to_string());
        loop {
            device.check()?;
            let wait = wgpu::PollType::Wait { submission_index: None, timeout: Some(Duration::from_millis(500)) };
            match device.device.poll(wait) {
                Ok(_) | Err(wgpu::PollError::Timeout) => {}
                Err(e) => return Err(lost(&e)),
            }
            match receiver.try_recv() {
                Ok(mapped) => {
                    mapped.map_err(|e| lost(&e))?;
                    break;
                }
                Err(std::sync::mpsc::TryRecvError::Empty) => {}
                Err(e) => return Err(lost(&e)),
            }
        }
        device.check()?;
        let view = staging.get_mapped_range(..).map_err(|e| lost(&e))?;
        // The mapping may not be aligned for T.
        Ok(bytemuck::pod_collect_to_vec(&view))
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
