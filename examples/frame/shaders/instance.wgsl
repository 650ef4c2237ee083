// An object in its place. In the order of `layout::Instance`.
struct Instance {
    model: mat4x4<f32>,
    color: vec4<f32>,
    texture: u32,
    glow: f32,
    cutoff: f32,
    unused: f32,
}
