// From charge to code: amplifier, converter, noise, clipping. Twin: src/compute/cpu/converter.rs.

struct Converter {
    gain: f32,
    offset: f32,
    noise_sd: f32,
    code_max: f32,
}

struct Conversion {
    // What an ideal converter would see: no noise, no rounding, no end of range.
    value: f32,
    code: f32,
    // 1 where the code hit an end of the range.
    clipped: f32,
}

fn converter_of(die: vec2<u32>, card: u32, column: u32) -> Converter {
    let readout = cards[card].readout;
    let amplifier = draw(STREAM_COLUMN, job.array, die, column);
    let shared_converter = draw(STREAM_COLUMN, job.array, die, converter_element(column / job.columns_per_converter));
    let spread = 1.0 + readout.amplifier_gain_sd * amplifier.x + readout.converter_gain_sd * shared_converter.x;
    let offset = readout.offset + readout.amplifier_offset_sd * amplifier.y;
    return Converter(
        readout.gain * spread,
        offset + readout.converter_offset_sd * shared_converter.y,
        readout.noise_sd,
        readout.code_max,
    );
}

fn convert(converter: Converter, charge: f32, z: f32) -> Conversion {
    let value = charge * converter.gain + converter.offset;
    let rounded = round(value + converter.noise_sd * z);
    let code = clamp(rounded, -converter.code_max, converter.code_max);
    return Conversion(value, code, select(0.0, 1.0, abs(rounded) > converter.code_max));
}
