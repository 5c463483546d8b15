//! The shaders against the CPU twin on identical inputs, the shaders' text without any adapter, and wrong shaders, which must be seen.

use super::commands::Commands;
use super::device::Device;
use super::job::Job;
use super::source::{Cells, Extras, Kernel, Shape};
use super::{Backend, GpuBackend, die_words};
use crate::compute::cpu::CpuBackend;
use crate::compute::cpu::tests::agreement::differences;
use crate::compute::cpu::tests::{batch, dies, job, network, poor_card, shaped_card};
use crate::compute::normal::normals;
use crate::compute::outputs::LevelOutputs;
use crate::compute::{ArrayJob, ArrayRow, Batch, Card, ClassifyRow, ComputeError, Draw, Stuck};
use crate::random::{Address, DieAddress, Stream};

/// Rows agree to this share: sums run in another order, and a difference of 1e-7 before the converter flips a code now and then.
const RTOL: f32 = 1.0e-3;

/// An adapter, or a word on what did not run; a failure where an adapter is required.
fn open() -> Option<GpuBackend> {
    match GpuBackend::new(None) {
        Ok(backend) => Some(backend),
        Err(error) => {
            assert!(std::env::var_os("SPLITLOT_REQUIRE_ADAPTER").is_none(), "an adapter is required: {error}");
            eprintln!("not run: {error}");
            None
        }
    }
}

const CELLS: [Cells; 4] = [Cells::Pairs, Cells::Gaussian, Cells::Bent, Cells::Stuck];

fn shapes() -> impl Iterator<Item = Shape> {
    let slices = [(4, 1), (1, 4), (3, 3), (8, 1)].into_iter();
    slices.flat_map(|(n_slices, bits_per_slice)| {
        [false, true].into_iter().flat_map(move |extra| {
            // Each kind of cells with another share of variants and inputs.
            CELLS.into_iter().zip([(8, 1), (1, 8), (4, 2), (1, 1)]).map(move |(cells, (variants, parts))| {
                let capacitors = has_capacitors(cells);
                let extras = Extras { int64: extra, subgroups: extra };
                Shape { n_slices, bits_per_slice, cells, capacitors, variants, parts, levels: 8, extras }
            })
        })
    })
}

/// Whether `cards_of` these cells draw the converters' capacitors.
fn has_capacitors(cells: Cells) -> bool {
    matches!(cells, Cells::Bent | Cells::Stuck)
}

fn draw_of(cells: Cells) -> Draw {
    if cells == Cells::Pairs { Draw::Pair } else { Draw::Cell }
}

/// A card by variant, of each kind that the kernels tell apart.
fn cards_of(cells: Cells) -> fn(usize) -> Card {
    match cells {
        Cells::Pairs | Cells::Gaussian => poor_card,
        Cells::Bent => |variant| Card { stuck: Stuck::none(), ..shaped_card(variant) },
        Cells::Stuck => shaped_card,
    }
}

