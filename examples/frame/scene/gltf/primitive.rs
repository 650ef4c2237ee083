//! One primitive of a glTF mesh: vertices and a list of triangles.

use glam::Vec3;

use super::accessor::Data;
use super::schema::{self, get, mode};
use super::{LARGEST, is_within_reach};
use crate::scene::Vertex;

/// Triangles that share a material.
#[derive(Debug)]
pub struct Primitive {
    pub vertices: Vec<Vertex>,
    pub indices: Vec<u32>,
    pub material: usize,
}

/// Says whether it has triangles rather than points or lines.
pub fn has_surface(primitive: &schema::Primitive) -> bool {
    matches!(primitive.mode, mode::TRIANGLES | mode::TRIANGLE_STRIP | mode::TRIANGLE_FAN)
}

/// Reads the triangles; normals that are missing are computed, texture coordinates that are missing are 0.
pub fn read(data: Data<'_>, primitive: &schema::Primitive) -> Result<Primitive, String> {
    let materials = &data.file.materials;
    let material = primitive.material.unwrap_or(materials.len());
    let uv_set = match primitive.material {
        Some(index) => {
            let pbr = &get(materials, index, "material")?.pbr_metallic_roughness;
            pbr.base_color_texture.as_ref().map_or(0, |info| info.tex_coord)
        }
        None => 0,
    };
    let attribute = |name: &str| primitive.attributes.get(name).copied();
    let positions = attribute("POSITION").ok_or("it has no positions; export it again")?;
    let positions: Vec<[f32; 3]> = data.floats(positions)?;
    if !positions.iter().flatten().copied().all(is_within_reach) {
        return Err(format!("a position is not finite or beyond {LARGEST:e}; export it smaller"));
    }
    let normals = attribute("NORMAL").map(|index| data.floats(index)).transpose()?;
    let uvs = attribute(&format!("TEXCOORD_{uv_set}")).map(|index| data.floats(index)).transpose()?;
    let finite = |list: &Option<Vec<[f32; 3]>>| list.iter().flatten().flatten().all(|number| number.is_finite());
    if !finite(&normals) || !uvs.iter().flatten().flatten().all(|number| number.is_finite()) {
        return Err("a normal or a texture coordinate is not finite; export it again".to_owned());
    }
    let indices = triangles(primitive.mode, &order(data, primitive, positions.len())?);

    let mut vertices: Vec<Vertex> =
        positions.iter().map(|&position| Vertex { position, ..Vertex::default() }).collect();
    for (vertex, uv) in vertices.iter_mut().zip(uvs.unwrap_or_default()) {
        vertex.uv = uv;
    }
    match normals {
        Some(normals) => vertices.iter_mut().zip(normals).for_each(|(vertex, normal)| vertex.normal = normal),
        None => smooth(&mut vertices, &indices),
    }
    Ok(Primitive { vertices, indices, material })
}

/// Returns the order in which the vertices are used.
fn order(data: Data<'_>, primitive: &schema::Primitive, vertices: usize) -> Result<Vec<u32>, String> {
    let Some(index) = primitive.indices else { return Ok((0..vertices as u32).collect()) };
    let order = data.indices(index)?;
    match order.iter().find(|&&index| index as usize >= vertices) {
        Some(index) => Err(format!("index {index} names none of its {vertices} vertices; export it again")),
        None => Ok(order),
    }
}

/// Turns strips and fans into a list of triangles; section 3.7.2.1 of the specification.
pub fn triangles(mode: u32, order: &[u32]) -> Vec<u32> {
    match mode {
        mode::TRIANGLE_STRIP => {
            let turned = |(i, t): (usize, &[u32])| if i % 2 == 0 { [t[0], t[1], t[2]] } else { [t[0], t[2], t[1]] };
            order.windows(3).enumerate().flat_map(turned).collect()
        }
        mode::TRIANGLE_FAN => {
            order.get(1..).unwrap_or_default().windows(2).flat_map(|t| [t[0], t[1], order[0]]).collect()
        }
        _ => order[..order.len() / 3 * 3].to_vec(),
    }
}

/// Gives each vertex the mean normal of its triangles, larger ones counting more.
fn smooth(vertices: &mut [Vertex], indices: &[u32]) {
    let mut sums = vec![Vec3::ZERO; vertices.len()];
    for triangle in indices.chunks_exact(3) {
        let [a, b, c] = [0, 1, 2].map(|i| Vec3::from(vertices[triangle[i] as usize].position));
        for &index in triangle {
            sums[index as usize] += (b - a).cross(c - a);
        }
    }
    for (vertex, sum) in vertices.iter_mut().zip(sums) {
        vertex.normal = sum.normalize_or(Vec3::Y).into();
    }
}
