// One place from which the scene is looked at. In the order of `layout::View`.
struct View {
    // From the world to what is seen.
    projection: mat4x4<f32>,
    // Left, right, bottom, top, near, far: normals that point inwards, and distances.
    planes: array<vec4<f32>, 6>,
}
