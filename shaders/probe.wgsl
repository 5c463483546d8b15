// The cells of one array of one die, in weight steps. One invocation: one row pair of a column; it writes the plus and the
// minus cells. Twin: src/compute/cpu/probe.rs.

@group(0) @binding(3) var<storage, read> weights: array<i32>;
// Shape: [half, row, column].
@group(0) @binding(4) var<storage, read_write> cells: array<f32>;

@compute @workgroup_size(64)
fn cells_of_array(
    @builtin(workgroup_id) group_id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let item = folded(group_id, grid) * 64u + lane;
    let n_pairs = (job.rows + 1u) / 2u;
    if item >= n_pairs * job.columns {
        return;
    }
    let column = item % job.columns;
    let first_row = 2u * (item / job.columns);
    let element = cell_element(first_row, column);
    let z = draw(STREAM_CELL, job.array, dies[0], element);
    let words = draw_words(STREAM_STUCK, job.array, dies[0], element);
    for (var k = 0u; k < min(job.rows - first_row, 2u); k++) {
        let at = (first_row + k) * job.columns + column;
        let w = weights[at];
        cells[at] = cell_of(0u, u32(max(w, 0)), z[2u * k], words[2u * k]);
        cells[job.rows * job.columns + at] = cell_of(0u, u32(max(-w, 0)), z[2u * k + 1u], words[2u * k + 1u]);
    }
}
