// Low and high word of a 32 x 32 bit product where the adapter has 64-bit integers: the same bits in fewer instructions.

fn multiply(a: u32, b: u32) -> vec2<u32> {
    let product = u64(a) * u64(b);
    return vec2<u32>(u32(product), u32(product >> 32u));
}
