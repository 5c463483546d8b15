// The generator and the normals alone, for the parity tests. One invocation: one element of stream Cell, array 0, die 0.

@group(0) @binding(3) var<storage, read_write> words: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> values: array<vec4<f32>>;

@compute @workgroup_size(64)
fn words_of_elements(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < arrayLength(&words) {
        words[id.x] = philox(vec4<u32>(id.x, STREAM_CELL << 24u, dies[0].x, dies[0].y), job.key);
        values[id.x] = normals(words[id.x]);
    }
}
