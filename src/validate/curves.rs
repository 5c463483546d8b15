//! What the figures of the validation page show: lines are expected, points are simulated.

use super::closed::K;
use super::lab::{Lab, sd_of, spec};
use super::{Measured, ValidateError, arrays, capacitors, converter, device, lots, technologies, wires, yields};
use crate::array::Amplifier;
use crate::fab::{correlation, radial_terms};
use crate::spec::{Kernel, Radial};

/// A figure: some series over one axis.
#[derive(Clone, Debug)]
pub struct Curve {
    /// File name without ending.
    pub name: &'static str,
    pub title: &'static str,
    pub x_label: &'static str,
    pub y_label: &'static str,
    pub log_x: bool,
    pub log_y: bool,
    pub series: Vec<Series>,
}

/// An expected line and the points that were simulated on it.
#[derive(Clone, Debug)]
pub struct Series {
    pub label: String,
    pub line: Vec<(f64, f64)>,
    pub points: Vec<(f64, Measured)>,
}

/// All figures.
///
/// # Errors
/// As the checks.
pub fn curves(lab: &Lab) -> Result<Vec<Curve>, ValidateError> {
    Ok(vec![
        capacitance(),
        thermal_noise()?,
        snr_against_rows(lab)?,
        snr_against_bits(lab)?,
        levels_of_converters(lab)?,
        yield_models(lab)?,
        field_correlation(lab)?,
        signatures(),
        drift(lab)?,
        ir_drop()?,
    ])
}

fn range(from: f64, to: f64, n: usize) -> Vec<f64> {
    (0..n).map(|i| from + (to - from) * i as f64 / (n - 1) as f64).collect()
}

fn capacitance() -> Curve {
    let curve = device::curve();
    Curve {
        name: "validation_cv",
        title: "C-V curve: numerical charge balance (line), closed form (points)",
        x_label: "Gate voltage (V)",
        y_label: "Capacitance (fF)",
        log_x: false,
        log_y: false,
        series: vec![Series {
            label: "memcapacitor of the published table".to_owned(),
            line: range(-0.2, 1.2, 141).into_iter().map(|v| (v, device::charge_balance(v) * 1e15)).collect(),
            points: range(-0.2, 1.2, 15)
                .into_iter()
                .map(|v| (v, Measured::exact(curve.capacitance(v, 0.0) * 1e15)))
                .collect(),
        }],
    }
}

fn thermal_noise() -> Result<Curve, ValidateError> {
    let mut readout = spec(&[])?.product.readout;
    (readout.noise_excess, readout.n_averages) = (0.0, 1);
    let at = |temperature: f64| Series {
        label: format!("{temperature} K"),
        line: range(0.0, 3.0, 61)
            .into_iter()
            .map(|power| libm::pow(10.0, power))
            .map(|ff| (ff, (K * temperature * ff * 1e-15).sqrt() * 1e18))
            .collect(),
        points: [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]
            .map(|ff| {
                let pair = Amplifier::new(&readout, ff * 1e-15, 1.0, temperature).noise_charge();
                (ff, Measured::exact(pair / 2f64.sqrt() * 1e18))
            })
            .into(),
    };
    Ok(Curve {
        name: "validation_ktc",
        title: "Thermal charge: sqrt(kTC) (line), amplifier model (points)",
        x_label: "Capacitance (fF)",
        y_label: "Noise charge (aC)",
        log_x: true,
        log_y: true,
        series: vec![at(300.0), at(400.0)],
    })
}

fn snr_against_rows(lab: &Lab) -> Result<Curve, ValidateError> {
    let sizes = [32usize, 64, 128, 256, 512];
    let series = |ratio: f64| -> Result<Series, ValidateError> {
        let expected = arrays::multiplicative_snr_db(ratio, 0.01);
        let points = sizes
            .iter()
            .map(|&rows| Ok((rows as f64, arrays::simulate_multiplicative(lab, ratio, rows, 0.01, lab.n(8))?)));
        Ok(Series {
            label: if ratio.is_infinite() { "no floor".to_owned() } else { format!("on/off {ratio}") },
            line: vec![(32.0, expected), (512.0, expected)],
            points: points.collect::<Result<_, ValidateError>>()?,
        })
    };
    Ok(Curve {
        name: "validation_snr_rows",
        title: "SNR under 1 % mismatch: closed form (line), kernel (points)",
        x_label: "Rows",
        y_label: "SNR (dB)",
        log_x: true,
        log_y: false,
        series: vec![series(f64::INFINITY)?, series(50.0)?, series(10.0)?],
    })
}

