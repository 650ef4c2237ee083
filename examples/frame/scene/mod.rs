//! What a frame draws, as data: no device, no Vulkan.

mod gltf;
mod image;
mod procedural;
mod shapes;

use std::ops::Range;
use std::path::{Path, PathBuf};

use bytemuck::{Pod, Zeroable};
use glam::{Mat4, Vec3, Vec4};

pub use image::Texture;
pub use procedural::Random;

/// Meshes, materials and the objects made of them.
#[derive(Debug)]
pub struct Scene {
    /// What it is called in the report.
    pub name: String,
    /// The vertices of all meshes, one mesh after another.
    pub vertices: Vec<Vertex>,
    /// The indices of all meshes; each counts from the first vertex of its mesh.
    pub indices: Vec<u32>,
    pub meshes: Vec<Mesh>,
    /// Base colours, all of one size; the first is white.
    pub textures: Vec<Texture>,
    pub materials: Vec<Material>,
    /// What is drawn, in the order it is drawn: opaque objects first.
    pub objects: Vec<Object>,
}

/// One vertex, as the vertex shader reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Vertex {
    pub position: [f32; 3],
    pub normal: [f32; 3],
    pub uv: [f32; 2],
}

/// A run of triangles that share a material.
#[derive(Clone, Debug)]
pub struct Mesh {
    pub indices: Range<u32>,
    /// Where its vertices start.
    pub first_vertex: u32,
}

/// How a surface looks.
#[derive(Clone, Copy, Debug)]
pub struct Material {
    /// Linear red, green, blue and opacity; multiplies the texture.
    pub color: Vec4,
    /// An index into [`Scene::textures`].
    pub texture: usize,
    pub surface: Surface,
}

/// What opacity means to a material.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Surface {
    Opaque,
    /// Nothing is drawn where the opacity is below the threshold.
    Cutout {
        threshold: f32,
    },
    /// What lies behind shines through.
    Blended,
    /// Shines by itself.
    Glowing {
        strength: f32,
    },
}

/// One mesh at one place.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    pub mesh: usize,
    pub material: usize,
    /// From the mesh to the object's own space, whose origin is the anchor.
    pub local: Mat4,
    pub motion: Motion,
}

/// How an object moves: it spins about its anchor, which drifts on a circle about the middle of the world.
#[derive(Clone, Copy, Debug)]
pub struct Motion {
    /// Where the anchor is at time zero, in metres.
    pub anchor: Vec3,
    /// The axis of the spin, of length one.
    pub axis: Vec3,
    /// Radians a second.
    pub spin: f32,
    /// Radians at time zero.
    pub phase: f32,
    /// Radians a second about the vertical axis of the world.
    pub orbit: f32,
}

impl Motion {
    /// Returns the motion of what stands still.
    pub fn still(anchor: Vec3) -> Self {
        Self { anchor, axis: Vec3::Y, spin: 0.0, phase: 0.0, orbit: 0.0 }
    }
}

/// Why a scene file cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("scene `{}`: {what}", path.display())]
pub struct SceneError {
    pub path: PathBuf,
    /// What is wrong and what to do.
    pub what: String,
}

/// Returns the scene in `file`, or the built-in one, among the objects that stand around every scene.
///
/// # Errors
///
/// A file that is missing, broken, or holds nothing to draw.
pub fn load(file: Option<&Path>) -> Result<Scene, SceneError> {
    let mut scene = Builder::default();
    match file {
        Some(path) => {
            let model = gltf::load(path).map_err(|what| SceneError { path: path.to_owned(), what })?;
            procedural::on_a_pedestal(&mut scene, model);
        }
        None => procedural::sculpture(&mut scene),
    }
    procedural::surroundings(&mut scene);
    Ok(scene.finish())
}

/// A scene under construction.
#[derive(Debug)]
struct Builder {
    scene: Scene,
}

impl Default for Builder {
    fn default() -> Self {
        let scene = Scene {
            name: String::new(),
            vertices: Vec::new(),
            indices: Vec::new(),
            meshes: Vec::new(),
            textures: vec![Texture::white()],
            materials: Vec::new(),
            objects: Vec::new(),
        };
        Self { scene }
    }
}

impl Builder {
    fn mesh(&mut self, vertices: &[Vertex], indices: &[u32]) -> usize {
        let scene = &mut self.scene;
        let first_index = scene.indices.len() as u32;
        let first_vertex = scene.vertices.len() as u32;
        scene.vertices.extend_from_slice(vertices);
        scene.indices.extend_from_slice(indices);
        scene.meshes.push(Mesh { indices: first_index..first_index + indices.len() as u32, first_vertex });
        scene.meshes.len() - 1
    }

    fn texture(&mut self, texture: Texture) -> usize {
        self.scene.textures.push(texture);
        self.scene.textures.len() - 1
    }

    fn material(&mut self, material: Material) -> usize {
        self.scene.materials.push(material);
        self.scene.materials.len() - 1
    }

    /// Adds a material of one opaque colour.
    fn paint(&mut self, color: Vec3) -> usize {
        self.material(Material { color: color.extend(1.0), texture: 0, surface: Surface::Opaque })
    }

    fn object(&mut self, object: Object) {
        self.scene.objects.push(object);
    }

    /// Gives all textures one size and puts what shines through last.
    fn finish(mut self) -> Scene {
        let size = self.scene.textures.iter().map(Texture::longest_side).max().unwrap_or(1);
        let size = size.next_power_of_two().min(Texture::MAX_SIZE);
        for texture in &mut self.scene.textures {
            texture.resize(size);
        }
        let materials = &self.scene.materials;
        self.scene.objects.sort_by_key(|object| materials[object.material].surface == Surface::Blended);
        self.scene
    }
}

impl Scene {
    /// Returns how many objects nothing shines through: they come first.
    pub fn opaque(&self) -> usize {
        let is_opaque = |object: &Object| self.materials[object.material].surface != Surface::Blended;
        self.objects.partition_point(is_opaque)
    }

    /// Returns the radius of the sphere about an object's anchor that holds it however it spins.
    pub fn radius(&self, object: &Object) -> f32 {
        let mesh = &self.meshes[object.mesh];
        let vertices = &self.vertices[mesh.first_vertex as usize..];
        let indices = &self.indices[mesh.indices.start as usize..mesh.indices.end as usize];
        let far = |&index: &u32| {
            object.local.transform_point3(Vec3::from(vertices[index as usize].position)).length_squared()
        };
        indices.iter().map(far).fold(0.0, f32::max).sqrt()
    }
}
