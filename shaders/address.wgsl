// Where a random value lives. Twins: src/random/address.rs (streams, counter), src/compute/address.rs (elements).

const STREAM_CELL: u32 = 1u;
const STREAM_COLUMN: u32 = 2u;
const STREAM_READ: u32 = 3u;
const STREAM_STUCK: u32 = 9u;
const STREAM_PAIR: u32 = 10u;
const STREAM_OUTPUT: u32 = 11u;
const COLUMN_BITS: u32 = 14u;

// `die`: the two counter words that name a die.
fn draw_words(stream: u32, of_array: u32, die: vec2<u32>, element: u32) -> vec4<u32> {
    return philox(vec4<u32>(element, (stream << 24u) | of_array, die.x, die.y), job.key);
}

fn draw(stream: u32, of_array: u32, die: vec2<u32>, element: u32) -> vec4<f32> {
    return normals(draw_words(stream, of_array, die, element));
}

fn cell_element(row: u32, column: u32) -> u32 {
    return ((row / 2u) << COLUMN_BITS) | column;
}

fn pair_element(row: u32, column: u32) -> u32 {
    return ((row / 4u) << COLUMN_BITS) | column;
}

// `block`: of all blocks of the levels, level by level.
fn output_element(block: u32, column: u32) -> u32 {
    return (block << COLUMN_BITS) | column;
}

fn read_element(conversion: u32, column: u32) -> u32 {
    return ((conversion / 4u) << COLUMN_BITS) | column;
}

fn converter_element(converter: u32) -> u32 {
    return (1u << COLUMN_BITS) | converter;
}

fn capacitor_element(converter: u32, capacitor: u32) -> u32 {
    return ((2u + capacitor / 4u) << COLUMN_BITS) | converter;
}
