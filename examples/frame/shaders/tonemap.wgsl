// Turns light into a picture: glow, exposure, a little sharpness, darker corners.

@group(0) @binding(0) var light: texture_2d<f32>;
@group(0) @binding(1) var glow: texture_2d<f32>;
@group(0) @binding(2) var clamped: sampler;

@vertex
fn tonemap_vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn tonemap_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let size = vec2<f32>(textureDimensions(light));
    let at = vec2<i32>(position.xy);
    let here = texel(at);
    let around = texel(at + vec2<i32>(1, 0)) + texel(at - vec2<i32>(1, 0)) + texel(at + vec2<i32>(0, 1))
        + texel(at - vec2<i32>(0, 1));
    let sharp = clamp(here + (here - around * 0.25) * 0.4, here * 0.7, here * 1.4);
    let color = to_display(sharp + textureSampleLevel(glow, clamped, position.xy / size, 0.0).rgb * 0.2);
    let corner = (position.xy / size - 0.5) * vec2<f32>(1.1, 1.0);
    let shown = color * (1.0 - 0.5 * smoothstep(0.25, 0.85, length(corner)));
    // Half a step of noise keeps the sky free of bands.
    return vec4<f32>(shown + (grain(position.xy) - 0.5) / 255.0, 1.0);
}

fn texel(at: vec2<i32>) -> vec3<f32> {
    let edge = vec2<i32>(textureDimensions(light)) - 1;
    return textureLoad(light, clamp(at, vec2<i32>(0), edge), 0).rgb;
}

// Narkowicz's fit of the ACES curve, then the transfer function of sRGB, nearly.
fn to_display(light: vec3<f32>) -> vec3<f32> {
    let x = light * 0.92;
    let mapped = clamp(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), vec3<f32>(0.0), vec3<f32>(1.0));
    return pow(mapped, vec3<f32>(1.0 / 2.2));
}

fn grain(at: vec2<f32>) -> f32 {
    return fract(52.9829189 * fract(dot(at, vec2<f32>(0.06711056, 0.00583715))));
}
