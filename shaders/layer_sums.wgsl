// Codes of a layer. One invocation: one output of one image of a (die, variant); it converts all slices of one tile, shifts, adds,
// and adds that to the layer's sums. Twin: src/compute/cpu/classify.rs.

@group(0) @binding(3) var<storage, read> charges: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
@group(0) @binding(5) var<storage, read_write> results: array<Results>;

@compute @workgroup_size(64)
fn sums_of_layer(
    @builtin(workgroup_id) group_id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let item = folded(group_id, grid) * 64u + lane;
    if item >= job.n_dies * job.n_variants * job.n_inputs * job.columns {
        return;
    }
    let column = item % job.columns;
    let image = (item / job.columns) % job.n_inputs;
    let card = item / (job.columns * job.n_inputs);
    let die = dies[card / job.n_variants];
    var converter = converter_of(die, card, column);
    let n_vectors = job.n_inputs * SLICES;
    let base = card * charge_rows(n_vectors) * job.columns + column;
    var code = 0.0;
    var shift = 1.0;
    var n_clipped = 0u;
    var noise: vec4<f32>;
    for (var s = 0u; s < SLICES; s++) {
        let conversion = image * SLICES + s;
        if s == 0u || (conversion & 3u) == 0u {
            noise = draw(STREAM_READ, job.array, die, read_element(conversion, column));
        }
        let one = convert(&converter, charges[base + conversion * job.columns], noise[conversion & 3u]);
        code += shift * one.code;
        n_clipped += u32(one.clipped);
        shift *= f32(1u << BITS_PER_SLICE);
    }
    sums[(card * job.n_inputs + image) * job.layer_columns + job.first_column + column] += code;
    if n_clipped > 0u {
        atomicAdd(&results[card].n_clipped, n_clipped);
    }
}
