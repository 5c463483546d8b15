// Reductions over the 64 invocations of a workgroup, as a tree: any adapter. Same functions as total_subgroups.wgsl.

var<workgroup> sums: array<vec4<f32>, 64>;

// Sum over the workgroup, the same for every invocation.
fn total(lane: u32, value: vec4<f32>) -> vec4<f32> {
    workgroupBarrier();
    sums[lane] = value;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if lane < half {
            sums[lane] += sums[lane + half];
        }
        workgroupBarrier();
    }
    return sums[0];
}

// Largest first component and its second, the smaller second of equals; same for every invocation.
fn largest(lane: u32, value: vec2<f32>) -> vec2<f32> {
    workgroupBarrier();
    sums[lane] = vec4<f32>(value, 0.0, 0.0);
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if lane < half {
            sums[lane] = vec4<f32>(larger(sums[lane].xy, sums[lane + half].xy), 0.0, 0.0);
        }
        workgroupBarrier();
    }
    return sums[0].xy;
}

@compute @workgroup_size(64)
fn rows_of_arrays(
    @builtin(workgroup_id) group_id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    write_row(folded(group_id, grid), lane);
}
