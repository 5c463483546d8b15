//! Dispatches of one submission, and what comes back of it: rows, and how long the adapter worked on each kernel.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

use bytemuck::Pod;

use super::device::Device;
use super::job::Job;
use super::source::{Kernel, Shape};
use crate::compute::ComputeError;

/// Dispatches that will run in order.
pub struct Commands<'a> {
    device: &'a Device,
    dispatches: Vec<Dispatch>,
}

struct Dispatch {
    kernel: Kernel,
    pipeline: Arc<wgpu::ComputePipeline>,
    bind_group: wgpu::BindGroup,
    n_groups: u32,
}

impl<'a> Commands<'a> {
    pub fn new(device: &'a Device) -> Self {
        Self { device, dispatches: Vec::new() }
    }

    /// Adds a dispatch of `n_groups` workgroups; `buffers` are bindings 0, 1, ... and the first is the job.
    pub fn dispatch(&mut self, kernel: Kernel, shape: Shape, job: &Job, buffers: &[&wgpu::Buffer], n_groups: u32) {
        let Device { device, queue, .. } = self.device;
        let uniform = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: size_of::<Job>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&uniform, 0, bytemuck::bytes_of(job));
        let pipeline = self.device.pipeline(kernel, shape);
        let entries: Vec<wgpu::BindGroupEntry> = [&uniform]
            .into_iter()
            .chain(buffers.iter().copied())
            .zip(kernel.bindings())
            .map(|(buffer, &binding)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        self.dispatches.push(Dispatch { kernel, pipeline, bind_group, n_groups });
    }

    /// Submits, and asks for the first `n` values of a buffer. Does not wait.
    pub fn submit<T: Pod>(self, buffer: &wgpu::Buffer, n: usize) -> Pending<'a, T> {
        let Self { device, dispatches } = self;
        let stamps = Stamps::new(device, dispatches.len());
        let mut encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for (place, dispatch) in dispatches.iter().enumerate() {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes: stamps.as_ref().map(|stamps| stamps.around(place)),
            });
            pass.set_pipeline(&dispatch.pipeline);
            pass.set_bind_group(0, &dispatch.bind_group, &[]);
            // A side of the grid is short: fold what is beyond.
            let x = dispatch.n_groups.min(device.max_groups_per_side()).max(1);
            pass.dispatch_workgroups(x, dispatch.n_groups.div_ceil(x).max(1), 1);
        }
        let rows = ReadBack::copy(device, &mut encoder, buffer, (n * size_of::<T>()) as u64);
        let stamps = stamps.map(|stamps| stamps.resolve(device, &mut encoder));
        let submission = device.queue.submit([encoder.finish()]);
        let kernels = dispatches.iter().map(|dispatch| dispatch.kernel).collect();
        let stamps = stamps.map(ReadBack::map);
        Pending { device, submission, kernels, rows: rows.map(), stamps, values: std::marker::PhantomData }
    }
}

/// When each dispatch began and ended.
struct Stamps {
    set: wgpu::QuerySet,
    n: u32,
}

impl Stamps {
    /// None where the adapter cannot tell, or not for so many.
    fn new(device: &Device, n_dispatches: usize) -> Option<Self> {
        let n =
            u32::try_from(2 * n_dispatches).ok().filter(|&n| device.timestamps && n <= wgpu::QUERY_SET_MAX_QUERIES)?;
        let set = device.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: None,
            ty: wgpu::QueryType::Timestamp,
            count: n,
        });
        Some(Self { set, n })
    }

    fn around(&self, dispatch: usize) -> wgpu::ComputePassTimestampWrites<'_> {
        let first = 2 * dispatch as u32;
        wgpu::ComputePassTimestampWrites {
            query_set: &self.set,
            beginning_of_pass_write_index: Some(first),
            end_of_pass_write_index: Some(first + 1),
        }
    }

    fn resolve(self, device: &Device, encoder: &mut wgpu::CommandEncoder) -> ReadBack {
        let bytes = u64::from(self.n) * u64::from(wgpu::QUERY_SIZE);
        let resolved = device.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        encoder.resolve_query_set(&self.set, 0..self.n, &resolved, 0);
        ReadBack::copy(device, encoder, &resolved, bytes)
    }
}

