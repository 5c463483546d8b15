// The row of an array. One workgroup: the columns of one (die, variant); it writes one ArrayRow. How it sums: total_*.wgsl.
// Twin: src/compute/reduce.rs, there in f64 and in column order.

struct ArrayRow {
    gain: f32,
    offset: f32,
    column_gain_sd: f32,
    column_offset_sd: f32,
    static_rms: f32,
    read_rms: f32,
    total_rms: f32,
    trimmed_rms: f32,
    max_abs: f32,
    n_clipped: f32,
    worst_column: f32,
    worst_column_rms: f32,
}

@group(0) @binding(3) var<storage, read> exact_columns: array<ColumnExact>;
@group(0) @binding(4) var<storage, read> errors: array<ColumnErrors>;
@group(0) @binding(5) var<storage, read_write> rows: array<ArrayRow>;

fn larger(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return select(a, b, b.x > a.x || (b.x == a.x && b.y < a.y));
}

fn freedom(x: ColumnExact) -> f32 {
    return f32(job.n_inputs) - select(1.0, 2.0, x.per_ss_static > 0.0);
}

fn residual_variance(x: ColumnExact, e: ColumnErrors) -> f32 {
    let f = freedom(x);
    return select(0.0, e.static_fit.residual_ss / max(f, 1.0), f > 0.0);
}

fn offset_of(x: ColumnExact, e: ColumnErrors) -> f32 {
    return e.static_fit.mean - e.static_fit.slope * x.mean;
}

fn write_row(card: u32, lane: u32) {
    if card >= job.n_dies * job.n_variants {
        return;
    }
    let base = card * job.columns;
    let n = f32(job.n_inputs);
    let n_columns = f32(job.columns);

    var squares = vec4<f32>();
    var means = vec4<f32>();
    var sizes = vec4<f32>();
    var peak = vec2<f32>(0.0, 0.0);
    var worst = vec2<f32>(0.0, 0.0);
    for (var c = lane; c < job.columns; c += 64u) {
        let x = exact_columns[c];
        let e = errors[base + c];
        squares += vec4<f32>(e.static_fit.residual_ss, freedom(x), e.total_ss, e.read_ss);
        means += vec4<f32>(e.static_fit.slope, offset_of(x, e), x.mean, e.total_fit.mean);
        sizes += vec4<f32>(e.n_clipped, 0.0, 0.0, 0.0);
        peak.x = max(peak.x, e.max_abs);
        let variance = residual_variance(x, e);
        if variance > worst.x {
            worst = vec2<f32>(variance, f32(c));
        }
    }
    squares = total(lane, squares);
    means = total(lane, means) / n_columns;
    sizes = total(lane, sizes);
    peak = largest(lane, peak);
    worst = largest(lane, worst);

    // (gain ss, what fits lend to it, offset ss, what fits lend to it), then (xx, xt).
    var spreads = vec4<f32>();
    var line = vec4<f32>();
    for (var c = lane; c < job.columns; c += 64u) {
        let x = exact_columns[c];
        let e = errors[base + c];
        let variance = residual_variance(x, e);
        let from_gain = e.static_fit.slope - means.x;
        let from_offset = offset_of(x, e) - means.y;
        let lent = variance * x.per_ss_static;
        spreads += vec4<f32>(from_gain * from_gain, lent, from_offset * from_offset, variance / n + lent * x.mean * x.mean);
        let from_x = x.mean - means.z;
        let from_t = e.total_fit.mean - means.w;
        line += vec4<f32>(x.ss + n * from_x * from_x, e.total_fit.slope * x.ss + n * from_x * from_t, 0.0, 0.0);
    }
    spreads = total(lane, spreads);
    line = total(lane, line);
    let slope = select(0.0, line.y / line.x, line.x > 0.0);

    var trimmed = vec4<f32>();
    for (var c = lane; c < job.columns; c += 64u) {
        let x = exact_columns[c];
        let t = errors[base + c].total_fit;
        let from_slope = t.slope - slope;
        let from_line = t.mean - means.w - slope * (x.mean - means.z);
        trimmed.x += t.residual_ss + from_slope * from_slope * x.ss + n * from_line * from_line;
    }
    trimmed = total(lane, trimmed);

    if lane == 0u {
        let many = max(n_columns - 1.0, 1.0);
        let varies = select(0.0, 1.0, job.columns > 1u);
        let n_outputs = n * n_columns;
        rows[card] = ArrayRow(
            1.0 + means.x,
            means.y,
            sqrt(varies * max(spreads.x / many - spreads.y / n_columns, 0.0)),
            sqrt(varies * max(spreads.z / many - spreads.w / n_columns, 0.0)),
            select(0.0, sqrt(squares.x / max(squares.y, 1.0)), squares.y > 0.0),
            sqrt(squares.w / n_outputs),
            sqrt(squares.z / n_outputs),
            sqrt(trimmed.x / n_outputs),
            peak.x,
            sizes.x,
            worst.y,
            sqrt(worst.x),
        );
    }
}
