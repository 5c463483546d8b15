// Rows of scratch per (die, variant): a charge per vector, then a static and a total error per input.

fn charge_rows(n_vectors: u32) -> u32 {
    return n_vectors + 2u * job.n_inputs;
}
