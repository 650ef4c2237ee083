//! Reads the triangles and base colours of a glTF 2.0 scene: `.gltf` with what it names, or `.glb`.
//!
//! A file can be wrong in any place, so nothing is taken for granted: each error says what is wrong and what to do.

mod accessor;
mod container;
mod primitive;
mod schema;
#[cfg(test)]
mod tests;
mod uri;

use std::path::Path;

use glam::{Mat4, Quat, Vec3, Vec4};

use self::accessor::Data;
pub use self::primitive::Primitive;
use self::schema::{AlphaMode, File, Node, get};
use super::{Material, Surface, Texture};

/// A scene as a file holds it.
#[derive(Debug)]
pub struct Model {
    pub name: String,
    pub primitives: Vec<Primitive>,
    pub textures: Vec<Texture>,
    /// Their textures count from one: zero is white.
    pub materials: Vec<Material>,
    pub instances: Vec<Instance>,
}

/// One primitive at one place.
#[derive(Debug)]
pub struct Instance {
    pub primitive: usize,
    pub place: Mat4,
}

/// Products of numbers up to this one, and their squares, are finite.
const LARGEST: f32 = 1e9;

/// Says whether a place can be computed with.
fn is_within_reach(number: f32) -> bool {
    number.abs() <= LARGEST
}

/// Reads a scene; the error says what is wrong and what to do.
pub fn load(path: &Path) -> Result<Model, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("it cannot be read ({error}); check `--scene`"))?;
    let mut model = parse(&bytes, path.parent().unwrap_or(Path::new("")))?;
    model.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(model)
}

fn parse(bytes: &[u8], folder: &Path) -> Result<Model, String> {
    let (file, buffer) = container::open(bytes)?;
    let buffers = buffers(&file, buffer, folder)?;
    let data = Data { file: &file, buffers: &buffers };
    let images = base_colors(&file)?;
    let textures = images.iter().map(|&image| texture(data, image, folder)).collect::<Result<_, _>>()?;
    let materials = materials(&file, &images)?;
    let (primitives, first) = primitives(data)?;
    let instances = instances(&file, &first)?;
    if instances.is_empty() {
        return Err("it has no triangles to draw; name a file with a mesh in its scene".to_owned());
    }
    Ok(Model { name: String::new(), primitives, textures, materials, instances })
}

fn buffers(file: &File, mut carried: Option<Vec<u8>>, folder: &Path) -> Result<Vec<Vec<u8>>, String> {
    let mut buffers = Vec::new();
    for (index, buffer) in file.buffers.iter().enumerate() {
        let bytes = match &buffer.uri {
            Some(uri) => uri::read(uri, folder)?,
            None => carried.take().ok_or("its binary part is missing; export it again")?,
        };
        if bytes.len() < buffer.byte_length {
            let (found, wanted) = (bytes.len(), buffer.byte_length);
            return Err(format!("buffer {index} has {found} of its {wanted} bytes; copy or export it again"));
        }
        buffers.push(bytes);
    }
    Ok(buffers)
}

/// Returns the image of a material's base colour.
fn base_color(file: &File, material: &schema::Material) -> Result<Option<usize>, String> {
    let Some(info) = &material.pbr_metallic_roughness.base_color_texture else { return Ok(None) };
    let source = get(&file.textures, info.index, "texture")?.source;
    source.map(Some).ok_or_else(|| format!("texture {} has no PNG or JPEG; export it with one", info.index))
}

/// Returns the images that are base colours, each once, in the order of the materials.
fn base_colors(file: &File) -> Result<Vec<usize>, String> {
    let mut images = Vec::new();
    for material in &file.materials {
        let image = base_color(file, material)?;
        images.extend(image.filter(|image| !images.contains(image)));
    }
    Ok(images)
}

