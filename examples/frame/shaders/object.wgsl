// What an object is and how it spins. In the order of `layout::Object`.
struct Object {
    local: mat4x4<f32>,
    color: vec4<f32>,
    axis: vec3<f32>,
    // Radians a second.
    spin: f32,
    // Of the sphere about the anchor that holds the object however it spins.
    radius: f32,
    phase: f32,
    texture: u32,
    glow: f32,
    index_count: u32,
    first_index: u32,
    vertex_offset: i32,
    cutoff: f32,
}
