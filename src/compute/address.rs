//! Which counter block and which of its four normals each cell, column and conversion owns.
//!
//! An element depends on the place alone, not on how much of the array a job uses: the cell at row 5, column 7 has the
//! same draw in a 64-row tile and in a 1152-row array. Twin: `shaders/address.wgsl`.

/// Columns have 14 bits of an element, row pairs and groups of conversions the other 18.
pub const COLUMN_BITS: u32 = 14;
pub const MAX_COLUMNS: usize = 1 << COLUMN_BITS;
pub const MAX_ROWS: usize = 2 << (32 - COLUMN_BITS);
/// Conversions of one column in one job.
pub const MAX_CONVERSIONS: usize = 4 << (32 - COLUMN_BITS);

/// Number of the block of an element among those of its column or converter.
#[inline]
pub fn block_of(element: u32) -> usize {
    (element >> COLUMN_BITS) as usize
}

/// Stream `Cell`: the block of rows 2k and 2k+1 of a column. Normals: plus 2k, minus 2k, plus 2k+1, minus 2k+1.
#[inline]
pub fn cell_element(row: u32, column: u32) -> u32 {
    (row / 2) << COLUMN_BITS | column
}

/// Stream `Pair`: the block of rows 4k .. 4k+3 of a column, a normal for each.
#[inline]
pub fn pair_element(row: u32, column: u32) -> u32 {
    (row / 4) << COLUMN_BITS | column
}

/// Stream `Output`: blocks of four normals that a level of a column takes, one normal for each vector.
#[inline]
pub fn output_blocks(n_vectors: usize) -> usize {
    n_vectors.div_ceil(4)
}

/// Stream `Output`: the block of vectors 4k .. 4k+3 of a level of a column, a normal for each.
#[cfg(test)]
pub fn output_element(n_vectors: usize, level: usize, vector: usize, column: u32) -> u32 {
    ((level * output_blocks(n_vectors) + vector / 4) as u32) << COLUMN_BITS | column
}

/// Stream `Read`: conversion = input * slices + slice; a block holds conversions 4k .. 4k+3 of a column.
#[inline]
pub fn read_element(conversion: u32, column: u32) -> u32 {
    (conversion / 4) << COLUMN_BITS | column
}

/// Stream `Column`: normals 0 and 1 are the gain and the offset of a column's amplifier.
#[inline]
pub fn amplifier_element(column: u32) -> u32 {
    column
}

/// Stream `Column`: normals 0 and 1 are the gain and the offset of a converter.
#[inline]
pub fn converter_element(converter: u32) -> u32 {
    1 << COLUMN_BITS | converter
}

/// Stream `Column`: the block of capacitors 4k .. 4k+3 of a converter, a normal for each.
#[inline]
pub fn capacitor_element(converter: u32, capacitor: u32) -> u32 {
    (2 + capacitor / 4) << COLUMN_BITS | converter
}
