// From charge to code: amplifier, converter, noise, clipping. Twin: src/compute/cpu/converter.rs.

struct Converter {
    gain: f32,
    offset: f32,
    noise_sd: f32,
    code_max: f32,
    // What each bit weighs in codes, lowest first; none where the levels have no error.
    bits: u32,
    weights: array<f32, 16>,
}

struct Conversion {
    // What an ideal converter would see: no noise, no rounding, no error of its levels, no end of range.
    value: f32,
    code: f32,
    // 1 where the code hit an end of the range.
    clipped: f32,
}

fn converter_of(die: vec2<u32>, card: u32, column: u32) -> Converter {
    let readout = cards[card].readout;
    let amplifier = draw(STREAM_COLUMN, job.array, die, column);
    let number = column / job.columns_per_converter;
    let shared_converter = draw(STREAM_COLUMN, job.array, die, converter_element(number));
    let spread = 1.0 + readout.amplifier_gain_sd * amplifier.x + readout.converter_gain_sd * shared_converter.x;
    let offset = readout.offset + readout.amplifier_offset_sd * amplifier.y;
    return Converter(
        readout.gain * spread,
        offset + readout.converter_offset_sd * shared_converter.y,
        readout.noise_sd,
        readout.code_max,
        readout.capacitor_bits,
        weights_of_bits(die, number, readout),
    );
}

// Capacitor 0 ends the array, capacitor 1 + i is that of bit i.
fn weights_of_bits(die: vec2<u32>, number: u32, readout: Readout) -> array<f32, 16> {
    var weights: array<f32, 16>;
    if CAPACITORS && readout.capacitor_bits > 0u {
        var four = draw(STREAM_COLUMN, job.array, die, capacitor_element(number, 0u));
        var total = 1.0 + readout.capacitor_sd * four.x;
        for (var bit = 0u; bit < readout.capacitor_bits; bit++) {
            let capacitor = bit + 1u;
            if (capacitor & 3u) == 0u {
                four = draw(STREAM_COLUMN, job.array, die, capacitor_element(number, capacitor));
            }
            let units = f32(1u << bit);
            weights[bit] = units + readout.capacitor_sd * sqrt(units) * four[capacitor & 3u];
            total += weights[bit];
        }
        let scale = f32(1u << readout.capacitor_bits) / total;
        for (var bit = 0u; bit < readout.capacitor_bits; bit++) {
            weights[bit] *= scale;
        }
    }
    return weights;
}

// Bits are tried from the highest, each against the weights that are set so far.
fn successive_approximation(converter: ptr<function, Converter>, input: f32) -> f32 {
    let lowest = -0.5 * f32(1u << (*converter).bits);
    let from_lowest = input - (lowest - 0.5);
    var level = 0.0;
    var code = lowest;
    for (var bit = (*converter).bits; bit > 0u; bit--) {
        let weight = (*converter).weights[bit - 1u];
        if from_lowest > level + weight {
            level += weight;
            code += f32(1u << (bit - 1u));
        }
    }
    return code;
}

fn convert(converter: ptr<function, Converter>, charge: f32, z: f32) -> Conversion {
    let value = fma(charge, (*converter).gain, (*converter).offset);
    let input = fma((*converter).noise_sd, z, value);
    let rounded = round(input);
    var code = rounded;
    if CAPACITORS && (*converter).bits > 0u {
        code = successive_approximation(converter, input);
    }
    let code_max = (*converter).code_max;
    return Conversion(value, clamp(code, -code_max, code_max), select(0.0, 1.0, abs(rounded) > code_max));
}
