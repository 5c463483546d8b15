//! The technology file: exactly the parameters that the device model needs, each inside its own range.

use super::super::{Conductance, Drift, LogFit, ReadNoise, Sign, SpecError, SpreadForm, Technology};
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
        keys.finite("quadratic", parameter.quadratic)?;
        if let Some(turn) = parameter.turning_point() {
            let allowed = format!("such that the response does not turn inside the range, as here at {turn}");
            keys.ensure(!(low..=high).contains(&turn), "quadratic", parameter.quadratic, allowed)?;
        }
        keys.text("source", &parameter.source)?;
    }
    check_conductance(technology, keys)
}

/// A resistive device has published statistics, and no other has.
fn check_conductance(technology: &Technology, keys: &Keys) -> Result<(), SpecError> {
    let device = technology.device;
    let allowed =
        if device.is_resistive() { "given: a resistive device needs it" } else { "absent: for resistive devices" };
    let given = technology.conductance.is_some();
    keys.ensure(given == device.is_resistive(), "conductance", if given { "given" } else { "absent" }, allowed)?;
    let Some(conductance) = &technology.conductance else { return Ok(()) };
    for id in ["stuck_low_rate", "stuck_high_rate"] {
        let keys = keys.under("parameter").under(id);
        technology.parameter[id].range.iter().try_for_each(|&end| keys.within("range", end, 0.0, 0.5))?;
    }
    check_fits(conductance, &keys.under("conductance"))
}

fn check_fits(conductance: &Conductance, keys: &Keys) -> Result<(), SpecError> {
    keys.above_zero("reference_us", conductance.reference_us)?;
    let [low, high] = conductance.range;
    keys.not_negative("range", low)?;
    keys.ensure(low < high, "range", format!("[{low}, {high}]"), "lowest value first")?;
    keys.ensure(!conductance.spread.is_empty(), "spread", "absent", "at least one row")?;
    let mut age_s = -1.0;
    for (index, spread) in conductance.spread.iter().enumerate() {
        let keys = keys.under("spread").under(index);
        keys.not_negative("age_s", spread.age_s)?;
        keys.ensure(spread.age_s > age_s, "age_s", spread.age_s, "above that of the row before")?;
        age_s = spread.age_s;
        let n = spread.coefficients.len();
        let fine = match spread.form {
            SpreadForm::Polynomial => (1..=8).contains(&n),
            SpreadForm::Saturating => n == 2 && spread.coefficients[1] > 0.0,
        };
        keys.ensure(
            fine,
            "coefficients",
            format!("{n} numbers"),
            "1 to 8 (polynomial); 2, the second above 0 (saturating)",
        )?;
        spread.coefficients.iter().try_for_each(|&c| keys.finite("coefficients", c))?;
        keys.text("source", &spread.source)?;
    }
    check_drift(&conductance.drift, &keys.under("drift"))?;
    check_read_noise(&conductance.read_noise, &keys.under("read_noise"))
}

fn check_drift(drift: &Drift, keys: &Keys) -> Result<(), SpecError> {
    match drift {
        Drift::None { source } => keys.text("source", source),
        Drift::PowerLaw { t0_s, mean, sd, source } => {
            keys.above_zero("t0_s", *t0_s)?;
            check_log_fit(mean, &keys.under("mean"))?;
            check_log_fit(sd, &keys.under("sd"))?;
            keys.text("source", source)
        }
        Drift::LogTime { mean_us_per_ln_s, sd_us_per_ln_s, sd_us, source } => {
            keys.finite("mean_us_per_ln_s", *mean_us_per_ln_s)?;
            keys.not_negative("sd_us_per_ln_s", *sd_us_per_ln_s)?;
            keys.not_negative("sd_us", *sd_us)?;
            keys.text("source", source)
        }
        Drift::Table { age_s, g, shift_us, source } => {
            keys.above_zero("age_s", *age_s)?;
            keys.ensure(g.len() >= 2 && g.is_sorted(), "g", format!("{g:?}"), "two points or more, rising")?;
            let sizes = format!("{} numbers", shift_us.len());
            keys.ensure(shift_us.len() == g.len(), "shift_us", sizes, format!("{} numbers, as many as g", g.len()))?;
            g.iter().try_for_each(|&g| keys.not_negative("g", g))?;
            shift_us.iter().try_for_each(|&shift| keys.finite("shift_us", shift))?;
            keys.text("source", source)
        }
    }
}

fn check_log_fit(fit: &LogFit, keys: &Keys) -> Result<(), SpecError> {
    keys.finite("a", fit.a)?;
    keys.finite("b", fit.b)?;
    keys.not_negative("low", fit.low)?;
    keys.ensure(fit.low <= fit.high && fit.high <= 1.0, "high", fit.high, format!("{} to 1", fit.low))
}

fn check_read_noise(noise: &ReadNoise, keys: &Keys) -> Result<(), SpecError> {
    match noise {
        ReadNoise::None { source } => keys.text("source", source),
        ReadNoise::Flicker { a, b, most, t0_s, t_read_s, source } => {
            for (key, value) in [("a", a), ("b", b), ("most", most), ("t0_s", t0_s)] {
                keys.not_negative(key, *value)?;
            }
            keys.above_zero("t_read_s", *t_read_s)?;
            keys.text("source", source)
        }
        ReadNoise::Saturating { amplitude_us, scale, source } => {
            keys.not_negative("amplitude_us", *amplitude_us)?;
            keys.above_zero("scale", *scale)?;
            keys.text("source", source)
        }
        ReadNoise::LogConductance { a_us, t_read_s, source } => {
            keys.not_negative("a_us", *a_us)?;
            keys.above_zero("t_read_s", *t_read_s)?;
            keys.text("source", source)
        }
    }
}
