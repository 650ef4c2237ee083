// How much light a surface sends to the eye. Needs `camera`, `sky`, and what the sun sees: `shadow`, through `comparing`.

// What the sun shines on: all of it 1, none of it 0.
fn sunlight(world: vec3<f32>, normal: vec3<f32>, at: vec2<f32>) -> f32 {
    let slope = dot(normal, camera.sun.xyz);
    if slope <= 0.0 {
        return 0.0;
    }
    var cascade = 0;
    var place = camera.cascades[0] * vec4<f32>(world, 1.0);
    if max(abs(place.x), abs(place.y)) > 0.97 {
        cascade = 1;
        place = camera.cascades[1] * vec4<f32>(world, 1.0);
        if max(abs(place.x), abs(place.y)) > 0.98 {
            return 1.0;
        }
    }
    // A little above the surface, the more the flatter the light falls: no surface shadows itself.
    let lift = camera.texels[cascade] * (0.6 + 2.2 * (1.0 - slope));
    place = camera.cascades[cascade] * vec4<f32>(world + normal * lift, 1.0);
    let uv = vec2<f32>(place.x * 0.5 + 0.5, 0.5 - place.y * 0.5);
    // Four places on a disc, turned by the noise.
    let angle = noise(at) * 6.2831853;
    let radius = select(1.3, 2.2, cascade == 0) / f32(textureDimensions(shadow).x);
    let a = vec2<f32>(cos(angle), sin(angle)) * radius;
    let b = vec2<f32>(-a.y, a.x) * 0.55;
    let depth = place.z - 0.0002;
    return 0.25 * (textureSampleCompareLevel(shadow, comparing, uv + a, cascade, depth)
        + textureSampleCompareLevel(shadow, comparing, uv - a, cascade, depth)
        + textureSampleCompareLevel(shadow, comparing, uv + b, cascade, depth)
        + textureSampleCompareLevel(shadow, comparing, uv - b, cascade, depth));
}

fn shade(color: vec3<f32>, normal: vec3<f32>, world: vec3<f32>, at: vec2<f32>) -> vec3<f32> {
    let sun = camera.sun.xyz;
    let view = normalize(camera.eye.xyz - world);
    let lit = sunlight(world, normal, at);
    let key = vec3<f32>(4.6, 2.75, 1.45) * max(dot(normal, sun), 0.0) * lit;
    // A wide, cool lamp over the viewer's shoulder.
    let lamp = normalize(view + vec3<f32>(0.35, 0.75, 0.25));
    let fill = vec3<f32>(0.30, 0.34, 0.56) * pow(max(dot(normal, lamp), 0.0) * 0.85 + 0.15, 1.5);
    let above = mix(vec3<f32>(0.10, 0.06, 0.07), vec3<f32>(0.16, 0.17, 0.36), normal.y * 0.5 + 0.5);
    let occlusion = contact(world, normal);

    let half_way = normalize(sun + view);
    let rim = pow(1.0 - max(dot(normal, view), 0.0), 4.0);
    let mirrored = sky(reflect(-view, normal), sun);
    let gloss = (0.04 + 0.45 * rim) * min(mirrored, vec3<f32>(1.0)) * (0.35 + 0.65 * lit);
    let highlight = vec3<f32>(2.6, 1.7, 1.0) * pow(max(dot(normal, half_way), 0.0), 60.0) * lit;
    return color * (key + (fill + above) * occlusion) + gloss * occlusion + highlight * 0.5;
}

// What lies between dims it.
fn hazy(lit: vec3<f32>, world: vec3<f32>) -> vec3<f32> {
    let to = world - camera.eye.xyz;
    let distance = length(to);
    let haze = 1.0 - exp(-max(distance - 16.0, 0.0) * 0.020);
    let direction = to / distance;
    let far = sky(normalize(vec3<f32>(direction.x, max(direction.y, 0.015), direction.z)), camera.sun.xyz);
    return mix(lit, min(far, vec3<f32>(0.7)), haze);
}

// Less light from all around reaches what is near the floor, and the floor around the pedestal.
fn contact(world: vec3<f32>, normal: vec3<f32>) -> f32 {
    let low = mix(0.55, 1.0, smoothstep(-0.1, 0.9, world.y + max(normal.y, 0.0) * 0.9));
    let edge = length(world.xz) - 2.35;
    let floor = select(0.0, 0.55 * exp(-max(edge, 0.0) * 1.6), world.y < 0.01 && edge > 0.0);
    return low * (1.0 - floor);
}
