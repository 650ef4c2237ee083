// Draws objects: into the shadow, into the surfaces that the light falls on, or lit at once where they shine through.

@group(0) @binding(1) var<uniform> view: View;
@group(0) @binding(2) var<storage, read> instances: array<Instance>;
@group(0) @binding(3) var base_colors: texture_2d_array<f32>;
@group(0) @binding(4) var repeating: sampler;

struct Surface {
    @builtin(position) clip: vec4<f32>,
    @location(0) world: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) uv: vec2<f32>,
    @location(3) @interpolate(flat) color: vec4<f32>,
    @location(4) @interpolate(flat) texture: u32,
    // How strongly it shines, and the opacity below which nothing is drawn.
    @location(5) @interpolate(flat) glow_cutoff: vec2<f32>,
}

@vertex
fn surface_vertex(
    @builtin(instance_index) index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) uv: vec2<f32>,
) -> Surface {
    let instance = instances[index];
    let model = instance.model;
    let world = model * vec4<f32>(position, 1.0);
    // Normals keep their right angle under the matrix of the cofactors, also where the scale differs along the axes.
    let turned = cross(model[1].xyz, model[2].xyz) * normal.x
        + cross(model[2].xyz, model[0].xyz) * normal.y
        + cross(model[0].xyz, model[1].xyz) * normal.z;
    var out: Surface;
    out.clip = view.projection * world;
    out.world = world.xyz;
    out.normal = turned;
    out.uv = uv;
    out.color = instance.color;
    out.texture = instance.texture;
    out.glow_cutoff = vec2<f32>(instance.glow, instance.cutoff);
    return out;
}

fn base_color(in: Surface) -> vec4<f32> {
    return in.color * textureSample(base_colors, repeating, in.uv, in.texture);
}

// Thin things are seen from both sides.
fn facing(in: Surface, front: bool) -> vec3<f32> {
    return normalize(in.normal) * select(-1.0, 1.0, front);
}
