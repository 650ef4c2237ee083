//! Solids made of formulas.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};

use super::Vertex;

/// The vertices and the indices of one mesh.
pub type Shape = (Vec<Vertex>, Vec<u32>);

pub fn sphere() -> Shape {
    surface(32, 20, |u, v| {
        let (around, down) = (u * TAU, v * PI);
        Vec3::new(around.cos() * down.sin(), down.cos(), -around.sin() * down.sin())
    })
}

/// Returns a ring in the plane of x and z; `thickness` is the radius of its tube, its own is 1.
pub fn torus(thickness: f32) -> Shape {
    tube(40, 18, thickness, |t| Vec3::new((t * TAU).cos(), 0.0, -(t * TAU).sin()))
}

/// Returns the knot that winds `p` times around the axis and `q` times around the ring.
pub fn torus_knot(p: f32, q: f32, thickness: f32) -> Shape {
    tube(420, 28, thickness, move |t| {
        let radius = 1.0 + 0.42 * (q * t * TAU).cos();
        Vec3::new(radius * (p * t * TAU).cos(), radius * (p * t * TAU).sin(), 0.62 * (q * t * TAU).sin())
    })
}

/// Returns a vertical cylinder with a lid, of height and radius 1, that stands on y = 0.
pub fn column() -> Shape {
    let side = surface(64, 1, |u, v| Vec3::new((u * TAU).cos(), 1.0 - v, -(u * TAU).sin()));
    let mut lid = disc(64);
    for vertex in &mut lid.0 {
        vertex.position[1] = 1.0;
    }
    joined(side, &lid)
}

/// Returns a disc of radius 1 in the plane y = 0 that faces up; its texture spans the square around it.
pub fn disc(sides: u32) -> Shape {
    let flat =
        |x: f32, z: f32| Vertex { position: [x, 0.0, z], normal: [0.0, 1.0, 0.0], uv: [x * 0.5 + 0.5, z * 0.5 + 0.5] };
    let corner = |i: u32| (i as f32 / sides as f32 * TAU).sin_cos();
    let rim = (0..sides).map(corner).map(|(sin, cos)| flat(cos, -sin));
    let vertices = [flat(0.0, 0.0)].into_iter().chain(rim).collect();
    let indices = (0..sides).flat_map(|i| [0, 1 + i, 1 + (i + 1) % sides]).collect();
    (vertices, indices)
}

pub fn cube() -> Shape {
    let (mut vertices, mut indices) = (Vec::new(), Vec::new());
    for normal in [Vec3::X, Vec3::NEG_X, Vec3::Y, Vec3::NEG_Y, Vec3::Z, Vec3::NEG_Z] {
        let across = Vec3::new(normal.y, normal.z, normal.x);
        let up = normal.cross(across);
        let first = vertices.len() as u32;
        for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            let position = (normal + across * x + up * y) * 0.58;
            vertices.push(Vertex {
                position: position.into(),
                normal: normal.into(),
                uv: [x * 0.5 + 0.5, 0.5 - y * 0.5],
            });
        }
        indices.extend([0, 1, 2, 0, 2, 3].map(|i| first + i));
    }
    (vertices, indices)
}

/// Returns an octahedron of height 2, as slim as a gem.
pub fn gem() -> Shape {
    let around = |i: u8| {
        let (sin, cos) = (f32::from(i % 6) / 6.0 * TAU).sin_cos();
        Vec3::new(cos * 0.62, 0.12, -sin * 0.62)
    };
    let sides = (0..6).flat_map(|i| {
        let (a, b) = (around(i), around(i + 1));
        [[a, b, Vec3::new(0.0, 0.8, 0.0)], [b, a, Vec3::new(0.0, -1.2, 0.0)]]
    });
    faceted(sides)
}

