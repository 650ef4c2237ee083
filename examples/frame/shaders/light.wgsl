// Lets the light fall on what is seen, and shows the sky where nothing is: one thread for one pixel.

@group(0) @binding(1) var albedo: texture_2d<f32>;
@group(0) @binding(2) var normals: texture_2d<f32>;
@group(0) @binding(3) var depths: texture_depth_2d;
@group(0) @binding(4) var shadow: texture_depth_2d_array;
@group(0) @binding(5) var comparing: sampler_comparison;
@group(0) @binding(6) var light: texture_storage_2d<rgba16float, write>;

@compute @workgroup_size(8, 8)
fn light_up(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = textureDimensions(light);
    if id.x >= size.x || id.y >= size.y {
        return;
    }
    let at = vec2<f32>(id.xy) + 0.5;
    let depth = textureLoad(depths, id.xy, 0);
    let way = ray(at);
    if depth >= 1.0 {
        let direction = normalize(way);
        let beyond = sky(direction, camera.sun.xyz) + sun_disc(direction, camera.sun.xyz);
        textureStore(light, id.xy, vec4<f32>(beyond, 1.0));
        return;
    }
    let world = camera.eye.xyz + way * distance_of(depth);
    let seen = textureLoad(albedo, id.xy, 0);
    let color = seen.rgb * seen.rgb;
    let normal = normalize(textureLoad(normals, id.xy, 0).xyz);
    // What shines does so less towards its edge: it keeps its shape.
    let faces = max(dot(normal, normalize(-way)), 0.0);
    let lit = shade(color, normal, world, at) + color * seen.a * 8.0 * (0.25 + 0.75 * faces * faces);
    textureStore(light, id.xy, vec4<f32>(hazy(lit, world), 1.0));
}
