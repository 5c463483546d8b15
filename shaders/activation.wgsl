// What follows a layer. One invocation: one image of a (die, variant); it turns the layer's sums into the next layer's input
// codes, or into a class that it counts, and clears the sums. Twin: src/compute/activation.rs.

@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> codes: array<u32>;
// True class and class of the digital reference of each image.
@group(0) @binding(6) var<storage, read> classes: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read_write> results: array<Results>;

@compute @workgroup_size(64)
fn activations(
    @builtin(workgroup_id) group_id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let item = folded(group_id, grid) * 64u + lane;
    if item >= job.n_dies * job.n_variants * job.n_inputs {
        return;
    }
    let image = item % job.n_inputs;
    let card = item / job.n_inputs;
    let first = item * job.layer_columns;
    let step = job.scale * job.steps_per_code;
    var best = 0u;
    var highest = 0.0;
    for (var c = 0u; c < job.layer_columns; c++) {
        let value = step * sums[first + c] + bias[c];
        sums[first + c] = 0.0;
        if job.last_layer == 0u {
            let code = clamp(round(value * job.codes_per_unit), 0.0, f32(job.input_max));
            codes[card * job.code_stride + image * job.layer_columns + c] = u32(code);
        } else if c == 0u || value > highest {
            best = c;
            highest = value;
        }
    }
    if job.last_layer == 1u {
        let analog = best == classes[image].x;
        let digital = classes[image].y == classes[image].x;
        if analog {
            atomicAdd(&results[card].n_correct, 1u);
        }
        if digital && !analog {
            atomicAdd(&results[card].n_lost, 1u);
        }
        if analog && !digital {
            atomicAdd(&results[card].n_gained, 1u);
        }
    }
}
