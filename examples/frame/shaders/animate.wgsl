// Spins each object and puts it in its place: one thread for one object.

@group(0) @binding(1) var<storage, read> objects: array<Object>;
@group(0) @binding(2) var<storage, read> anchors: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> instances: array<Instance>;

@compute @workgroup_size(64)
fn animate(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= arrayLength(&objects) {
        return;
    }
    let object = objects[i];
    let spin = rotation(object.axis, object.phase + object.spin * camera.eye.w);
    let local = object.local;
    instances[i].model = mat4x4<f32>(
        vec4<f32>(spin * local[0].xyz, 0.0),
        vec4<f32>(spin * local[1].xyz, 0.0),
        vec4<f32>(spin * local[2].xyz, 0.0),
        vec4<f32>(spin * local[3].xyz + anchors[i].xyz, 1.0),
    );
    instances[i].color = object.color;
    instances[i].texture = object.texture;
    instances[i].glow = object.glow;
    instances[i].cutoff = object.cutoff;
}

// The rotation about an axis of length one, after Rodrigues.
fn rotation(axis: vec3<f32>, angle: f32) -> mat3x3<f32> {
    let s = sin(angle);
    let c = cos(angle);
    let a = axis * (1.0 - c);
    return mat3x3<f32>(
        vec3<f32>(a.x * axis.x + c, a.x * axis.y + s * axis.z, a.x * axis.z - s * axis.y),
        vec3<f32>(a.y * axis.x - s * axis.z, a.y * axis.y + c, a.y * axis.z + s * axis.x),
        vec3<f32>(a.z * axis.x + s * axis.y, a.z * axis.y - s * axis.x, a.z * axis.z + c),
    );
}