fn texture(data: Data<'_>, index: usize, folder: &Path) -> Result<Texture, String> {
    let image = get(&data.file.images, index, "image")?;
    match (&image.uri, image.buffer_view) {
        (Some(uri), _) => {
            let name = if uri.starts_with("data:") { index.to_string() } else { format!("`{uri}`") };
            Texture::decode(&uri::read(uri, folder)?).map_err(|what| format!("image {name}: {what}"))
        }
        (None, Some(view)) => Texture::decode(data.view(view)?).map_err(|what| format!("image {index}: {what}")),
        (None, None) => Err(format!("image {index} says neither its file nor its bufferView; export it again")),
    }
}

/// Returns the materials of the file, then the one of primitives that name none.
fn materials(file: &File, images: &[usize]) -> Result<Vec<Material>, String> {
    let default = schema::Material::default();
    let read = |material: &schema::Material| {
        let image = base_color(file, material)?;
        let surface = match material.alpha_mode {
            AlphaMode::Opaque => Surface::Opaque,
            AlphaMode::Mask => Surface::Cutout { threshold: material.alpha_cutoff },
            AlphaMode::Blend => Surface::Blended,
        };
        if !Vec4::from(material.pbr_metallic_roughness.base_color_factor).is_finite() {
            return Err("the colour of a material is not finite; export it again".to_owned());
        }
        Ok(Material {
            color: Vec4::from(material.pbr_metallic_roughness.base_color_factor),
            texture: image.and_then(|image| images.iter().position(|&other| other == image)).map_or(0, |i| i + 1),
            surface,
        })
    };
    file.materials.iter().chain([&default]).map(read).collect()
}

/// Reads the primitives; those of mesh `m` are `first[m]..first[m + 1]`.
fn primitives(data: Data<'_>) -> Result<(Vec<Primitive>, Vec<usize>), String> {
    let (mut primitives, mut first) = (Vec::new(), vec![0]);
    for (index, mesh) in data.file.meshes.iter().enumerate() {
        for primitive in mesh.primitives.iter().filter(|primitive| primitive::has_surface(primitive)) {
            let read = primitive::read(data, primitive);
            let name = || mesh.name.clone().unwrap_or_else(|| index.to_string());
            primitives.push(read.map_err(|what| format!("mesh `{}`: {what}", name()))?);
        }
        first.push(primitives.len());
    }
    Ok((primitives, first))
}

/// Walks the nodes of the scene that the file shows first, parents before children.
fn instances(file: &File, first: &[usize]) -> Result<Vec<Instance>, String> {
    if file.scenes.is_empty() {
        return Err("it has no scene (`scenes` is missing or empty); name a file with a mesh in its scene".to_owned());
    }
    let scene = get(&file.scenes, file.scene.unwrap_or(0), "scene")?;
    let mut instances = Vec::new();
    let mut open: Vec<_> = scene.nodes.iter().rev().map(|&node| (node, Mat4::IDENTITY)).collect();
    let mut visited = 0;
    while let Some((index, parent)) = open.pop() {
        // A node has one parent, so a walk longer than the list of nodes goes in a circle.
        visited += 1;
        if visited > file.nodes.len() {
            return Err("a node is its own descendant; export it again".to_owned());
        }
        let node = get(&file.nodes, index, "node")?;
        let place = parent * transform(node);
        if !place.to_cols_array().into_iter().all(is_within_reach) {
            return Err(format!(
                "the transform of node {index} is not finite or beyond {LARGEST:e}; export it smaller"
            ));
        }
        if let Some(mesh) = node.mesh {
            get(&file.meshes, mesh, "mesh")?;
            instances.extend((first[mesh]..first[mesh + 1]).map(|primitive| Instance { primitive, place }));
        }
        open.extend(node.children.iter().rev().map(|&child| (child, place)));
    }
    Ok(instances)
}

fn transform(node: &Node) -> Mat4 {
    node.matrix.map_or_else(
        || {
            let [x, y, z, w] = node.rotation;
            let rotation = Quat::from_xyzw(x, y, z, w);
            let length = rotation.length();
            let rotation = if length > 0.0 { rotation / length } else { Quat::IDENTITY };
            Mat4::from_scale_rotation_translation(Vec3::from(node.scale), rotation, Vec3::from(node.translation))
        },
        |matrix| Mat4::from_cols_array(&matrix),
    )
}
