//! The technology file: exactly the parameters that the device model needs, each inside its own range.

use super::super::{Sign, SpecError, Technology};
use super::Keys;

pub(super) fn check(technology: &Technology, keys: &Keys) -> Result<(), SpecError> {
    keys.text("name", &technology.name)?;
    let needed = technology.device.parameters();
    let parameters = keys.under("parameter");
    for id in technology.parameter.keys() {
        let known: Vec<_> = needed.iter().map(|(id, _)| *id).collect();
        let allowed = format!("a parameter of the device model: {}", known.join(", "));
        parameters.ensure(known.contains(&id.as_str()), id, "unknown", allowed)?;
    }
    for &(id, sign) in needed {
        let Some(parameter) = technology.parameter.get(id) else {
            return Err(parameters.refuse(id, "absent", "given: the device model needs it"));
        };
        let keys = parameters.under(id);
        let [low, high] = parameter.range;
        for end in [low, high] {
            match sign {
                Sign::Positive => keys.above_zero("range", end)?,
                Sign::NotNegative => keys.not_negative("range", end)?,
                Sign::Any => keys.finite("range", end)?,
            }
        }
        keys.ensure(low <= high, "range", format!("[{low}, {high}]"), "lowest value first")?;
        keys.within("nominal", parameter.nominal, low, high)?;
        keys.text("source", &parameter.source)?;
    }
    Ok(())
}
