// Draws what adds its light to what is behind: glass, dust and sparks.

@group(0) @binding(5) var shadow: texture_depth_2d_array;
@group(0) @binding(6) var comparing: sampler_comparison;

@fragment
fn glass_fragment(in: Surface, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let base = base_color(in);
    let lit = shade(base.rgb, facing(in, front), in.world, in.clip.xy);
    return vec4<f32>(hazy(lit, in.world), base.a);
}

struct Speck {
    @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(flat) light: vec3<f32>,
}

// Dust: one point for each entity that the CPU moves and the camera sees. The fourth number is its brightness.
@vertex
fn dust_vertex(@location(0) mote: vec4<f32>) -> Speck {
    let distance = length(camera.eye.xyz - mote.xyz);
    let warmth = fract(mote.w * 57.0);
    let color = mix(vec3<f32>(0.45, 0.62, 1.0), vec3<f32>(1.0, 0.66, 0.40), warmth);
    // A speck has the size of a pixel, whatever that is.
    let pixel = min(pow(camera.size.y / 720.0, 2.0), 4.0);
    var out: Speck;
    out.clip = view.projection * vec4<f32>(mote.xyz, 1.0);
    out.light = color * mote.w * min(9.0 / (1.0 + distance), 1.0) * pixel;
    return out;
}

// A spark: a streak from where it was a moment ago to where it is.
@vertex
fn spark_vertex(
    @builtin(vertex_index) corner: u32,
    @location(0) position: vec3<f32>,
    @location(1) stray: f32,
    @location(2) velocity: vec3<f32>,
    @location(3) seed: u32,
) -> Speck {
    let age = f32((camera.frame.x + seed) % 256u) / 256.0;
    let head = view.projection * vec4<f32>(position, 1.0);
    let tail = view.projection * vec4<f32>(position - velocity * 0.022, 1.0);
    let clip = select(head, tail, corner >= 2u);
    var along = (head.xy / head.w - tail.xy / tail.w) * camera.size;
    along = along / max(length(along), 0.001);
    // Never thinner than a pixel: what would be is dimmed instead.
    let wanted = 0.009 * camera.size.y / head.w;
    let width = max(wanted, 1.0);
    let side = select(-1.0, 1.0, (corner & 1u) == 1u) * width;
    var out: Speck;
    out.clip = clip + vec4<f32>(vec2<f32>(-along.y, along.x) / camera.size * side * clip.w, 0.0, 0.0);

    let young = vec3<f32>(1.00, 0.66, 0.27);
    let old = mix(vec3<f32>(1.00, 0.20, 0.05), vec3<f32>(0.16, 0.34, 1.00), smoothstep(0.05, 0.5, stray));
    let fade = smoothstep(0.0, 0.12, age) * (1.0 - smoothstep(0.5, 1.0, age));
    let flicker = 0.25 + 1.5 * fract(f32(seed >> 8u) * 0.61803);
    let strength = mix(0.55, 0.16, smoothstep(0.0, 0.35, stray)) * fade * flicker * min(wanted / width, 1.0);
    out.light = mix(young, old, smoothstep(0.0, 0.6, age)) * strength;
    return out;
}

@fragment
fn speck_fragment(in: Speck) -> @location(0) vec4<f32> {
    return vec4<f32>(in.light, 0.0);
}
