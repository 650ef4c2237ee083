// The light that comes from a direction when nothing is in the way: dusk.
fn sky(direction: vec3<f32>, sun: vec3<f32>) -> vec3<f32> {
    let height = max(direction.y, 0.0);
    let zenith = vec3<f32>(0.006, 0.010, 0.040);
    let middle = vec3<f32>(0.050, 0.030, 0.120);
    let horizon = vec3<f32>(0.300, 0.095, 0.100);
    var light = mix(horizon, middle, smoothstep(0.0, 0.22, height));
    light = mix(light, zenith, smoothstep(0.12, 0.75, height));
    let toward = max(dot(direction, sun), 0.0);
    light += vec3<f32>(1.00, 0.42, 0.16) * (0.42 * pow(toward, 12.0) + 0.5 * pow(toward, 90.0));
    return light;
}

// The sun itself.
fn sun_disc(direction: vec3<f32>, sun: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(9.0, 6.0, 3.4) * smoothstep(0.9989, 0.9993, dot(direction, sun));
}
