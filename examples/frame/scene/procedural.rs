//! The built-in scene: a knot on a pedestal, and a galaxy of small solids around it, or around the scene of a file.

use std::f32::consts::TAU;

use glam::{Mat4, Quat, Vec3, Vec4};

use super::gltf::Model;
use super::image::to_linear;
use super::shapes::{self, Shape};
use super::{Builder, Material, Motion, Object, Surface, Texture};

/// How many small solids surround the middle.
const SOLIDS: u32 = 1200;
/// The height of the pedestal, in metres.
const PEDESTAL: f32 = 0.5;

/// Puts a knot in the middle.
pub fn sculpture(scene: &mut Builder) {
    "built-in".clone_into(&mut scene.scene.name);
    let mut knot = shapes::torus_knot(2.0, 3.0, 0.24);
    for vertex in &mut knot.0 {
        vertex.uv[0] *= 20.0;
    }
    let mesh = add(scene, &knot);
    let bands = scene.texture(Texture::from_fn(512, |u, v| {
        // Three lines of copper that wind around the tube, on porcelain.
        let place = (u + v).fract();
        let line = |at: f32, width: f32| ((width - (place - at).abs()) * 120.0).clamp(0.0, 1.0);
        let copper = line(0.5, 0.09).max(line(0.36, 0.018)).max(line(0.64, 0.018));
        mix([0.94, 0.92, 0.89], [0.72, 0.29, 0.10], copper)
    }));
    let material = scene.material(Material { color: Vec4::ONE, texture: bands, surface: Surface::Opaque });
    let local = Mat4::from_scale(Vec3::splat(1.05));
    let anchor = Vec3::Y * (PEDESTAL + 1.95);
    scene.object(Object { mesh, material, local, motion: Motion { spin: 0.5, ..Motion::still(anchor) } });
}

/// Puts the scene of a file in the middle: upright, turning slowly, as large as the knot would be.
pub fn on_a_pedestal(scene: &mut Builder, model: Model) {
    let (low, high) = bounds(&model);
    let size = high - low;
    let scale = (3.1 / size.y.max(1e-6)).min(3.4 / size.x.max(size.z).max(1e-6));
    let foot = (low + high) * 0.5 - Vec3::Y * (size.y * 0.5);
    let to_middle = Mat4::from_scale(Vec3::splat(scale)) * Mat4::from_translation(-foot);

    scene.scene.name = model.name;
    let textures = model.textures.into_iter().map(|texture| scene.texture(texture)).collect::<Vec<_>>();
    let materials = model.materials.into_iter().map(|material| {
        let texture = material.texture.checked_sub(1).map_or(0, |texture| textures[texture]);
        scene.material(Material { texture, ..material })
    });
    let materials = materials.collect::<Vec<_>>();
    let meshes = model.primitives.iter().map(|primitive| scene.mesh(&primitive.vertices, &primitive.indices));
    let meshes = meshes.collect::<Vec<_>>();
    for instance in &model.instances {
        scene.object(Object {
            mesh: meshes[instance.primitive],
            material: materials[model.primitives[instance.primitive].material],
            local: to_middle * instance.place,
            motion: Motion { spin: 0.35, phase: 0.35, ..Motion::still(Vec3::Y * PEDESTAL) },
        });
    }
}

/// Adds the floor, the pedestal and the galaxy.
pub fn surroundings(scene: &mut Builder) {
    ground(scene);
    galaxy(scene);
}