/// A buffer on its way to the host.
struct ReadBack {
    staging: wgpu::Buffer,
}

type Mapped = Result<(), wgpu::BufferAsyncError>;

impl ReadBack {
    fn copy(device: &Device, encoder: &mut wgpu::CommandEncoder, buffer: &wgpu::Buffer, bytes: u64) -> Self {
        let staging = device.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, bytes);
        Self { staging }
    }

    /// To be called once the copy is submitted.
    fn map(self) -> Arriving {
        let (sender, receiver) = channel();
        self.staging.map_async(wgpu::MapMode::Read, .., move |mapped| {
            // The receiver is gone only where the wait has already failed.
            let _ = sender.send(mapped);
        });
        Arriving { staging: self.staging, receiver }
    }
}

struct Arriving {
    staging: wgpu::Buffer,
    receiver: Receiver<Mapped>,
}

impl Arriving {
    /// True once the host may look.
    fn is_here(&self) -> Result<bool, ComputeError> {
        match self.receiver.try_recv() {
            Ok(mapped) => mapped.map(|()| true).map_err(|e| lost(&e)),
            Err(TryRecvError::Empty) => Ok(false),
            Err(e) => Err(lost(&e)),
        }
    }

    fn values<T: Pod>(&self) -> Result<Vec<T>, ComputeError> {
        let view = self.staging.get_mapped_range(..).map_err(|e| lost(&e))?;
        // The mapping may not be aligned for T.
        Ok(bytemuck::pod_collect_to_vec(&view))
    }
}

fn lost(error: &dyn std::fmt::Display) -> ComputeError {
    ComputeError::DeviceLost(error.to_string())
}

/// A submission that runs while the host goes on.
pub struct Pending<'a, T> {
    device: &'a Device,
    submission: wgpu::SubmissionIndex,
    kernels: Vec<Kernel>,
    rows: Arriving,
    stamps: Option<Arriving>,
    values: std::marker::PhantomData<T>,
}

/// What a submission gave.
pub struct Finished<T> {
    pub values: Vec<T>,
    /// Time that the adapter spent in each dispatch, where it can tell.
    pub times: Option<Vec<(Kernel, Duration)>>,
}

impl<T: Pod> Pending<'_, T> {
    /// Waits for the values.
    ///
    /// # Errors
    /// Anything that the device refused or lost.
    pub fn wait(self) -> Result<Finished<T>, ComputeError> {
        let mut awaited: Vec<&Arriving> = std::iter::once(&self.rows).chain(&self.stamps).collect();
        while let Some(next) = awaited.last() {
            self.device.check()?;
            let wait = wgpu::PollType::Wait {
                submission_index: Some(self.submission.clone()),
                timeout: Some(Duration::from_millis(500)),
            };
            match self.device.device.poll(wait) {
                Ok(_) | Err(wgpu::PollError::Timeout) => {}
                Err(e) => return Err(lost(&e)),
            }
            if next.is_here()? {
                awaited.pop();
            }
        }
        self.device.check()?;
        let times = self.stamps.as_ref().map(Arriving::values).transpose()?.map(|stamps| self.times(&stamps));
        Ok(Finished { values: self.rows.values()?, times })
    }

    fn times(&self, stamps: &[u64]) -> Vec<(Kernel, Duration)> {
        let tick_ns = f64::from(self.device.queue.get_timestamp_period());
        let between = |ends: &[u64]| Duration::from_nanos((tick_ns * ends[1].saturating_sub(ends[0]) as f64) as u64);
        self.kernels.iter().copied().zip(stamps.chunks_exact(2).map(between)).collect()
    }
}
