//! Where each parameter of the memcapacitor stands in a die's list: looked up by name once, by index ever after.

use crate::array::CardError;
use crate::spec::Technology;

macro_rules! places {
    ($($id:ident),*) => {
        /// Index of each parameter in the alphabetical order of a technology's ids.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Places { $(pub $id: usize),* }

        impl Places {
            /// # Errors
            /// A parameter that the device needs is not in the technology.
            pub fn of(technology: &Technology) -> Result<Self, CardError> {
                let place = |key: &'static str| {
                    let found = technology.parameter.keys().position(|id| id == key);
                    found.ok_or(CardError::Missing { key, device: "memcapacitor" })
                };
                Ok(Self { $($id: place(stringify!($id))?),* })
            }
        }
    };
}

places! {
    t1_nm, t2_nm, eps1, eps2, length_nm, width_nm, t_shield_nm, n_i_per_cm3, e_gap_ev, n_shield_per_cm3, d_it_per_cm2_ev, v_fb_v,
    v_spread_v, c_fringe_af_per_um, window_v, sigma_vt_mv, c_wire_ff, c_feedback_rel
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::DeviceKind;

    #[test]
    fn every_parameter_of_the_device_has_its_place() {
        let text = crate::spec::shipped("technology", "memcap_1um").unwrap().text;
        let mut technology: Technology = toml::from_str(&text).unwrap();
        let places = Places::of(&technology).unwrap();
        assert_eq!(technology.parameter.keys().nth(places.window_v).unwrap(), "window_v");
        for (key, _) in DeviceKind::Memcapacitor.parameters() {
            let taken = technology.parameter.remove(*key).unwrap();
            assert!(Places::of(&technology).unwrap_err().to_string().contains(key), "{key}");
            technology.parameter.insert((*key).to_owned(), taken);
        }
    }
}
