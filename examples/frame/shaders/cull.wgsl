// Decides for one view which objects are drawn: one thread for one object.
//
// Every object has its own slot in what is written, so the order of the threads leaves no trace.

// VkDrawIndexedIndirectCommand.
struct Draw {
    index_count: u32,
    instance_count: u32,
    first_index: u32,
    vertex_offset: i32,
    first_instance: u32,
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> objects: array<Object>;
@group(0) @binding(2) var<storage, read> anchors: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> draws: array<Draw>;

@compute @workgroup_size(64)
fn cull(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= arrayLength(&objects) {
        return;
    }
    draws[i].index_count = objects[i].index_count;
    draws[i].instance_count = select(0u, 1u, in_view(anchors[i].xyz, objects[i].radius));
    draws[i].first_index = objects[i].first_index;
    draws[i].vertex_offset = objects[i].vertex_offset;
    draws[i].first_instance = i;
}

// No sine or cosine is asked here, so that the reference on the CPU comes to the same answer.
fn in_view(center: vec3<f32>, radius: f32) -> bool {
    for (var p = 0u; p < 6u; p++) {
        let plane = view.planes[p];
        if dot(plane.xyz, center) + plane.w < -radius {
            return false;
        }
    }
    return true;
}
