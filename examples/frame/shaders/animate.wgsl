// Spins each object, places it, and decides whether it is drawn: one thread for one object.
//
// Every object has its own slot in what is written, so the order of the threads leaves no trace.

// In the order of `layout::Object`.
struct Object {
    local: mat4x4<f32>,
    color: vec4<f32>,
    axis: vec3<f32>,
    // Radians a second.
    spin: f32,
    // Of the sphere about the anchor that holds the object however it spins.
    radius: f32,
    phase: f32,
    texture: u32,
    glow: f32,
    index_count: u32,
    first_index: u32,
    vertex_offset: i32,
    cutoff: f32,
}

// In the order of `layout::Instance`.
struct Instance {
    model: mat4x4<f32>,
    color: vec4<f32>,
    texture: u32,
    glow: f32,
    cutoff: f32,
    unused: f32,
}

// VkDrawIndexedIndirectCommand.
struct Draw {
    index_count: u32,
    instance_count: u32,
    first_index: u32,
    vertex_offset: i32,
    first_instance: u32,
}

@group(0) @binding(0) var<uniform> camera: Camera;
@group(0) @binding(1) var<storage, read> objects: array<Object>;
@group(0) @binding(2) var<storage, read> anchors: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> instances: array<Instance>;
@group(0) @binding(4) var<storage, read_write> draws: array<Draw>;

@compute @workgroup_size(64)
fn animate(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= arrayLength(&objects) {
        return;
    }
    let object = objects[i];
    let anchor = anchors[i].xyz;
    let spin = rotation(object.axis, object.phase + object.spin * camera.eye.w);
    let local = object.local;

    instances[i].model = mat4x4<f32>(
        vec4<f32>(spin * local[0].xyz, 0.0),
        vec4<f32>(spin * local[1].xyz, 0.0),
        vec4<f32>(spin * local[2].xyz, 0.0),
        vec4<f32>(spin * local[3].xyz + anchor, 1.0),
    );
    instances[i].color = object.color;
    instances[i].texture = object.texture;
    instances[i].glow = object.glow;
    instances[i].cutoff = object.cutoff;

    draws[i].index_count = object.index_count;
    draws[i].instance_count = select(0u, 1u, in_view(anchor, object.radius));
    draws[i].first_index = object.first_index;
    draws[i].vertex_offset = object.vertex_offset;
    draws[i].first_instance = i;
}

// No sine or cosine is asked here, so that the reference on the CPU comes to the same answer.
fn in_view(center: vec3<f32>, radius: f32) -> bool {
    for (var p = 0u; p < 6u; p++) {
        let plane = camera.planes[p];
        if dot(plane.xyz, center) + plane.w < -radius {
            return false;
        }
    }
    return true;
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
