// Mixes this frame's light into that of the frames before: edges become smooth, noise evens out.

@group(0) @binding(1) var light: texture_2d<f32>;
@group(0) @binding(2) var depths: texture_depth_2d;
@group(0) @binding(3) var before: texture_2d<f32>;
@group(0) @binding(4) var clamped: sampler;
@group(0) @binding(5) var history: texture_storage_2d<rgba16float, write>;

@compute @workgroup_size(8, 8)
fn accumulate(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = textureDimensions(history);
    if id.x >= size.x || id.y >= size.y {
        return;
    }
    let at = vec2<i32>(id.xy);
    let edge = vec2<i32>(size) - 1;
    let here = compressed(textureLoad(light, at, 0).rgb);
    var low = here;
    var high = here;
    for (var y = -1; y <= 1; y++) {
        for (var x = -1; x <= 1; x++) {
            let near = compressed(textureLoad(light, clamp(at + vec2<i32>(x, y), vec2<i32>(0), edge), 0).rgb);
            low = min(low, near);
            high = max(high, near);
        }
    }
    // Where what is seen here was a frame ago.
    let world = camera.eye.xyz + ray(vec2<f32>(id.xy) + 0.5) * distance_of(textureLoad(depths, at, 0));
    let clip = camera.before * vec4<f32>(world, 1.0);
    let uv = vec2<f32>(0.5, -0.5) * clip.xy / clip.w + 0.5;
    let was = textureSampleLevel(before, clamped, uv, 0.0);
    let known = was.a > 0.5 && all(uv >= vec2<f32>(0.0)) && all(uv <= vec2<f32>(1.0));
    let kept = clamp(compressed(was.rgb), low, high);
    let mixed = select(here, mix(kept, here, 0.12), known);
    textureStore(history, at, vec4<f32>(expanded(mixed), 1.0));
}

// Brings light below one, so that a bright spot does not drown its neighbours where they are mixed; and back.
fn compressed(light: vec3<f32>) -> vec3<f32> {
    return light / (1.0 + max(light.r, max(light.g, light.b)));
}

fn expanded(color: vec3<f32>) -> vec3<f32> {
    return color / max(1.0 - max(color.r, max(color.g, color.b)), 0.001);
}