/// Every kernel in every shape parses and validates, and its structs have the sizes that the host writes.
#[test]
fn shaders_are_valid_and_laid_out_as_the_host_writes() {
    use wgpu::naga::valid::{Capabilities, ValidationFlags, Validator};
    let sizes = [("Job", size_of::<Job>()), ("Card", size_of::<Card>()), ("ArrayRow", size_of::<ArrayRow>())];
    let more = [("Results", size_of::<ClassifyRow>()), ("ColumnErrors", super::COLUMN_ERRORS_BYTES as usize)];
    let mut seen = 0;
    for kernel in Kernel::ALL {
        for shape in shapes() {
            let source = kernel.source(shape);
            let module = wgpu::naga::front::wgsl::parse_str(&source)
                .unwrap_or_else(|e| panic!("{kernel:?}: {}", e.emit_to_string(&source)));
            Validator::new(ValidationFlags::all(), Capabilities::all())
                .validate(&module)
                .unwrap_or_else(|e| panic!("{kernel:?}: {e:?}"));
            assert!(module.entry_points.iter().any(|e| e.name == kernel.entry_point()));
            for (_, ty) in module.types.iter() {
                if let wgpu::naga::TypeInner::Struct { span, .. } = ty.inner {
                    for (name, size) in sizes.into_iter().chain(more) {
                        if ty.name.as_deref() == Some(name) {
                            assert_eq!(span as usize, size, "{name} in {kernel:?}");
                            seen += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

fn words_and_normals(device: &Device) -> (Vec<[u32; 4]>, Vec<[f32; 4]>) {
    let (dies, cards) = (dies(1), [Card::ideal(1.0, 127.0)]);
    let batch = batch(&dies, &cards);
    let told = Job::array_test(&batch, &job(1, 1, 1, 4, 1));
    let shape = Shape::new(&batch, 1, 1, 1, device.extras);
    let n = 4096;
    let read = |second: bool| {
        let (words, values) = (device.buffer(16 * n as u64), device.buffer(16 * n as u64));
        let mut commands = Commands::new(device);
        commands.dispatch(Kernel::Words, shape, &told, &[&die_words(device, &batch), &words, &values], n as u32 / 64);
        commands.submit::<[u32; 4]>(if second { &values } else { &words }, n).wait().unwrap().values
    };
    (read(false), bytemuck::cast_vec(read(true)))
}

fn host_words(element: u32) -> [u32; 4] {
    let (dies, cards) = (dies(1), [Card::ideal(1.0, 127.0)]);
    Address { seed: batch(&dies, &cards).seed, stream: Stream::Cell, die: dies[0], array: 0, element }.words()
}

/// Words are equal to the bit; normals to 2e-6, since a driver may fuse a*b+c.
#[test]
fn words_and_normals_agree() {
    let Some(gpu) = open() else { return };
    let (words, values) = words_and_normals(&gpu.device);
    for (element, (words, values)) in words.iter().zip(&values).enumerate() {
        assert_eq!(*words, host_words(element as u32), "element {element}");
        for (a, b) in values.iter().zip(normals(*words)) {
            assert!((a - b).abs() <= 2e-6, "element {element}: {a} {b}");
        }
    }
}

/// Rows, columns, inputs, bits of an input and of a slice.
type JobShape = (usize, usize, usize, u32, u32);
const JOBS: [JobShape; 6] =
    [(65, 17, 7, 4, 1), (1, 1, 1, 4, 1), (3, 5, 2, 4, 4), (257, 63, 5, 4, 2), (64, 40, 16, 8, 3), (33, 70, 9, 8, 1)];

fn cards_of_three_dies(cells: Cells, n_variants: usize) -> (Vec<DieAddress>, Vec<Card>) {
    (dies(3), (0..3 * n_variants).map(|i| cards_of(cells)(i % n_variants)).collect())
}

fn batch_of<'a>(cells: Cells, dies: &'a [DieAddress], cards: &'a [Card]) -> Batch<'a> {
    let batch = Batch { draw: draw_of(cells), ..batch(dies, cards) };
    assert_eq!(Cells::of(&batch), cells);
    batch
}

fn array_test_disagreements(gpu: &GpuBackend, cells: Cells, n_variants: usize, jobs: &[JobShape]) -> Vec<String> {
    let mut found = Vec::new();
    for &(rows, columns, n_inputs, input_bits, bits_per_slice) in jobs {
        let job = job(rows, columns, n_inputs, input_bits, bits_per_slice);
        let (dies, cards) = cards_of_three_dies(cells, n_variants);
        found.extend(disagreements(gpu, batch_of(cells, &dies, &cards), &job));
    }
    found
}

fn disagreements(gpu: &GpuBackend, batch: Batch, job: &ArrayJob) -> Vec<String> {
    let (a, b) = (gpu.array_test(batch, job).unwrap(), CpuBackend::new(2).unwrap().array_test(batch, job).unwrap());
    assert_eq!(a.len(), b.len());
    let of_row = |(i, (a, b))| differences(a, b, RTOL).into_iter().map(move |d| format!("row {i}: {d}"));
    let found = a.iter().zip(&b).enumerate().flat_map(of_row);
    found.map(|found| format!("{}x{} {found}", job.rows, job.columns)).collect()
}

#[test]
fn array_tests_agree() {
    let Some(gpu) = open() else { return };
    for cells in CELLS {
        let found = array_test_disagreements(&gpu, cells, 11, &JOBS);
        assert!(found.is_empty(), "{cells:?}: {found:#?}");
    }
}

/// Jobs whose outputs can be drawn, and cards whose symbols are worth their numbers.
#[test]
fn drawn_outputs_agree_and_a_wrong_kernel_is_seen() {
    let Some(gpu) = open() else { return };
    let dies = dies(3);
    for (n_variants, (rows, columns, n_inputs, input_bits, bits_per_slice)) in
        [(11, (130, 70, 3, 4, 1)), (1, (65, 17, 2, 8, 1)), (3, (40, 32, 16, 4, 4))]
    {
        let card = |i: usize| {
            let card = poor_card(2 * (i % n_variants));
            // A supply of its own makes all that bits are worth.
            let supply = if bits_per_slice == 1 { 1.0 + 0.01 * i as f32 } else { 1.0 };
            Card { input: card.input.map(|input| supply * input), ..card }
        };
        let cards: Vec<Card> = (0..3 * n_variants).map(card).collect();
        let batch = Batch { draw: Draw::Pair, ..batch(&dies, &cards) };
        let job = ArrayJob { draws_outputs: true, ..job(rows, columns, n_inputs, input_bits, bits_per_slice) };
        let found = disagreements(&gpu, batch, &job);
        assert!(found.is_empty(), "{found:#?}");
        let levels = LevelOutputs::new(&job).n_levels as u32;
        let shape = Shape { levels, ..Shape::new(&batch, n_inputs, input_bits, bits_per_slice, gpu.device.extras) };
        let source = Kernel::Outputs.source(shape);
        for (right, wrong) in [
            ("level * n_blocks + block", "level * n_blocks + block + 1u"),
            ("other <= vector", "other < vector"),
            ("sd * sd + zero.y * zero.y", "sd * sd"),
            ("worth * charge", "1.02 * charge"),
        ] {
            assert!(source.contains(right), "{right}");
            gpu.device.replace(Kernel::Outputs, shape, &source.replace(right, wrong));
            assert!(!disagreements(&gpu, batch, &job).is_empty(), "'{wrong}' for '{right}' went unseen");
        }
        gpu.device.replace(Kernel::Outputs, shape, &source);
    }
}

/// The adapter may have subgroups or not; both ways are taken here where it has.
#[test]
fn the_plain_path_agrees() {
    let Some(mut gpu) = open() else { return };
    gpu.device.extras = Extras::default();
    let found = array_test_disagreements(&gpu, Cells::Bent, 11, &JOBS);
    assert!(found.is_empty(), "{found:#?}");
}

/// A workgroup takes up to eight variants, and parts of the inputs where there are fewer.
#[test]
fn any_number_of_variants_agrees() {
    let Some(gpu) = open() else { return };
    for n_variants in [1, 2, 3, 5] {
        // 33 inputs of 4 bits: more than four parts of eight.
        let found = array_test_disagreements(&gpu, Cells::Gaussian, n_variants, &[JOBS[0], (65, 34, 33, 4, 1)]);
        assert!(found.is_empty(), "{n_variants} variants: {found:#?}");
    }
}

/// One die in each submission, and all in few, give the same rows; what the adapter spent its time on is told where it can be.
#[test]
fn submissions_change_no_row() {
    let Some(gpu) = open() else { return };
    let dies = dies(9);
    let cards: Vec<Card> = (0..9).map(poor_card).collect();
    let (batch, job) = (batch(&dies, &cards), job(33, 20, 5, 4, 1));
    let all = gpu.array_test(batch, &job).unwrap();
    *gpu.array_dies.lock().unwrap() = 4;
    assert_eq!(gpu.array_test(batch, &job).unwrap(), all);
    for (die, row) in all.iter().enumerate() {
        let one = Batch { dies: &dies[die..=die], cards: &cards[die..=die], ..batch };
        assert_eq!(gpu.array_test(one, &job).unwrap()[0], *row);
    }
    let seconds = gpu.adapter_seconds();
    assert_eq!(seconds.is_empty(), !gpu.device.timestamps);
    assert!(seconds.values().all(|&s| s > 0.0 && s < 600.0), "{seconds:?}");
}

#[test]
fn a_text_that_is_no_shader_is_refused_and_the_next_one_runs() {
    let Some(gpu) = open() else { return };
    let (dies, cards) = (dies(1), [Card::ideal(1.0, 127.0)]);
    let (batch, job) = (batch(&dies, &cards), job(5, 3, 2, 4, 1));
    let shape = Shape::new(&batch, 2, 4, 1, gpu.device.extras);
    gpu.device.replace(Kernel::Rows, shape, "no shader");
    let refused = gpu.array_test(batch, &job);
    assert!(matches!(refused, Err(ComputeError::Refused(_))), "{refused:?}");
    gpu.device.replace(Kernel::Rows, shape, &Kernel::Rows.source(shape));
    assert!(gpu.array_test(batch, &job).is_ok());
}

/// Counts may differ by the images whose class hangs on one flipped code: at most one of 53 here.
#[test]
fn classifications_agree() {
    let Some(gpu) = open() else { return };
    let network = network();
    let cpu = CpuBackend::new(2).unwrap();
    for cells in CELLS {
        let (dies, cards) = cards_of_three_dies(cells, 11);
        let batch = batch_of(cells, &dies, &cards);
        let (a, b) = (gpu.classify(batch, &network).unwrap(), cpu.classify(batch, &network).unwrap());
        for (i, (a, b)) in a.iter().zip(&b).enumerate() {
            let apart = |f: fn(&ClassifyRow) -> u32| f(a).abs_diff(f(b));
            assert!(
                apart(|r| r.n_correct) <= 1 && apart(|r| r.n_lost) <= 1 && apart(|r| r.n_gained) <= 1,
                "{cells:?} {i}: {a:?} {b:?}"
            );
            assert!(apart(|r| r.n_clipped) <= 2, "{cells:?} {i}: {a:?} {b:?}");
        }
    }
}

#[test]
fn probes_agree() {
    let Some(gpu) = open() else { return };
    let job = job(7, 18, 1, 4, 1);
    let dies = dies(2);
    let cards = [poor_card(0), shaped_card(0), poor_card(1), shaped_card(1)];
    let batch = batch(&dies, &cards);
    let cpu = CpuBackend::new(1).unwrap();
    for variant in 0..2 {
        let (a, b) = (gpu.probe(batch, 1, variant, &job).unwrap(), cpu.probe(batch, 1, variant, &job).unwrap());
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() <= 1e-6 * (1.0 + b.abs()), "{a} {b}");
        }
    }
}

/// Why no kernel multiplies in half precision: with weights of 11 bits rows no longer agree to what backends are held to.
#[test]
fn weights_in_half_precision_are_too_coarse() {
    let Some(gpu) = open() else { return };
    let (dies, cards) = cards_of_three_dies(Cells::Gaussian, 11);
    for job in [JOBS[0], JOBS[3]] {
        let (_, _, n_inputs, input_bits, bits_per_slice) = job;
        let batch = batch_of(Cells::Gaussian, &dies, &cards);
        let shape = Shape::new(&batch, n_inputs, input_bits, bits_per_slice, gpu.device.extras);
        let source = Kernel::Charges.source(shape);
        assert!(source.contains("* weight;"));
        gpu.device.replace(Kernel::Charges, shape, &source.replace("* weight;", "* quantizeToF16(weight);"));
        assert!(!array_test_disagreements(&gpu, Cells::Gaussian, 11, &[job]).is_empty(), "{job:?}");
        gpu.device.replace(Kernel::Charges, shape, &source);
    }
}

/// Each kernel with one constant or operator changed: the comparison above must object.
#[test]
fn wrong_kernels_are_seen() {
    let Some(gpu) = open() else { return };
    let breaks = [
        (Kernel::Charges, Cells::Gaussian, "level.x + level.y * high", "level.x + level.y * low"),
        (Kernel::Charges, Cells::Gaussian, "0xD2511F53u", "0xD2511F57u"),
        (Kernel::Charges, Cells::Pairs, "sd * sd + zero.y * zero.y", "sd * sd + sd * zero.y"),
        (Kernel::Charges, Cells::Bent, "(z * z - 1.0)", "(z * z)"),
        (Kernel::Charges, Cells::Bent, "clamp(value, cards[card].level_low[level]", "clamp(value, -1000.0"),
        (Kernel::Charges, Cells::Stuck, "~word < stuck.n_high", "word < stuck.n_high"),
        (Kernel::Charges, Cells::Stuck, "select(of_slot.xy, of_slot.zw, row == 1u)", "of_slot.xy"),
        (Kernel::Columns, Cells::Gaussian, "fma((*converter).noise_sd, z", "fma(1.1 * (*converter).noise_sd, z"),
        (Kernel::Columns, Cells::Bent, "readout.capacitor_sd * sqrt(units)", "readout.capacitor_sd * units"),
        (Kernel::Columns, Cells::Bent, "from_lowest > level + weight", "from_lowest + 0.1 > level + weight"),
        (Kernel::Columns, Cells::Gaussian, "- 1.6666654611e-1", "- 2.6666654611e-1"),
        (Kernel::Rows, Cells::Gaussian, "b.x > a.x", "b.x < a.x"),
        (Kernel::Rows, Cells::Gaussian, "trimmed.x / n_outputs", "trimmed.x / (n_outputs + n)"),
    ];
    let of_subgroups = [
        (Kernel::Rows, Cells::Gaussian, "subgroupAdd(value)", "value"),
        (Kernel::Rows, Cells::Gaussian, "subgroupMin(", "subgroupMax("),
    ];
    let of_subgroups = of_subgroups.into_iter().filter(|_| gpu.device.extras.subgroups);
    let one_job = &JOBS[..1];
    for (kernel, cells, right, wrong) in breaks.into_iter().chain(of_subgroups) {
        let (dies, cards) = cards_of_three_dies(cells, 11);
        let shape = Shape::new(&batch_of(cells, &dies, &cards), one_job[0].2, 4, 1, gpu.device.extras);
        let source = kernel.source(shape);
        assert!(source.contains(right), "{right}");
        gpu.device.replace(kernel, shape, &source.replace(right, wrong));
        let found = array_test_disagreements(&gpu, cells, 11, one_job);
        assert!(!found.is_empty(), "{kernel:?}: '{wrong}' for '{right}' went unseen");
        gpu.device.replace(kernel, shape, &source);
    }
    for cells in CELLS {
        assert!(array_test_disagreements(&gpu, cells, 11, one_job).is_empty());
    }
}
