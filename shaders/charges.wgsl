// Charges of the bitline pairs of one array. One workgroup: 32 columns of a die under VARIANTS variants, against PARTS times INPUTS
// inputs; it draws each cell once, applies the cards of its variants, and writes one charge per (variant, input, slice, column).
// Draws stay in workgroup memory, 16 or 32 rows of them at a time. How a pair is drawn and made: pairs_*.wgsl.
// Twin: src/compute/cpu/array_test.rs.

@group(0) @binding(3) var<storage, read> weights: array<i32>;
@group(0) @binding(4) var<storage, read> codes: array<u32>;
@group(0) @binding(5) var<storage, read_write> charges: array<f32>;

const LANES: u32 = 32u;
// Slots of drawn rows that are kept at a time for each column.
const STAGE_SLOTS: u32 = 8u;
const STAGE_ROWS: u32 = STAGE_SLOTS * SLOT_ROWS;

// Shape: [variant, symbol].
var<workgroup> inputs: array<f32, VARIANTS * 16u>;

// local.y = part of the inputs x VARIANTS + variant.
@compute @workgroup_size(32, VARIANTS * PARTS)
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
    let n_input_groups = (job.n_inputs + INPUTS * PARTS - 1u) / (INPUTS * PARTS);
    let slot = local.y % VARIANTS;
    let part = local.y / VARIANTS;
    let first_input = ((group % n_input_groups) * PARTS + part) * INPUTS;
    let column = ((group / n_input_groups) % n_column_groups) * LANES + local.x;
    let variant_group = (group / (n_input_groups * n_column_groups)) % n_variant_groups;
    let die = group / (n_input_groups * n_column_groups * n_variant_groups);
    let variant = min(variant_group * VARIANTS + slot, job.n_variants - 1u);
    let card = die * job.n_variants + variant;

    if part == 0u {
        load_levels(card, slot, local.x);
        if local.x < 16u {
            inputs[slot * 16u + local.x] = cards[card].input[local.x];
        }
    }

    var charge: array<f32, VECTORS>;
    for (var k = 0u; k < VECTORS; k++) {
        charge[k] = 0.0;
    }
    let code_base = card * job.code_stride + first_input * job.layer_rows + job.first_row;
    let weight_column = min(column, job.columns - 1u);
    for (var first_row = 0u; first_row < job.rows; first_row += STAGE_ROWS) {
        for (var kept = local.y; kept < STAGE_SLOTS; kept += VARIANTS * PARTS) {
            draw_pairs(kept * LANES + local.x, dies[die], first_row + SLOT_ROWS * kept, column);
        }
        workgroupBarrier();
        let n_rows = min(job.rows - first_row, STAGE_ROWS);
        for (var k = 0u; k < n_rows; k++) {
            let row = first_row + k;
            let w = weights[row * job.columns + weight_column];
            let weight = weight_of((k / SLOT_ROWS) * LANES + local.x, k % SLOT_ROWS, card, slot, w);
            for (var i = 0u; i < INPUTS; i++) {
                let code = codes[code_base + i * job.layer_rows + row];
                for (var s = 0u; s < SLICES; s++) {
                    let symbol = (code >> (s * BITS_PER_SLICE)) & ((1u << BITS_PER_SLICE) - 1u);
                    charge[i * SLICES + s] += inputs[slot * 16u + symbol] * weight;
                }
            }
        }
        workgroupBarrier();
    }

    if column < job.columns && variant_group * VARIANTS + slot < job.n_variants {
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
