//! Where objects are and which are drawn: `animate.wgsl` and `cull.wgsl`.

use glam::{Mat3, Mat4, Vec3, Vec4};

use super::Given;
use crate::layout::{Camera, Draw, Instance, Object};

/// Places one object.
fn animate(camera: &Camera, object: &Object, anchor: Vec3) -> Instance {
    let spin = Mat3::from_axis_angle(object.axis, object.phase + object.spin * camera.eye.w);
    Instance {
        model: Mat4::from_translation(anchor) * Mat4::from_mat3(spin) * object.local,
        color: object.color,
        texture: object.texture,
        glow: object.glow,
        cutoff: object.cutoff,
        unused: 0.0,
    }
}

/// Decides whether one object is drawn.
fn cull(planes: &[Vec4; 6], object: &Object, anchor: Vec3, index: u32) -> Draw {
    Draw {
        index_count: object.index_count,
        instance_count: u32::from(margin(planes, anchor, object.radius) >= 0.0),
        first_index: object.first_index,
        vertex_offset: object.vertex_offset,
        first_instance: index,
    }
}

/// Returns how far a sphere reaches into a view, in metres; below zero it is outside.
#[inline]
pub fn margin(planes: &[Vec4; 6], center: Vec3, radius: f32) -> f32 {
    let inside = |plane: &Vec4| plane.truncate().dot(center) + plane.w + radius;
    planes.iter().map(inside).fold(f32::INFINITY, f32::min)
}

/// Returns the largest difference of a transform, in units of the object's scale.
pub(super) fn transforms(given: &Given<'_>, instances: &[Instance]) -> f32 {
    let off = |((object, anchor), instance): ((&Object, &Vec4), &Instance)| {
        let reference = animate(given.camera, object, anchor.truncate());
        let exact = Instance { model: instance.model, unused: instance.unused, ..reference } == *instance;
        let off = largest(reference.model - instance.model) / largest(object.local).max(1.0);
        if exact { off } else { f32::INFINITY }
    };
    given.objects.iter().zip(&given.anchors.0).zip(instances).map(off).fold(0.0, f32::max)
}

/// Returns how many draws differ.
pub(super) fn draws(given: &Given<'_>, draws: &[Draw]) -> usize {
    let views = given.views.0.iter().zip(draws.chunks(given.objects.len()));
    views
        .map(|(view, draws)| {
            let reference = (0..).zip(given.objects).zip(&given.anchors.0);
            let reference =
                reference.map(|((index, object), anchor)| cull(&view.planes, object, anchor.truncate(), index));
            reference.zip(draws).filter(|(reference, draw)| reference != *draw).count()
        })
        .sum()
}

/// Returns the largest number of a matrix, without its sign.
fn largest(matrix: Mat4) -> f32 {
    matrix.abs().to_cols_array().into_iter().fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use glam::Quat;

    use super::*;
    use crate::options::Size;
    use crate::world::{Clock, Views};
    use crate::{camera, layout, scene};

    #[test]
    fn rounding_never_decides_what_is_culled() {
        let scene = scene::load(None).expect("the built-in scene needs no file");
        let objects = layout::objects(&scene);
        let mut anchors: Vec<Vec3> = scene.objects.iter().map(|object| object.motion.anchor).collect();
        for frame in 1..=60 {
            let views = Views::of(&camera::circling(Clock::at(frame), Size { width: 1280, height: 720 }));
            for ((anchor, object), gpu_object) in anchors.iter_mut().zip(&scene.objects).zip(&objects) {
                *anchor = Quat::from_rotation_y(object.motion.orbit * Clock::STEP) * *anchor;
                for (number, view) in views.0.iter().enumerate() {
                    let margin = margin(&view.planes, *anchor, gpu_object.radius);
                    assert!(margin.abs() > 1e-5, "frame {frame}, view {number}: {margin} from the edge, at {anchor}");
                }
            }
        }
    }

    #[test]
    fn a_turned_object_keeps_its_place_and_size() {
        let object = Object {
            local: Mat4::from_scale(Vec3::splat(2.0)),
            axis: Vec3::Y,
            spin: 1.0,
            phase: 0.5,
            radius: 2.0,
            ..bytemuck::Zeroable::zeroed()
        };
        let mut camera = Camera::default();
        camera.eye.w = std::f32::consts::FRAC_PI_2 - 0.5;
        let instance = animate(&camera, &object, Vec3::new(0.0, 1.0, 0.0));
        let turned = instance.model.transform_point3(Vec3::X);
        assert!(turned.abs_diff_eq(Vec3::new(0.0, 1.0, -2.0), 1e-5), "a quarter turn: {turned}");
    }

    #[test]
    fn what_is_behind_the_camera_is_not_drawn() {
        let camera = Camera::default();
        let planes = camera::view(&camera).planes;
        let object = Object { radius: 0.5, index_count: 3, ..bytemuck::Zeroable::zeroed() };
        let ahead = camera.eye.truncate() + camera.forward.truncate() * 5.0;
        let behind = camera.eye.truncate() - camera.forward.truncate() * 5.0;
        let drawn = [ahead, behind].map(|anchor| cull(&planes, &object, anchor, 7).instance_count);
        assert_eq!(drawn, [1, 0]);
    }
}
