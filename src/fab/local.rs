//! Local mismatch of the flow, from cell to cell: handed to the card writer, never drawn here.

use crate::spec::{EdgeMismatch, FilmMismatch, Spec};

/// Film and edge mismatch by the parameter that they move. A parameter may stand more than once: the terms are independent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalMismatch {
    /// Technology parameter and the film's roughness.
    pub films: Vec<(String, FilmMismatch)>,
    /// Technology parameter and the plate's edges.
    pub edges: Vec<(String, EdgeMismatch)>,
}

impl LocalMismatch {
    /// As the steps say, with every sd times `experiment.variation.local`.
    pub fn of(spec: &Spec) -> Self {
        let scale = spec.experiment.variation.local;
        let mut local = Self::default();
        for effect in spec.process.step.iter().flat_map(|step| &step.effect) {
            if let Some(film) = &effect.film_mismatch {
                local.films.push((effect.parameter.clone(), FilmMismatch { sd: film.sd * scale, ..film.clone() }));
            }
            if let Some(edge) = &effect.edge_mismatch {
                let scaled = EdgeMismatch {
                    cd_sd: edge.cd_sd * scale,
                    ler_sd: edge.ler_sd * scale,
                    corner_sd: edge.corner_sd * scale,
                    ..edge.clone()
                };
                local.edges.push((effect.parameter.clone(), scaled));
            }
        }
        local
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn shipped_mismatch_scales_with_the_variation_key() {
        let mut spec = testing::spec();
        let full = LocalMismatch::of(&spec);
        let films: Vec<_> = full.films.iter().map(|(parameter, _)| parameter.as_str()).collect();
        assert_eq!(films, ["t1_nm", "t_shield_nm", "t2_nm"]);
        assert_eq!(full.edges.len(), 1);
        spec.experiment.variation.local = 0.5;
        let half = LocalMismatch::of(&spec);
        assert_eq!(half.films[0].1.sd, full.films[0].1.sd / 2.0);
        assert_eq!(half.films[0].1.corr_nm, full.films[0].1.corr_nm);
        let (a, b) = (&full.edges[0].1, &half.edges[0].1);
        assert_eq!((b.cd_sd, b.ler_sd, b.corner_sd), (a.cd_sd / 2.0, a.ler_sd / 2.0, a.corner_sd / 2.0));
        assert_eq!((b.ler_corr_nm, b.corner_radius_nm), (a.ler_corr_nm, a.corner_radius_nm));
    }
}
