//! What the shaders and the program both know: every struct here stands in a WGSL file too, in the same order.

use ash::vk;
use bytemuck::{Pod, Zeroable};
use glam::{Mat4, Vec3, Vec4};

use crate::scene::{Scene, Surface};

/// What every pass knows of the view: `Camera` in `camera.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Camera {
    pub view_proj: Mat4,
    /// Left, right, bottom, top, near, far: normals that point inwards, and distances.
    pub planes: [Vec4; 6],
    /// Place, and the time in seconds.
    pub eye: Vec4,
    /// Half the width and height of what is seen at distance one.
    pub right: Vec4,
    pub up: Vec4,
    /// And how many pixels there are to one of a picture 720 pixels high.
    pub forward: Vec4,
    /// Where the light comes from.
    pub sun: Vec4,
}

/// What an object is and how it spins: `Object` in `animate.wgsl`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Object {
    pub local: Mat4,
    pub color: Vec4,
    pub axis: Vec3,
    pub spin: f32,
    pub radius: f32,
    pub phase: f32,
    pub texture: u32,
    pub glow: f32,
    pub index_count: u32,
    pub first_index: u32,
    pub vertex_offset: i32,
    pub cutoff: f32,
}

/// An object in its place: `Instance` in `animate.wgsl` and `scene.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Instance {
    pub model: Mat4,
    pub color: Vec4,
    pub texture: u32,
    pub glow: f32,
    pub cutoff: f32,
    pub unused: f32,
}

/// A draw that the device decides on: `VkDrawIndexedIndirectCommand`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Draw {
    pub index_count: u32,
    pub instance_count: u32,
    pub first_index: u32,
    pub vertex_offset: i32,
    pub first_instance: u32,
}

const _: () = {
    assert!(size_of::<Camera>() == 240 && size_of::<Object>() == 128 && size_of::<Instance>() == 96);
    assert!(size_of::<Draw>() == size_of::<vk::DrawIndexedIndirectCommand>());
};

/// The threads of one workgroup of `animate.wgsl`.
pub const WORKGROUP: u32 = 64;

/// Returns the objects of a scene as the shader reads them.
pub fn objects(scene: &Scene) -> Vec<Object> {
    let object = |object: &crate::scene::Object| {
        let (mesh, material) = (&scene.meshes[object.mesh], &scene.materials[object.material]);
        let (glow, cutoff) = match material.surface {
            Surface::Opaque | Surface::Blended => (0.0, 0.0),
            Surface::Cutout { threshold } => (0.0, threshold),
            Surface::Glowing { strength } => (strength, 0.0),
        };
        Object {
            local: object.local,
            color: material.color,
            axis: object.motion.axis,
            spin: object.motion.spin,
            radius: scene.radius(object),
            phase: object.motion.phase,
            texture: material.texture as u32,
            glow,
            index_count: mesh.indices.end - mesh.indices.start,
            first_index: mesh.indices.start,
            vertex_offset: mesh.first_vertex.cast_signed(),
            cutoff,
        }
    };
    scene.objects.iter().map(object).collect()
}
