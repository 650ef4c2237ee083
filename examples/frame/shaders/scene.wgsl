// Draws the sky, the objects and the dust.

// In the order of `layout::Instance`.
struct Instance {
    model: mat4x4<f32>,
    color: vec4<f32>,
    texture: u32,
    glow: f32,
    cutoff: f32,
    unused: f32,
}

@group(0) @binding(0) var<uniform> camera: Camera;
@group(0) @binding(1) var<storage, read> instances: array<Instance>;
@group(0) @binding(2) var base_colors: texture_2d_array<f32>;
@group(0) @binding(3) var repeating: sampler;

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
fn object_vertex(
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
    out.clip = camera.view_proj * world;
    out.world = world.xyz;
    out.normal = turned;
    out.uv = uv;
    out.color = instance.color;
    out.texture = instance.texture;
    out.glow_cutoff = vec2<f32>(instance.glow, instance.cutoff);
    return out;
}

@fragment
fn object_fragment(in: Surface, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let base = in.color * textureSample(base_colors, repeating, in.uv, in.texture);
    if base.a < in.glow_cutoff.y {
        discard;
    }
    let to_eye = camera.eye.xyz - in.world;
    let distance = length(to_eye);
    let view = to_eye / distance;
    let normal = normalize(in.normal) * select(-1.0, 1.0, front);
    let lit = shade(base.rgb, normal, view, in.world) + base.rgb * in.glow_cutoff.x;
    let haze = 1.0 - exp(-max(distance - 14.0, 0.0) * 0.026);
    let far = sky(normalize(vec3<f32>(-view.x, max(-view.y, 0.015), -view.z)), camera.sun.xyz);
    return vec4<f32>(mix(lit, min(far, vec3<f32>(0.7)), haze), base.a);
}

fn shade(color: vec3<f32>, normal: vec3<f32>, view: vec3<f32>, world: vec3<f32>) -> vec3<f32> {
    let sun = camera.sun.xyz;
    let half_way = normalize(sun + view);
    let key = vec3<f32>(3.4, 1.75, 0.95) * max(dot(normal, sun), 0.0);
    // A wide, cool lamp over the viewer's shoulder.
    let lamp = normalize(view + vec3<f32>(0.35, 0.75, 0.25));
    let fill = vec3<f32>(0.66, 0.70, 0.98) * pow(max(dot(normal, lamp), 0.0) * 0.85 + 0.15, 1.5);
    let above = mix(vec3<f32>(0.10, 0.06, 0.07), vec3<f32>(0.14, 0.14, 0.30), normal.y * 0.5 + 0.5);
    let occlusion = contact(world, normal);

    let rim = pow(1.0 - max(dot(normal, view), 0.0), 4.0);
    let mirrored = sky(reflect(-view, normal), sun);
    let gloss = (0.04 + 0.5 * rim) * min(mirrored, vec3<f32>(1.0));
    let highlight = vec3<f32>(2.2, 1.5, 1.0) * pow(max(dot(normal, half_way), 0.0), 60.0);
    return color * (key + fill + above) * occlusion + (gloss + highlight * 0.5) * (0.35 + 0.65 * occlusion);
}

// Less light reaches what is near the floor, and the floor around the pedestal.
fn contact(world: vec3<f32>, normal: vec3<f32>) -> f32 {
    let low = mix(0.55, 1.0, smoothstep(-0.1, 0.9, world.y + max(normal.y, 0.0) * 0.9));
    let edge = length(world.xz) - 2.35;
    let floor = select(0.0, 0.55 * exp(-max(edge, 0.0) * 1.6), world.y < 0.01 && edge > 0.0);
    return low * (1.0 - floor);
}

struct Backdrop {
    @builtin(position) clip: vec4<f32>,
    @location(0) direction: vec3<f32>,
}

// One triangle over the whole picture, as far away as can be.
@vertex
fn sky_vertex(@builtin(vertex_index) index: u32) -> Backdrop {
    let corner = vec2<f32>(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0);
    var out: Backdrop;
    out.clip = vec4<f32>(corner, 1.0, 1.0);
    out.direction = camera.forward.xyz + camera.right.xyz * corner.x + camera.up.xyz * corner.y;
    return out;
}

@fragment
fn sky_fragment(in: Backdrop) -> @location(0) vec4<f32> {
    let direction = normalize(in.direction);
    return vec4<f32>(sky(direction, camera.sun.xyz) + sun_disc(direction, camera.sun.xyz), 1.0);
}

struct Mote {
    @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(flat) light: vec3<f32>,
}

// Dust: one point for each entity that the CPU moves. The fourth number is its brightness.
@vertex
fn dust_vertex(@location(0) mote: vec4<f32>) -> Mote {
    let distance = length(camera.eye.xyz - mote.xyz);
    let warmth = fract(mote.w * 57.0);
    let color = mix(vec3<f32>(0.45, 0.62, 1.0), vec3<f32>(1.0, 0.66, 0.40), warmth);
    var out: Mote;
    out.clip = camera.view_proj * vec4<f32>(mote.xyz, 1.0);
    // A speck has the size of a pixel, whatever that is.
    out.light = color * mote.w * min(9.0 / (1.0 + distance), 1.0) * min(camera.forward.w, 4.0);
    return out;
}

@fragment
fn dust_fragment(in: Mote) -> @location(0) vec4<f32> {
    return vec4<f32>(in.light, 0.0);
}
