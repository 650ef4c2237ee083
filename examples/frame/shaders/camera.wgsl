// What every pass knows of the view. In the order of `layout::Camera`.
struct Camera {
    view_proj: mat4x4<f32>,
    // Left, right, bottom, top, near, far: normals that point inwards, and distances.
    planes: array<vec4<f32>, 6>,
    // Place, and the time in seconds.
    eye: vec4<f32>,
    // Half the width and height of what is seen at distance one.
    right: vec4<f32>,
    up: vec4<f32>,
    // And how many pixels there are to one of a picture 720 pixels high.
    forward: vec4<f32>,
    // Where the light comes from.
    sun: vec4<f32>,
}
