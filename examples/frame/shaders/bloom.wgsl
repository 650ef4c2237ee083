// What is brighter than white spreads: made ever smaller, then ever wider. Every level is read texel by texel, so that the
// reference on the CPU reads the same ones.

@group(0) @binding(0) var fine: texture_2d<f32>;
@group(0) @binding(1) var coarse: texture_2d<f32>;
@group(0) @binding(2) var level: texture_storage_2d<rgba16float, write>;

// Takes what is brighter than white from the light: the mean of a square of four, in which no bright spot drowns the others.
@compute @workgroup_size(8, 8)
fn brighten(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = textureDimensions(level);
    if id.x >= size.x || id.y >= size.y {
        return;
    }
    let whole = textureDimensions(fine);
    let first = vec2<i32>(id.xy * whole / size);
    var sum = vec3<f32>(0.0);
    var weights = 0.0;
    for (var i = 0; i < 4; i++) {
        let at = min(first + vec2<i32>(i & 1, i >> 1u), vec2<i32>(whole) - 1);
        let light = textureLoad(fine, at, 0).rgb;
        let bright = max(light.r, max(light.g, light.b));
        let weight = 1.0 / (1.0 + bright);
        sum += light * (max(bright - 0.9, 0.0) / max(bright, 0.0001)) * weight;
        weights += weight;
    }
    textureStore(level, id.xy, vec4<f32>(min(sum / weights, vec3<f32>(24.0)), 1.0));
}

// One level smaller: sixteen texels, weighed 1 3 3 1 across and down.
@compute @workgroup_size(8, 8)
fn downsample(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = textureDimensions(level);
    if id.x >= size.x || id.y >= size.y {
        return;
    }
    let edge = vec2<i32>(textureDimensions(fine)) - 1;
    let first = vec2<i32>(id.xy) * 2 - 1;
    var sum = vec3<f32>(0.0);
    for (var y = 0; y < 4; y++) {
        for (var x = 0; x < 4; x++) {
            let weight = select(1.0, 3.0, x == 1 || x == 2) * select(1.0, 3.0, y == 1 || y == 2);
            sum += weight * textureLoad(fine, clamp(first + vec2<i32>(x, y), vec2<i32>(0), edge), 0).rgb;
        }
    }
    textureStore(level, id.xy, vec4<f32>(sum / 64.0, 1.0));
}

// The smallest level, spread once more: nine texels, weighed 1 2 1 across and down.
@compute @workgroup_size(8, 8)
fn spread(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = textureDimensions(level);
    if id.x >= size.x || id.y >= size.y {
        return;
    }
    let edge = vec2<i32>(size) - 1;
    var sum = vec3<f32>(0.0);
    for (var y = -1; y <= 1; y++) {
        for (var x = -1; x <= 1; x++) {
            let weight = f32((2 - abs(x)) * (2 - abs(y)));
            sum += weight * textureLoad(fine, clamp(vec2<i32>(id.xy) + vec2<i32>(x, y), vec2<i32>(0), edge), 0).rgb;
        }
    }
    textureStore(level, id.xy, vec4<f32>(sum / 16.0, 1.0));
}

// One level larger: this level of the bloom, and four texels of the wider glow, weighed 3 1 across and down.
@compute @workgroup_size(8, 8)
fn upsample(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = textureDimensions(level);
    if id.x >= size.x || id.y >= size.y {
        return;
    }
    let edge = vec2<i32>(textureDimensions(coarse)) - 1;
    let near = min(vec2<i32>(id.xy / 2u), edge);
    let far = clamp(near + vec2<i32>(id.xy % 2u) * 2 - 1, vec2<i32>(0), edge);
    let wide = 9.0 * textureLoad(coarse, near, 0).rgb
        + 3.0 * textureLoad(coarse, vec2<i32>(far.x, near.y), 0).rgb
        + 3.0 * textureLoad(coarse, vec2<i32>(near.x, far.y), 0).rgb
        + textureLoad(coarse, far, 0).rgb;
    let glow = textureLoad(fine, id.xy, 0).rgb + 0.85 * wide / 16.0;
    textureStore(level, id.xy, vec4<f32>(glow, 1.0));
}