fn ground(scene: &mut Builder) {
    let mut floor = shapes::disc(96);
    for vertex in &mut floor.0 {
        vertex.uv = vertex.uv.map(|place| place * 24.0);
    }
    let floor = add(scene, &floor);
    let tiles = scene.texture(Texture::from_fn(512, |u, v| {
        // Four tiles by four, each of its own shade, with dark seams.
        let (x, y) = (u * 4.0, v * 4.0);
        let seam = [x, y].map(|t| 0.5 - (t.fract() - 0.5).abs()).into_iter().fold(1.0, f32::min);
        let shade = ((x as u32 * 7 + y as u32 * 5) % 9) as f32 * 0.008;
        let tile = [0.235 + shade, 0.245 + shade, 0.330 + shade];
        mix([0.11, 0.11, 0.17], tile, ((seam - 0.012) * 90.0).clamp(0.0, 1.0))
    }));
    let material = scene.material(Material { color: Vec4::ONE, texture: tiles, surface: Surface::Opaque });
    let local = Mat4::from_scale(Vec3::new(60.0, 1.0, 60.0));
    scene.object(Object { mesh: floor, material, local, motion: Motion::still(Vec3::ZERO) });

    let column = add(scene, &shapes::column());
    let stone = scene.paint(srgb([0.62, 0.60, 0.66]));
    let trim = scene.material(Material {
        color: srgb([0.36, 0.72, 1.0]).extend(1.0),
        texture: 0,
        surface: Surface::Glowing { strength: 2.2 },
    });
    let ring = add(scene, &shapes::torus(0.016));
    for (height, radius) in [(0.22, 2.35), (PEDESTAL, 1.95)] {
        let local = Mat4::from_scale(Vec3::new(radius, height, radius));
        scene.object(Object { mesh: column, material: stone, local, motion: Motion::still(Vec3::ZERO) });
        let local = Mat4::from_scale(Vec3::new(radius, 1.6, radius));
        let motion = Motion::still(Vec3::Y * (height - 0.05));
        scene.object(Object { mesh: ring, material: trim, local, motion });
    }
}

fn galaxy(scene: &mut Builder) {
    let meshes = [
        add(scene, &shapes::sphere()),
        add(scene, &shapes::cube()),
        add(scene, &shapes::torus(0.38)),
        add(scene, &shapes::gem()),
    ];
    let palette = [[0.06, 0.62, 0.66], [0.26, 0.28, 0.86], [0.78, 0.16, 0.52], [0.95, 0.36, 0.18], [0.96, 0.70, 0.20]];
    let paints = palette.map(|color| scene.paint(srgb(color)));
    let lamps = palette.map(|color| {
        let color = srgb(color).extend(1.0);
        scene.material(Material { color, texture: 0, surface: Surface::Glowing { strength: 3.0 } })
    });
    let mut random = Random(0x5eed);
    for i in 0..SOLIDS {
        // Two spiral arms that thin out and rise towards the rim.
        let t = (i as f32 + 0.5) / SOLIDS as f32;
        let radius = 4.6 + 27.0 * t.powf(0.8) + random.around(0.9);
        let angle = (i % 2) as f32 * (TAU / 2.0) + t * 2.1 * TAU + random.around(0.55);
        let height = 0.7 + random.unit().powi(2) * (1.2 + 6.5 * t) + 0.5 * (angle * 3.0).sin().abs();
        let size = (0.08 + 0.22 * random.unit().powi(2)) * (1.0 + 1.1 * t);
        let tint = ((angle / TAU).fract() * palette.len() as f32 + random.around(0.7)).rem_euclid(palette.len() as f32);
        let tint = (tint as usize).min(palette.len() - 1);
        let material = if random.unit() < 0.12 { lamps[tint] } else { paints[tint] };
        let motion = Motion {
            anchor: Vec3::new(radius * angle.cos(), height, radius * angle.sin()),
            axis: Vec3::new(random.around(1.0), 1.0, random.around(1.0)).normalize(),
            spin: random.around(2.0),
            phase: random.unit() * TAU,
            orbit: 0.55 / radius.sqrt(),
        };
        let tilt = Quat::from_rotation_x(random.around(1.0));
        let local = Mat4::from_scale_rotation_translation(Vec3::splat(size), tilt, Vec3::ZERO);
        scene.object(Object { mesh: meshes[i as usize % meshes.len()], material, local, motion });
    }
}

fn add(scene: &mut Builder, (vertices, indices): &Shape) -> usize {
    scene.mesh(vertices, indices)
}

/// Returns the corners of the box around all instances.
fn bounds(model: &Model) -> (Vec3, Vec3) {
    let points = model.instances.iter().flat_map(|instance| {
        let primitive = &model.primitives[instance.primitive];
        let place = |&index: &u32| instance.place.transform_point3(primitive.vertices[index as usize].position.into());
        primitive.indices.iter().map(place)
    });
    points.fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), point| (low.min(point), high.max(point)))
}

fn srgb(color: [f32; 3]) -> Vec3 {
    color.map(to_linear).into()
}

fn mix(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t)
}

/// The same numbers on every run: a linear congruential generator with Knuth's constants.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// Returns a number from 0 to 1.
    pub fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Returns a number from `-most` to `most`.
    pub fn around(&mut self, most: f32) -> f32 {
        (self.unit() * 2.0 - 1.0) * most
    }
}
