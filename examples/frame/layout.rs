//! What the shaders and the program both know: every struct here stands in a WGSL file too, in the same order.

use ash::vk;
use bytemuck::{Pod, Zeroable};
use glam::{Mat4, Vec2, Vec3, Vec4};

use crate::scene::{Scene, Surface};

/// How many cascades the shadow has: the near one is sharp, the far one covers all that moves.
pub const CASCADES: usize = 2;

/// From how many places the scene is looked at: the camera first, then the sun, once for each cascade.
pub const VIEWS: usize = 1 + CASCADES;

/// What every pass knows of the frame: `Camera` in `camera.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Camera {
    /// From the world to the picture, in this frame and in the one before.
    pub view_proj: Mat4,
    pub before: Mat4,
    /// From the world to each cascade of the shadow.
    pub cascades: [Mat4; CASCADES],
    /// Place, and the time in seconds.
    pub eye: Vec4,
    /// Half the width and height of what is seen at distance one.
    pub right: Vec4,
    pub up: Vec4,
    pub forward: Vec4,
    /// Where the light comes from.
    pub sun: Vec4,
    /// The size of the picture in pixels.
    pub size: Vec2,
    /// How far the picture is moved in this frame, in units of half its size: for smooth edges.
    pub jitter: Vec2,
    /// The direction in which sparks come up first, as a point on the circle of radius one.
    pub emitter: Vec2,
    /// The nearest and the farthest distance that is seen.
    pub range: Vec2,
    /// The side of a texel of each cascade in metres.
    pub texels: Vec4,
    /// The number of the frame, from 1 on.
    pub frame: [u32; 4],
}

/// One place from which the scene is looked at: `View` in `view.wgsl`.
///
/// As long as the offsets of uniforms ask for, so that each program binds the one that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct View {
    /// From the world to what is seen.
    pub projection: Mat4,
    /// Left, right, bottom, top, near, far: normals that point inwards, and distances.
    pub planes: [Vec4; 6],
    pub unused: [Vec4; 6],
}

/// What an object is and how it spins: `Object` in `objects.wgsl`.
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

/// An object in its place: `Instance` in `instance.wgsl`.
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

/// A spark: `Particle` in `particles.wgsl`, and the attributes of one instance in `transparent.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Particle {
    pub position: Vec3,
    /// From 0 to 1: how far from the stream it flies.
    pub stray: f32,
    pub velocity: Vec3,
    /// What chance gave it; the lowest bits say when it comes up.
    pub seed: u32,
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
    assert!(size_of::<Camera>() == 400 && size_of::<View>() == 256);
    assert!(size_of::<Object>() == 128 && size_of::<Instance>() == 96 && size_of::<Particle>() == 32);
    assert!(size_of::<Draw>() == size_of::<vk::DrawIndexedIndirectCommand>());
};

/// The threads of one workgroup of the shaders that work through a list.
pub const WORKGROUP: u32 = 64;

/// The side of one workgroup of the shaders that work through an image.
pub const TILE: u32 = 8;

/// How many mip levels the glow has.
pub const GLOW_LEVELS: u32 = 6;

/// Returns where a view starts in the buffer of all of them, in bytes.
pub const fn view_offset(view: u32) -> u64 {
    view as u64 * size_of::<View>() as u64
}

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
