// Errors of single columns. One invocation: one column of a (die, variant) against all inputs; it converts, fits a line to
// the static and to the total error, and writes one ColumnErrors. Twins: src/compute/cpu/array_test.rs, src/compute/reduce.rs.

@group(0) @binding(3) var<storage, read_write> charges: array<f32>;
@group(0) @binding(4) var<storage, read> exact: array<f32>;
@group(0) @binding(5) var<storage, read> exact_columns: array<ColumnExact>;
@group(0) @binding(6) var<storage, read_write> errors: array<ColumnErrors>;

@compute @workgroup_size(64)
fn errors_of_columns(
    @builtin(workgroup_id) group_id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let item = folded(group_id, grid) * 64u + lane;
    if item >= job.n_dies * job.n_variants * job.columns {
        return;
    }
    let column = item % job.columns;
    let card = item / job.columns;
    let die = dies[card / job.n_variants];
    var converter = converter_of(die, card, column);
    let n_vectors = job.n_inputs * SLICES;
    let base = card * charge_rows(n_vectors) * job.columns + column;

    var result: ColumnErrors;
    var noise: vec4<f32>;
    for (var input = 0u; input < job.n_inputs; input++) {
        var value = 0.0;
        var code = 0.0;
        var shift = 1.0;
        for (var s = 0u; s < SLICES; s++) {
            let conversion = input * SLICES + s;
            if (conversion & 3u) == 0u {
                noise = draw(STREAM_READ, job.array, die, read_element(conversion, column));
            }
            let one = convert(&converter, charges[base + conversion * job.columns], noise[conversion & 3u]);
            value += shift * one.value;
            code += shift * one.code;
            result.n_clipped += one.clipped;
            shift *= f32(1u << BITS_PER_SLICE);
        }
        let x = exact[column * job.n_inputs + input];
        let y_static = job.steps_per_code * value;
        let y = job.steps_per_code * code;
        let total = y - x;
        let read = y - y_static;
        result.total_ss += total * total;
        result.read_ss += read * read;
        result.max_abs = max(result.max_abs, abs(total));
        // Kept for the fits, in the rows behind the charges.
        charges[base + (n_vectors + 2u * input) * job.columns] = y_static - x;
        charges[base + (n_vectors + 2u * input + 1u) * job.columns] = total;
    }
    let x = exact_columns[column];
    let first = base + n_vectors * job.columns;
    result.static_fit = fit(first, column, x.mean, x.per_ss_static);
    result.total_fit = fit(first + job.columns, column, x.mean, x.per_ss_total);
    errors[item] = result;
}

// Line of an error on x: two passes for mean and slope, a third for the residual, so that nothing cancels.
fn fit(first: u32, column: u32, x_mean: f32, per_ss: f32) -> Fit {
    let stride = 2u * job.columns;
    let n = job.n_inputs;
    var sum = 0.0;
    for (var i = 0u; i < n; i++) {
        sum += charges[first + i * stride];
    }
    let mean = sum / f32(n);
    var product = 0.0;
    for (var i = 0u; i < n; i++) {
        product += (charges[first + i * stride] - mean) * (exact[column * n + i] - x_mean);
    }
    let slope = product * per_ss;
    var ss = 0.0;
    for (var i = 0u; i < n; i++) {
        let residual = charges[first + i * stride] - mean - slope * (exact[column * n + i] - x_mean);
        ss += residual * residual;
    }
    return Fit(mean, slope, ss);
}
