//! What `animate.wgsl` computes, once more on the CPU, so that one can be held against the other.

use glam::{Mat3, Mat4, Vec3, Vec4};

use crate::layout::{Camera, Draw, Instance, Object};

/// Places one object and decides whether it is drawn.
pub fn animate(camera: &Camera, object: &Object, anchor: Vec3, index: u32) -> (Instance, Draw) {
    let spin = Mat3::from_axis_angle(object.axis, object.phase + object.spin * camera.eye.w);
    let model = Mat4::from_translation(anchor) * Mat4::from_mat3(spin) * object.local;
    let instance = Instance {
        model,
        color: object.color,
        texture: object.texture,
        glow: object.glow,
        cutoff: object.cutoff,
        unused: 0.0,
    };
    let draw = Draw {
        index_count: object.index_count,
        instance_count: u32::from(margin(camera, anchor, object.radius) >= 0.0),
        first_index: object.first_index,
        vertex_offset: object.vertex_offset,
        first_instance: index,
    };
    (instance, draw)
}

/// Returns how far a sphere reaches into the view, in metres; below zero it is outside.
pub fn margin(camera: &Camera, center: Vec3, radius: f32) -> f32 {
    let inside = |plane: &Vec4| plane.truncate().dot(center) + plane.w + radius;
    camera.planes.iter().map(inside).fold(f32::INFINITY, f32::min)
}

/// How what a device computed differs from the reference.
#[derive(Clone, Copy, Debug, Default)]
pub struct Difference {
    /// The largest difference of a number in a transform, in units of the object's scale.
    pub transform: f32,
    /// How many objects are drawn by one and not by the other, or drawn otherwise.
    pub draws: usize,
}

impl Difference {
    /// The largest difference of a transform that counts as none: Vulkan lets a device's sine be off by 2^-11, and a rotation
    /// adds up a few of them.
    pub const TOLERANCE: f32 = 4.0 / 2048.0;

    pub fn is_none(&self) -> bool {
        self.transform <= Self::TOLERANCE && self.draws == 0
    }
}

/// Compares what a device wrote with the reference.
pub fn compare(
    camera: &Camera,
    objects: &[Object],
    anchors: &[Vec4],
    instances: &[Instance],
    draws: &[Draw],
) -> Difference {
    let mut difference = Difference::default();
    for (i, (object, anchor)) in objects.iter().zip(anchors).enumerate() {
        let (instance, draw) = animate(camera, object, anchor.truncate(), i as u32);
        let off = largest(instance.model - instances[i].model) / largest(object.local).max(1.0);
        difference.transform = difference.transform.max(off);
        difference.draws += usize::from(draw != draws[i]);
    }
    difference
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
    use crate::world::Clock;
    use crate::{camera, layout, scene};

    #[test]
    fn rounding_never_decides_what_is_culled() {
        let scene = scene::load(None).expect("the built-in scene needs no file");
        let objects = layout::objects(&scene);
        let mut anchors: Vec<Vec3> = scene.objects.iter().map(|object| object.motion.anchor).collect();
        for frame in 1..=60_u8 {
            let camera = camera::circling(f32::from(frame) * Clock::STEP, Size { width: 1280, height: 720 });
            for ((anchor, object), gpu_object) in anchors.iter_mut().zip(&scene.objects).zip(&objects) {
                *anchor = Quat::from_rotation_y(object.motion.orbit * Clock::STEP) * *anchor;
                let margin = margin(&camera, *anchor, gpu_object.radius);
                assert!(margin.abs() > 1e-5, "frame {frame}: {margin} from the edge, at {anchor}");
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
        let (instance, draw) = animate(&camera, &object, Vec3::new(0.0, 1.0, 0.0), 7);
        let turned = instance.model.transform_point3(Vec3::X);
        assert!(turned.abs_diff_eq(Vec3::new(0.0, 1.0, -2.0), 1e-5), "a quarter turn: {turned}");
        assert_eq!((draw.first_instance, draw.instance_count), (7, 1));
    }
}
