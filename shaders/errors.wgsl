// What one column's conversions leave behind, and where the fits keep their errors. Twin: src/compute/reduce.rs.

struct Fit {
    mean: f32,
    slope: f32,
    residual_ss: f32,
}

struct ColumnErrors {
    static_fit: Fit,
    total_fit: Fit,
    total_ss: f32,
    read_ss: f32,
    max_abs: f32,
    n_clipped: f32,
}

struct ColumnExact {
    mean: f32,
    ss: f32,
    // 1/ss for the fit of the total and of the static error; 0 where that fit has no line.
    per_ss_total: f32,
    per_ss_static: f32,
}
