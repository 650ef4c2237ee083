// Draws how far the sun shines.

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> instances: array<Instance>;

@vertex
fn shadow_vertex(@builtin(instance_index) index: u32, @location(0) position: vec3<f32>) -> @builtin(position) vec4<f32> {
    return view.projection * instances[index].model * vec4<f32>(position, 1.0);
}
