// One cell of a card: a bent normal within bounds, unless its word says that it is stuck. Twin: src/compute/cpu/cell_table.rs.

fn cell_of(card: u32, level: u32, z: f32, word: u32) -> f32 {
    let stuck = cards[card].stuck;
    if ~word < stuck.n_high {
        return stuck.high_value;
    }
    if word < stuck.n_low {
        return stuck.low_value;
    }
    let bent = z + cards[card].level_bend[level] * (z * z - 1.0);
    let value = cards[card].level_mean[level] + cards[card].level_sd[level] * bent;
    return clamp(value, cards[card].level_low[level], cards[card].level_high[level]);
}
