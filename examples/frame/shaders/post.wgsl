// Turns light into a picture: smooth edges, glow, exposure, darker corners.

@group(0) @binding(0) var scene: texture_2d<f32>;
@group(0) @binding(1) var clamped: sampler;

@vertex
fn post_vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn post_fragment(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let size = vec2<f32>(textureDimensions(scene));
    let light = expanded(smooth_edges(at.xy, size)) + glow(at.xy, size) * 0.8;
    let corner = (at.xy / size - 0.5) * vec2<f32>(1.1, 1.0);
    let color = to_display(light) * (1.0 - 0.55 * smoothstep(0.25, 0.85, length(corner)));
    // Half a step of noise keeps the sky free of bands.
    return vec4<f32>(color + (noise(at.xy) - 0.5) / 255.0, 1.0);
}

// Narkowicz's fit of the ACES curve, then the transfer function of sRGB, nearly.
fn to_display(light: vec3<f32>) -> vec3<f32> {
    let x = light * 0.92;
    let mapped = clamp(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), vec3<f32>(0.0), vec3<f32>(1.0));
    return pow(mapped, vec3<f32>(1.0 / 2.2));
}

// Brings light below one, so that a bright spot does not drown its neighbours where they are mixed; and back.
fn compressed(light: vec3<f32>) -> vec3<f32> {
    return light / (1.0 + max(light.r, max(light.g, light.b)));
}

fn expanded(color: vec3<f32>) -> vec3<f32> {
    return color / max(1.0 - max(color.r, max(color.g, color.b)), 0.001);
}

fn texel(at: vec2<f32>, size: vec2<f32>) -> vec3<f32> {
    return textureLoad(scene, vec2<i32>(clamp(at, vec2<f32>(0.0), size - 1.0)), 0).rgb;
}

fn between(at: vec2<f32>, size: vec2<f32>) -> vec3<f32> {
    return compressed(textureSampleLevel(scene, clamped, at / size, 0.0).rgb);
}

fn brightness(color: vec3<f32>) -> f32 {
    return sqrt(dot(color, vec3<f32>(0.299, 0.587, 0.114)));
}

// Blurs along an edge and not across it, after Lottes' FXAA.
fn smooth_edges(at: vec2<f32>, size: vec2<f32>) -> vec3<f32> {
    let here = compressed(texel(at, size));
    let nw = brightness(compressed(texel(at + vec2<f32>(-1.0, -1.0), size)));
    let ne = brightness(compressed(texel(at + vec2<f32>(1.0, -1.0), size)));
    let sw = brightness(compressed(texel(at + vec2<f32>(-1.0, 1.0), size)));
    let se = brightness(compressed(texel(at + vec2<f32>(1.0, 1.0), size)));
    let middle = brightness(here);
    let low = min(middle, min(min(nw, ne), min(sw, se)));
    let high = max(middle, max(max(nw, ne), max(sw, se)));
    if high - low < max(0.04, high * 0.12) {
        return here;
    }
    var along = vec2<f32>((sw + se) - (nw + ne), (nw + sw) - (ne + se));
    let shorten = max((nw + ne + sw + se) * 0.03, 1.0 / 128.0);
    along = clamp(along / (min(abs(along.x), abs(along.y)) + shorten), vec2<f32>(-8.0), vec2<f32>(8.0));
    let near = 0.5 * (between(at - along / 6.0, size) + between(at + along / 6.0, size));
    let far = 0.5 * near + 0.25 * (between(at - along * 0.5, size) + between(at + along * 0.5, size));
    let blurred = brightness(far);
    return select(far, near, blurred < low || blurred > high);
}

// What is brighter than white spreads: three rings of eight texels, each turned against the one inside it.
fn glow(at: vec2<f32>, size: vec2<f32>) -> vec3<f32> {
    return (ring(at, vec2<f32>(1.0, 0.0) * size.y * 0.004, size)
        + 0.7 * ring(at, vec2<f32>(0.924, 0.383) * size.y * 0.009, size)
        + 0.4 * ring(at, vec2<f32>(0.981, 0.195) * size.y * 0.016, size)) / 16.8;
}

fn ring(at: vec2<f32>, a: vec2<f32>, size: vec2<f32>) -> vec3<f32> {
    let b = vec2<f32>(-a.y, a.x);
    let c = (a + b) * 0.70710678;
    let d = (b - a) * 0.70710678;
    return excess(at + a, size) + excess(at - a, size) + excess(at + b, size) + excess(at - b, size)
        + excess(at + c, size) + excess(at - c, size) + excess(at + d, size) + excess(at - d, size);
}

fn excess(at: vec2<f32>, size: vec2<f32>) -> vec3<f32> {
    return min(max(texel(at, size) - 1.0, vec3<f32>(0.0)), vec3<f32>(4.0));
}

fn noise(at: vec2<f32>) -> f32 {
    return fract(52.9829189 * fract(dot(at, vec2<f32>(0.06711056, 0.00583715))));
}
