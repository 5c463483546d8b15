// Standard normals from random words: Box-Muller with our own polynomials. Twin: src/compute/normal.rs.

fn uniform_of(word: u32) -> f32 {
    let high = f32(word >> 16u);
    let low = f32(word & 0xffffu) + 0.5;
    return high * (1.0 / 65536.0) + low * (1.0 / 4294967296.0);
}

fn ln(x: f32) -> f32 {
    let bits = bitcast<i32>(x);
    let exponent = (bits - 0x3f3504f3) >> 23u;
    let f = bitcast<f32>(bits - (exponent << 23u)) - 1.0;
    let e = f32(exponent);
    let z = f * f;
    let z2 = z * z;
    let a = 1.1676998740e-1 - 1.1514610310e-1 * f;
    let b = 1.4249322787e-1 - 1.2420140846e-1 * f;
    let c = 2.0000714765e-1 - 1.6668057665e-1 * f;
    let d = 3.3333331174e-1 - 2.4999993993e-1 * f;
    let p = ((7.0376836292e-2 * z + a) * z + b) * z2 + (c * z + d);
    let y = p * f * z - 2.12194440e-4 * e - 0.5 * z;
    return f + y + 0.693359375 * e;
}

// (sin, cos): two bits choose the quadrant, 24 the angle in [-pi/4, pi/4).
fn sin_cos(word: u32) -> vec2<f32> {
    let fraction = i32((word << 2u) >> 8u) - 0x800000;
    let x = f32(fraction) * (1.57079632679 / 16777216.0);
    let z = x * x;
    var s = -1.9515295891e-4 * z + 8.3321608736e-3;
    s = s * z - 1.6666654611e-1;
    s = s * z * x + x;
    var c = 2.4433157118e-5 * z - 1.3887316255e-3;
    c = c * z + 4.1666645683e-2;
    c = c * z * z - 0.5 * z + 1.0;
    let swap = (word & 0x40000000u) != 0u;
    let sine = select(s, c, swap);
    let cosine = select(c, s, swap);
    let sine_sign = word & 0x80000000u;
    let cosine_sign = (word ^ (word << 1u)) & 0x80000000u;
    return vec2<f32>(bitcast<f32>(bitcast<u32>(sine) ^ sine_sign), bitcast<f32>(bitcast<u32>(cosine) ^ cosine_sign));
}

fn normal_pair(radius_word: u32, angle_word: u32) -> vec2<f32> {
    let radius = sqrt(-2.0 * ln(uniform_of(radius_word)));
    return radius * sin_cos(angle_word).yx;
}

fn normals(words: vec4<u32>) -> vec4<f32> {
    return vec4<f32>(normal_pair(words.x, words.y), normal_pair(words.z, words.w));
}
