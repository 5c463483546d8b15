//! A layer cut into rectangles that fit the product's arrays.

use super::WorkloadError;
use crate::compute::Tile;
use crate::spec::ArrayGeometry;

/// Array numbers are addressed with 24 bits.
const N_ARRAYS: u32 = 1 << 24;

/// Tiles of a layer, left to right, then down, each in an array of its own from `next_array` on.
///
/// `codes`: `[row, column]` of the layer. A tile fills the first rows and columns of its array.
///
/// # Errors
/// More arrays than a die can address.
pub fn map_layer(
    codes: &[i8],
    rows: usize,
    columns: usize,
    array: &ArrayGeometry,
    next_array: &mut u32,
) -> Result<Vec<Tile>, WorkloadError> {
    let mut tiles = Vec::new();
    for row in (0..rows).step_by(array.rows) {
        for column in (0..columns).step_by(array.columns) {
            if *next_array >= N_ARRAYS {
                return Err(WorkloadError::value("workload", "arrays", *next_array, format!("fewer than {N_ARRAYS}")));
            }
            let (tile_rows, tile_columns) = (array.rows.min(rows - row), array.columns.min(columns - column));
            let row_codes = |r: usize| &codes[r * columns + column..][..tile_columns];
            let weights = (row..row + tile_rows).flat_map(row_codes).copied().collect();
            tiles.push(Tile { array: *next_array, row, column, rows: tile_rows, columns: tile_columns, weights });
            *next_array += 1;
        }
    }
    Ok(tiles)
}
