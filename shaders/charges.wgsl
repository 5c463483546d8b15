// Charges of the bitline pairs of one array. One workgroup: 32 columns of a die under 8 variants, against INPUTS inputs; it
// draws each cell once, applies the cards of its variants, and writes one charge per (variant, input, slice, column).
// Draws stay in workgroup memory, 16 or 32 rows of them at a time. How a pair is drawn and made: pairs_*.wgsl. Twin: src/compute/cpu/array_test.rs.

@group(0) @binding(3) var<storage, read> weights: array<i32>;
@group(0) @binding(4) var<storage, read> codes: array<u32>;
@group(0) @binding(5) var<storage, read_write> charges: array<f32>;

const LANES: u32 = 32u;
const VARIANTS: u32 = 8u;
// Rows whose draws are kept at a time; one slot for each invocation.
const STAGE_ROWS: u32 = 8u * SLOT_ROWS;

// Shape: [variant, symbol].
var<workgroup> inputs: array<f32, 128>;

@compute @workgroup_size(32, 8)
fn charges_of_arrays(
    @builtin(workgroup_id) group_id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let group = folded(group_id, grid);
    if group >= job.n_groups {
        return;
    }
    // Group = ((die, variant group), column group), input group.
    let n_column_groups = (job.columns + LANES - 1u) / LANES;
    let n_variant_groups = (job.n_variants + VARIANTS - 1u) / VARIANTS;
    let n_input_groups = (job.n_inputs + INPUTS - 1u) / INPUTS;
    let first_input = (group % n_input_groups) * INPUTS;
    let column = ((group / n_input_groups) % n_column_groups) * LANES + local.x;
    let variant_group = (group / (n_input_groups * n_column_groups)) % n_variant_groups;
    let die = group / (n_input_groups * n_column_groups * n_variant_groups);
    let variant = min(variant_group * VARIANTS + local.y, job.n_variants - 1u);
    let card = die * job.n_variants + variant;

    load_levels(card, local.y, local.x);
    if local.x < 16u {
        inputs[local.y * 16u + local.x] = cards[card].input[local.x];
    }

    var charge: array<f32, VECTORS>;
    for (var k = 0u; k < VECTORS; k++) {
        charge[k] = 0.0;
    }
    let code_base = card * job.code_stride + first_input * job.layer_rows + job.first_row;
    let weight_column = min(column, job.columns - 1u);
    for (var first_row = 0u; first_row < job.rows; first_row += STAGE_ROWS) {
        draw_pairs(local.y * LANES + local.x, dies[die], first_row + SLOT_ROWS * local.y, column);
        workgroupBarrier();
        let n_rows = min(job.rows - first_row, STAGE_ROWS);
        for (var k = 0u; k < n_rows; k++) {
            let row = first_row + k;
            let w = weights[row * job.columns + weight_column];
            let weight = weight_of((k / SLOT_ROWS) * LANES + local.x, k % SLOT_ROWS, card, local.y, w);
            for (var i = 0u; i < INPUTS; i++) {
                let code = codes[code_base + i * job.layer_rows + row];
                for (var s = 0u; s < SLICES; s++) {
                    let symbol = (code >> (s * BITS_PER_SLICE)) & ((1u << BITS_PER_SLICE) - 1u);
                    charge[i * SLICES + s] += inputs[local.y * 16u + symbol] * weight;
                }
            }
        }
        workgroupBarrier();
    }

    if column < job.columns && variant_group * VARIANTS + local.y < job.n_variants {
        let n_vectors = job.n_inputs * SLICES;
        let first_vector = first_input * SLICES;
        let base = card * charge_rows(n_vectors) * job.columns + column;
        for (var k = 0u; k < VECTORS; k++) {
            if first_vector + k < n_vectors {
                charges[base + (first_vector + k) * job.columns] = charge[k];
            }
        }
    }
}