fn snr_against_bits(lab: &Lab) -> Result<Curve, ValidateError> {
    let points = (4..=8).map(|bits| Ok((f64::from(bits), converter::simulate(lab, bits, 0.0, 40)?)));
    Ok(Curve {
        name: "validation_adc",
        title: "Converter on Gaussian outputs: closed form (line), kernel (points)",
        x_label: "Bits",
        y_label: "SNR (dB)",
        log_x: false,
        log_y: false,
        series: vec![Series {
            label: "range 4 sigma".to_owned(),
            line: (4..=8).map(|bits| (f64::from(bits), converter::gaussian_snr_db(bits))).collect(),
            points: points.collect::<Result<_, ValidateError>>()?,
        }],
    })
}

fn levels_of_converters(lab: &Lab) -> Result<Curve, ValidateError> {
    let series = |sd: f64| -> Result<Series, ValidateError> {
        let points = (1..8)
            .map(|eighth| 8 * eighth)
            .map(|code| Ok((f64::from(code), sd_of(&capacitors::shifts(lab, 6, sd, code, lab.n(2000))?))));
        Ok(Series {
            label: format!("units {:.0} %", 100.0 * sd),
            line: range(0.0, 64.0, 129).into_iter().map(|code| (code, capacitors::level_sd(6, sd, code))).collect(),
            points: points.collect::<Result<_, ValidateError>>()?,
        })
    };
    Ok(Curve {
        name: "validation_capacitors",
        title: "Levels of a 6-bit capacitor array: closed form (lines), kernel (points)",
        x_label: "Code from the lowest",
        y_label: "INL, one sigma (codes)",
        log_x: false,
        log_y: false,
        series: vec![series(0.01)?, series(0.02)?],
    })
}

fn yield_models(lab: &Lab) -> Result<Curve, ValidateError> {
    let series = |label: &str, alpha: Option<f64>, line: fn(f64) -> f64| -> Result<Series, ValidateError> {
        let points = [0.1, 0.5, 1.0, 2.0].map(|x| Ok((x, yields::simulate(lab, alpha, x)?)));
        Ok(Series {
            label: label.to_owned(),
            line: range(0.0, 2.0, 81).into_iter().map(|x| (x, line(x))).collect(),
            points: points.into_iter().collect::<Result<_, ValidateError>>()?,
        })
    };
    Ok(Curve {
        name: "validation_yield",
        title: "Defect yield: closed forms (lines), virtual lots (points)",
        x_label: "Defects per die",
        y_label: "Yield",
        log_x: false,
        log_y: false,
        series: vec![
            series("alpha 0.5", Some(0.5), |x| (1.0 + 2.0 * x).powf(-0.5))?,
            series("alpha 2", Some(2.0), |x| (1.0 + 0.5 * x).powi(-2))?,
            series("Murphy", None, |x| if x > 0.0 { (-libm::expm1(-x) / x).powi(2) } else { 1.0 })?,
            series("Poisson", Some(1e9), |x| libm::exp(-x))?,
        ],
    })
}

fn field_correlation(lab: &Lab) -> Result<Curve, ValidateError> {
    let lags = [0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0];
    let found = lots::empirical_correlation(lab, 20.0, &lags)?;
    Ok(Curve {
        name: "validation_field",
        title: "Correlated field: kernel (line), sampled fields (points)",
        x_label: "Distance (mm)",
        y_label: "Correlation",
        log_x: false,
        log_y: false,
        series: vec![Series {
            label: "Matern 3/2, length 20 mm".to_owned(),
            line: range(0.0, 60.0, 121).into_iter().map(|v| (v, correlation(Kernel::Matern32, v, 20.0))).collect(),
            points: lags.into_iter().zip(found).collect(),
        }],
    })
}

