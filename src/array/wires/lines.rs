//! The wires of one direction: a tridiagonal matrix for each, factored once and solved for eight right sides at a time.

/// Right sides that are solved together.
pub const LANES: usize = 8;
pub type Lanes = [f64; LANES];

/// All wires of one direction. Nodes lie as the cells do: `[row, column]`.
#[derive(Clone, Debug)]
pub struct Tridiagonals {
    /// Distance in memory from a node to the next on its wire, and number of nodes on a wire.
    stride: usize,
    length: usize,
    /// Conductance of a segment.
    segment: f64,
    /// Main diagonal.
    diagonal: Vec<f64>,
    /// Reciprocal pivots of the elimination along each wire.
    pivot: Vec<f64>,
}

impl Tridiagonals {
    /// Row wires: a segment before each node; the last node has none behind it.
    pub fn rows(conductance: &[f64], rows: usize, columns: usize, segment: f64) -> Self {
        let diagonal = |i: usize| conductance[i] + segment * if i % columns + 1 == columns { 1.0 } else { 2.0 };
        Self::factored((0..rows * columns).map(diagonal).collect(), 1, columns, segment)
    }

    /// Column wires: a segment behind each node; the first node has none before it.
    pub fn columns(conductance: &[f64], rows: usize, columns: usize, segment: f64) -> Self {
        let diagonal = |i: usize| conductance[i] + segment * if i < columns { 1.0 } else { 2.0 };
        Self::factored((0..rows * columns).map(diagonal).collect(), columns, rows, segment)
    }

    fn factored(diagonal: Vec<f64>, stride: usize, length: usize, segment: f64) -> Self {
        let mut wires = Self { stride, length, segment, pivot: vec![0.0; diagonal.len()], diagonal };
        for i in 0..wires.diagonal.len() {
            let before = if wires.place(i) == 0 { 0.0 } else { segment * segment * wires.pivot[i - stride] };
            wires.pivot[i] = 1.0 / (wires.diagonal[i] - before);
        }
        wires
    }

    /// Place of a node on its wire.
    fn place(&self, i: usize) -> usize {
        (i / self.stride) % self.length
    }

    /// Solves all wires in place: elimination forth, substitution back. Pivots are positive, since every row is dominated by its
    /// diagonal.
    pub fn solve(&self, x: &mut [Lanes]) {
        for i in 0..x.len() {
            if self.place(i) > 0 {
                let factor = self.segment * self.pivot[i - self.stride];
                let before = x[i - self.stride];
                (0..LANES).for_each(|lane| x[i][lane] += factor * before[lane]);
            }
        }
        for i in (0..x.len()).rev() {
            let pivot = self.pivot[i];
            if self.place(i) + 1 == self.length {
                (0..LANES).for_each(|lane| x[i][lane] *= pivot);
            } else {
                let after = x[i + self.stride];
                (0..LANES).for_each(|lane| x[i][lane] = pivot * (x[i][lane] + self.segment * after[lane]));
            }
        }
    }

    /// Product with all wires.
    pub fn multiply(&self, x: &[Lanes]) -> Vec<Lanes> {
        let mut y: Vec<Lanes> = x.iter().zip(&self.diagonal).map(|(x, d)| x.map(|v| d * v)).collect();
        for (i, y) in y.iter_mut().enumerate() {
            let place = self.place(i);
            if place > 0 {
                let before = &x[i - self.stride];
                (0..LANES).for_each(|lane| y[lane] -= self.segment * before[lane]);
            }
            if place + 1 < self.length {
                let after = &x[i + self.stride];
                (0..LANES).for_each(|lane| y[lane] -= self.segment * after[lane]);
            }
        }
        y
    }
}
