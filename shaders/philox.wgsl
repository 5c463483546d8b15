// Philox4x32-10: four random words for one counter and key. Twin: src/random/philox.rs.

fn philox(counter_in: vec4<u32>, key_in: vec2<u32>) -> vec4<u32> {
    var counter = counter_in;
    var key = key_in;
    for (var round = 0u; round < 10u; round++) {
        let a = multiply(0xD2511F53u, counter.x);
        let b = multiply(0xCD9E8D57u, counter.z);
        counter = vec4<u32>(b.y ^ counter.y ^ key.x, b.x, a.y ^ counter.w ^ key.y, a.x);
        key += vec2<u32>(0x9E3779B9u, 0xBB67AE85u);
    }
    return counter;
}