/// Makes a grid of `columns` by `rows` cells whose corners lie at `at(u, v)`, u and v from 0 to 1.
///
/// Seen from outside, u runs to the right and v down.
fn surface(columns: u32, rows: u32, at: impl Fn(f32, f32) -> Vec3) -> Shape {
    let step = 1e-3;
    let vertex = |i: u32, j: u32| {
        let (u, v) = (i as f32 / columns as f32, j as f32 / rows as f32);
        // At a pole the circle has no radius: look at it a little beside.
        let beside = v.clamp(step, 1.0 - step);
        let across = at(u + step, beside) - at(u - step, beside);
        let down = at(u, (v + step).min(1.0)) - at(u, (v - step).max(0.0));
        Vertex {
            position: at(u, v).into(),
            normal: down.cross(across).normalize_or(Vec3::Y).into(),
            uv: Vec2::new(u, v).into(),
        }
    };
    let vertices = (0..=rows).flat_map(|j| (0..=columns).map(move |i| (i, j))).map(|(i, j)| vertex(i, j)).collect();
    let cells = (0..rows).flat_map(|j| (0..columns).map(move |i| (i, j)));
    let indices = cells.flat_map(|(i, j)| {
        let corner = |i: u32, j: u32| j * (columns + 1) + i;
        let (a, b, c, d) = (corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1));
        [a, d, c, a, c, b]
    });
    (vertices, indices.collect())
}

/// Sweeps a circle along a closed curve.
fn tube(columns: u32, rows: u32, thickness: f32, curve: impl Fn(f32) -> Vec3) -> Shape {
    surface(columns, rows, |u, v| {
        let forward = (curve(u + 1e-3) - curve(u - 1e-3)).normalize();
        let out = (curve(u) - forward * curve(u).dot(forward)).normalize();
        let (sin, cos) = (v * TAU).sin_cos();
        curve(u) + (out * cos + forward.cross(out) * sin) * thickness
    })
}

fn faceted(triangles: impl Iterator<Item = [Vec3; 3]>) -> Shape {
    let uv = [[0.0, 1.0], [1.0, 1.0], [0.5, 0.0]];
    let vertices: Vec<Vertex> = triangles
        .flat_map(|[a, b, c]| {
            let normal = (b - a).cross(c - a).normalize().into();
            [a, b, c].into_iter().zip(uv).map(move |(at, uv)| Vertex { position: at.into(), normal, uv })
        })
        .collect();
    let indices = (0..vertices.len() as u32).collect();
    (vertices, indices)
}

fn joined((mut vertices, mut indices): Shape, other: &Shape) -> Shape {
    let first = vertices.len() as u32;
    vertices.extend_from_slice(&other.0);
    indices.extend(other.1.iter().map(|index| first + index));
    (vertices, indices)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [(&'static str, Shape); 7] {
        [
            ("sphere", sphere()),
            ("torus", torus(0.4)),
            ("torus_knot", torus_knot(2.0, 3.0, 0.2)),
            ("column", column()),
            ("disc", disc(12)),
            ("cube", cube()),
            ("gem", gem()),
        ]
    }

    #[test]
    fn triangles_wind_the_way_their_normals_point() {
        for (name, (vertices, indices)) in all() {
            for triangle in indices.chunks_exact(3) {
                let [a, b, c] = [0, 1, 2].map(|i| vertices[triangle[i] as usize]);
                let [p, q, r] = [a, b, c].map(|vertex| Vec3::from(vertex.position));
                let face = (q - p).cross(r - p);
                if face.length() > 1e-6 {
                    let normal = Vec3::from(a.normal) + Vec3::from(b.normal) + Vec3::from(c.normal);
                    assert!(face.dot(normal) > 0.0, "{name}: {p} {q} {r}");
                }
            }
        }
    }

    #[test]
    fn normals_have_length_one() {
        for (name, (vertices, _)) in all() {
            for vertex in vertices {
                let length = Vec3::from(vertex.normal).length();
                assert!((length - 1.0).abs() < 1e-4, "{name}: {vertex:?}");
            }
        }
    }
}
