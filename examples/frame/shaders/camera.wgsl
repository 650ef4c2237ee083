// What every pass knows of the frame. In the order of `layout::Camera`.
struct Camera {
    // From the world to the picture, in this frame and in the one before.
    view_proj: mat4x4<f32>,
    before: mat4x4<f32>,
    // From the world to each cascade of the shadow.
    cascades: array<mat4x4<f32>, 2>,
    // Place, and the time in seconds.
    eye: vec4<f32>,
    // Half the width and height of what is seen at distance one.
    right: vec4<f32>,
    up: vec4<f32>,
    forward: vec4<f32>,
    // Where the light comes from.
    sun: vec4<f32>,
    // The size of the picture in pixels.
    size: vec2<f32>,
    // How far the picture is moved in this frame, in units of half its size.
    jitter: vec2<f32>,
    // The direction in which sparks come up first.
    emitter: vec2<f32>,
    // The nearest and the farthest distance that is seen.
    range: vec2<f32>,
    // The side of a texel of each cascade in metres.
    texels: vec4<f32>,
    // The number of the frame, from 1 on.
    frame: vec4<u32>,
}

@group(0) @binding(0) var<uniform> camera: Camera;

// The way from the eye through a place of the picture as it is drawn, as long as it is forward: one.
fn ray(at: vec2<f32>) -> vec3<f32> {
    let x = at.x / camera.size.x * 2.0 - 1.0 - camera.jitter.x;
    let y = 1.0 - at.y / camera.size.y * 2.0 - camera.jitter.y;
    return camera.forward.xyz + camera.right.xyz * x + camera.up.xyz * y;
}

// How far forward a surface of some depth is.
fn distance_of(depth: f32) -> f32 {
    let near = camera.range.x;
    let far = camera.range.y;
    return near * far / (far - depth * (far - near));
}

// Another number from 0 to 1 for each pixel, and in each frame: what it decides is evened out over several frames.
fn noise(at: vec2<f32>) -> f32 {
    let moved = at + 5.588238 * f32(camera.frame.x % 64u);
    return fract(52.9829189 * fract(dot(moved, vec2<f32>(0.06711056, 0.00583715))));
}
