//! From roughness and edges to the spread of one cell.

use crate::spec::{EdgeMismatch, FilmMismatch};

/// Relative sd of a square plate's area from line width, edge roughness and corner rounding.
///
/// sig_cd = sqrt(2) L s_cd; sig_ler = sqrt(4 L l_c) s_ler; sig_corner = 8 R (1 - pi/4) s_R; root of squares over L^2, with L
/// the side of a square of the same area. Source: Demasius, Lowa, Murmann, IEEE CCMCC 2025, Eqs. 23-29.
pub fn area_rel_sd(edge: &EdgeMismatch, area_nm2: f64) -> f64 {
    let side = area_nm2.sqrt();
    let cd = std::f64::consts::SQRT_2 * side * edge.cd_sd;
    let ler = (4.0 * side * edge.ler_corr_nm).sqrt() * edge.ler_sd;
    let corner = 8.0 * edge.corner_radius_nm * (1.0 - std::f64::consts::FRAC_PI_4) * edge.corner_sd;
    (cd * cd + ler * ler + corner * corner).sqrt() / area_nm2
}

/// Sd of a film's average over a cell, in the parameter's unit: the point-to-point sd over the root of the number of
/// correlation cells.
pub fn film_sd(film: &FilmMismatch, area_nm2: f64) -> f64 {
    film.sd * film.corr_nm / area_nm2.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published: 0.71 % for 180 nm DUV, 0.11 % for 22 nm ArF immersion, both at 1 um x 1 um.
    #[test]
    fn v8_geometry_sigma() {
        let duv = EdgeMismatch { cd_sd: 5.0, ler_sd: 2.0, ler_corr_nm: 42.0, corner_radius_nm: 60.0, corner_sd: 2.0 };
        let arf = EdgeMismatch { cd_sd: 0.5, ler_sd: 2.5, ler_corr_nm: 30.0, corner_radius_nm: 7.0, corner_sd: 2.0 };
        assert!((area_rel_sd(&duv, 1e6) / 0.007121 - 1.0).abs() < 1e-3);
        assert!((area_rel_sd(&arf, 1e6) / 0.001118 - 1.0).abs() < 1e-3);
    }

    /// Published: 0.3 nm with 10 nm correlation is 0.003 nm over 1 um2.
    #[test]
    fn film_averages_over_the_cell() {
        assert!((film_sd(&FilmMismatch { sd: 0.3, corr_nm: 10.0 }, 1e6) - 0.003).abs() < 1e-12);
    }
}
