// Charges of the bitline pairs of one array, drawn themselves. One workgroup: 32 columns of a die under VARIANTS variants; it draws a
// normal for each vector of each level, correlates them by the level's factor, and applies the cards of its variants.
// Why that is exact: src/compute/outputs.rs. Twin: src/compute/cpu/outputs.rs.

// Shape of both: [level, number, column].
@group(0) @binding(3) var<storage, read> nominal: array<f32>;
@group(0) @binding(4) var<storage, read> factor: array<f32>;
@group(0) @binding(5) var<storage, read_write> charges: array<f32>;

const LANES: u32 = 32u;

// Normals of the present level. Shape: [four vectors, column].
var<workgroup> z: array<vec4<f32>, LANES * ((VECTORS + 3u) / 4u)>;

fn z_of(vector: u32, lane: u32) -> f32 {
    return z[(vector / 4u) * LANES + lane][vector % 4u];
}

@compute @workgroup_size(32, VARIANTS)
fn charges_of_outputs(
    @builtin(workgroup_id) group_id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let group = folded(group_id, grid);
    if group >= job.n_groups {
        return;
    }
    // Group = (die, variant group), column group.
    let n_column_groups = (job.columns + LANES - 1u) / LANES;
    let n_variant_groups = (job.n_variants + VARIANTS - 1u) / VARIANTS;
    let column = (group % n_column_groups) * LANES + local.x;
    let variant_group = (group / n_column_groups) % n_variant_groups;
    let die = group / (n_column_groups * n_variant_groups);
    let variant = min(variant_group * VARIANTS + local.y, job.n_variants - 1u);
    let card = die * job.n_variants + variant;
    let read_column = min(column, job.columns - 1u);

    let n_vectors = job.n_inputs * SLICES;
    let n_blocks = (n_vectors + 3u) / 4u;
    let n_factors = n_vectors * (n_vectors + 1u) / 2u;
    let zero = vec2<f32>(cards[card].level_mean[0], cards[card].level_sd[0]);
    var charge: array<f32, VECTORS>;
    for (var level = 0u; level < LEVELS; level++) {
        for (var block = local.y; block < n_blocks; block += VARIANTS) {
            let element = output_element(level * n_blocks + block, column);
            z[block * LANES + local.x] = draw(STREAM_OUTPUT, job.array, dies[die], element);
        }
        workgroupBarrier();
        let mean = cards[card].level_mean[level] - zero.x;
        let sd = cards[card].level_sd[level];
        let sd_of_pair = sqrt(sd * sd + zero.y * zero.y);
        var next = level * n_factors * job.columns + read_column;
        for (var vector = 0u; vector < n_vectors; vector++) {
            var spread = 0.0;
            for (var other = 0u; other <= vector; other++) {
                spread += factor[next] * z_of(other, local.x);
                next += job.columns;
            }
            let level_sum = nominal[(level * n_vectors + vector) * job.columns + read_column];
            charge[vector] += mean * level_sum + sd_of_pair * spread;
        }
        workgroupBarrier();
    }

    if column < job.columns && variant_group * VARIANTS + local.y < job.n_variants {
        // Single bits are worth what the card says of symbol 1.
        let worth = select(1.0, cards[card].input[1], BITS_PER_SLICE == 1u);
        let base = card * charge_rows(n_vectors) * job.columns + column;
        for (var vector = 0u; vector < n_vectors; vector++) {
            charges[base + vector * job.columns] = worth * charge[vector];
        }
    }
}
