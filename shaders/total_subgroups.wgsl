// Reductions over the 64 invocations of a workgroup: each subgroup in registers, then the few that there are. Same functions as
// total_tree.wgsl. Without `enable subgroups;`, which the compiler of these shaders does not know yet.

// A number of each subgroup.
var<workgroup> sums: array<vec4<f32>, 64>;
var<private> subgroup: u32;
var<private> n_subgroups: u32;
var<private> in_subgroup: u32;

fn share(of_subgroup: vec4<f32>) {
    workgroupBarrier();
    if in_subgroup == 0u {
        sums[subgroup] = of_subgroup;
    }
    workgroupBarrier();
}

// Sum over the workgroup, the same for every invocation.
fn total(lane: u32, value: vec4<f32>) -> vec4<f32> {
    share(subgroupAdd(value));
    var sum = sums[0];
    for (var i = 1u; i < n_subgroups; i++) {
        sum += sums[i];
    }
    return sum;
}

// Largest first component and its second, the smaller second of equals; same for every invocation.
fn largest(lane: u32, value: vec2<f32>) -> vec2<f32> {
    let top = subgroupMax(value.x);
    let second = subgroupMin(select(3.4e38, value.y, value.x == top));
    share(vec4<f32>(top, second, 0.0, 0.0));
    var found = sums[0].xy;
    for (var i = 1u; i < n_subgroups; i++) {
        found = larger(found, sums[i].xy);
    }
    return found;
}

@compute @workgroup_size(64)
fn rows_of_arrays(
    @builtin(workgroup_id) group_id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
    @builtin(subgroup_id) subgroup_id: u32,
    @builtin(num_subgroups) num_subgroups: u32,
    @builtin(subgroup_invocation_id) subgroup_invocation_id: u32,
) {
    subgroup = subgroup_id;
    n_subgroups = num_subgroups;
    in_subgroup = subgroup_invocation_id;
    write_row(folded(group_id, grid), lane);
}