fn drift(lab: &Lab) -> Result<Curve, ValidateError> {
    let ages = [20.0, 3600.0, 86_400.0, 2.6e6, 3.1536e7];
    let series = |g: f64| -> Result<Series, ValidateError> {
        // Published: mean = -0.0155 ln g + 0.0244 within [0.049, 0.1], sd = -0.0125 ln g - 0.0059 within [0.008, 0.045].
        let mean = (-0.0155 * libm::log(g) + 0.0244).clamp(0.049, 0.1);
        let sd = (-0.0125 * libm::log(g) - 0.0059).clamp(0.008, 0.045);
        // E exp(-nu L) of a normal nu, its fold left out.
        let left = |age: f64| {
            let log = libm::log1p(age / 20.0);
            libm::exp(-mean * log + 0.5 * sd * sd * log * log)
        };
        let points = ages.map(|age| Ok((age, technologies::simulate_drift(lab, g, age)?)));
        Ok(Series {
            label: format!("g = {g:.2}"),
            line: range(1.0, 7.5, 66).into_iter().map(|p| libm::pow(10.0, p)).map(|age| (age, left(age))).collect(),
            points: points.into_iter().collect::<Result<_, ValidateError>>()?,
        })
    };
    Ok(Curve {
        name: "validation_drift",
        title: "Drift of PCM cells: published mean (lines), kernel's cells (points)",
        x_label: "Time since programming (s)",
        y_label: "Share of conductance left",
        log_x: true,
        log_y: false,
        series: vec![series(1.0)?, series(1.0 / 7.0)?],
    })
}

fn ir_drop() -> Result<Curve, ValidateError> {
    let series = |n: usize| -> Result<Series, ValidateError> {
        let a = 25e-6f64.sqrt();
        // Continuous ladder driven at 0, open at N.
        let line =
            range(1.0, n as f64, 100).into_iter().map(|x| (x, (a * (n as f64 - x)).cosh() / (a * n as f64).cosh()));
        let solved = wires::along_row(n, 1.0)?;
        let points = solved.iter().enumerate().step_by(n / 8).map(|(i, &v)| ((i + 1) as f64, Measured::exact(v)));
        Ok(Series { label: format!("{n} cells"), line: line.collect(), points: points.collect() })
    };
    Ok(Curve {
        name: "validation_ir_drop",
        title: "IR drop along a row, 25 uS, 1 ohm: continuous ladder (lines), network solver (points)",
        x_label: "Cell",
        y_label: "Voltage / driver's",
        log_x: false,
        log_y: false,
        series: vec![series(128)?, series(256)?, series(512)?],
    })
}

fn signatures() -> Curve {
    let of = |label: &str, index: usize| {
        let mut radial = Radial { edge_width: 0.05, ..Radial::default() };
        *[&mut radial.bowl, &mut radial.donut, &mut radial.edge][index] = 1.0;
        let closed = move |rho: f64| match index {
            0 => 2.0 * rho * rho - 1.0,
            1 => 6.0 * rho.powi(4) - 6.0 * rho * rho + 1.0,
            _ => libm::exp((rho - 1.0) / 0.05),
        };
        Series {
            label: label.to_owned(),
            line: range(0.0, 1.0, 101).into_iter().map(|rho| (rho, closed(rho))).collect(),
            points: range(0.0, 1.0, 11)
                .into_iter()
                .map(|rho| (rho, Measured::exact(radial_terms(&radial, rho)[index])))
                .collect(),
        }
    };
    Curve {
        name: "validation_signatures",
        title: "Wafer signatures: published shapes (lines), product (points)",
        x_label: "Radius / wafer radius",
        y_label: "Value",
        log_x: false,
        log_y: false,
        series: vec![of("bowl", 0), of("donut", 1), of("edge ring", 2)],
    }
}
