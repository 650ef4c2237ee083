//! Where the camera is, and what it sees.

use glam::camera::rh::{proj, view};
use glam::{Mat4, Vec2, Vec3, Vec4};

use crate::layout::{Camera, View};
use crate::options::Size;
use crate::particles;
use crate::sun;
use crate::world::Clock;

/// The vertical angle of view, in radians.
const ANGLE: f32 = 0.80;
const NEAR: f32 = 0.1;
const FAR: f32 = 160.0;

impl Default for Camera {
    fn default() -> Self {
        circling(Clock::default(), Size { width: 720, height: 720 })
    }
}

/// Returns the camera at some time, for a picture of this size.
pub fn circling(clock: Clock, size: Size) -> Camera {
    let before = Clock::at(clock.frame.saturating_sub(1));
    let (eye, forward) = place(clock.seconds);
    let right = forward.cross(Vec3::Y).normalize();
    let height = (ANGLE * 0.5).tan();
    Camera {
        view_proj: view_proj(clock, size),
        before: view_proj(before, size),
        cascades: sun::cascades(),
        eye: eye.extend(clock.seconds),
        right: (right * height * size.aspect()).extend(0.0),
        up: (right.cross(forward) * height).extend(0.0),
        forward: forward.extend(0.0),
        sun: sun::DIRECTION.normalize().extend(0.0),
        size: Vec2::new(size.width as f32, size.height as f32),
        jitter: jitter(clock.frame, size),
        emitter: particles::emitter(clock.frame),
        range: Vec2::new(NEAR, FAR),
        texels: sun::texels(),
        frame: [clock.frame, 0, 0, 0],
    }
}

/// Returns what the camera sees: moved by the jitter where it is drawn, without it where it is culled.
pub fn view(camera: &Camera) -> View {
    let moved = Mat4::from_translation(camera.jitter.extend(0.0));
    View { projection: moved * camera.view_proj, planes: planes(camera.view_proj), unused: [Vec4::ZERO; 6] }
}

fn view_proj(clock: Clock, size: Size) -> Mat4 {
    let (eye, forward) = place(clock.seconds);
    // The clip space of WGSL is that of DirectX: up is up, and depth runs from 0 to 1.
    proj::directx::perspective(ANGLE, size.aspect(), NEAR, FAR) * view::look_to_mat4(eye, forward, Vec3::Y)
}

/// Returns where the camera is, and the direction it looks in.
fn place(seconds: f32) -> (Vec3, Vec3) {
    let (sin, cos) = (1.05 + seconds * 0.12).sin_cos();
    let eye = Vec3::new(sin * 9.6, 4.0 + 0.4 * (seconds * 0.5).sin(), cos * 9.6);
    (eye, (Vec3::new(0.0, 2.0, 0.0) - eye).normalize())
}

/// Returns a point inside a pixel, another one in each of sixteen frames: those of Halton's sequence.
fn jitter(frame: u32, size: Size) -> Vec2 {
    let halton = |base: u32| {
        let (mut at, mut step, mut index) = (0.0, 1.0, frame % 16 + 1);
        while index > 0 {
            step /= base as f32;
            at += step * (index % base) as f32;
            index /= base;
        }
        at - 0.5
    };
    Vec2::new(halton(2) * 2.0 / size.width as f32, halton(3) * 2.0 / size.height as f32)
}

/// Returns the planes of a view, after Gribb and Hartmann: clip space is `-w..w` across and up, and `0..w` in depth.
pub fn planes(view_proj: Mat4) -> [Vec4; 6] {
    let [x, y, z, w] = [0, 1, 2, 3].map(|i| view_proj.row(i));
    [w + x, w - x, w + y, w - y, z, w - z].map(|plane| plane / plane.truncate().length())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::margin;

    #[test]
    fn the_planes_agree_with_the_projection() {
        let camera = circling(Clock::at(150), Size { width: 1280, height: 720 });
        let planes = view(&camera).planes;
        let mut random = crate::scene::Random(7);
        let mut seen = 0;
        for _ in 0..20_000 {
            let point = Vec3::new(random.around(60.0), random.around(30.0), random.around(60.0));
            let clip = camera.view_proj * point.extend(1.0);
            let inside = clip.x.abs() <= clip.w && clip.y.abs() <= clip.w && clip.z >= 0.0 && clip.z <= clip.w;
            let margin = margin(&planes, point, 0.0);
            // On the very edge the two may round apart.
            assert!(inside == (margin >= 0.0) || margin.abs() < 1e-3, "seed 7: {point} {clip} {margin}");
            seen += usize::from(inside);
        }
        assert!((1000..10_000).contains(&seen), "{seen} of 20000 points are seen");
    }

    #[test]
    fn the_middle_of_the_picture_is_forward() {
        let camera = circling(Clock::default(), Size { width: 1080, height: 720 });
        let ahead = camera.eye.truncate() + camera.forward.truncate() * 5.0;
        let clip = camera.view_proj * ahead.extend(1.0);
        assert!(clip.x.abs() < 1e-3 && clip.y.abs() < 1e-3);
        let corner = ahead + (camera.right.truncate() + camera.up.truncate()) * 5.0;
        let clip = camera.view_proj * corner.extend(1.0);
        assert!((clip.x / clip.w - 1.0).abs() < 1e-3 && (clip.y / clip.w - 1.0).abs() < 1e-3);
    }

    #[test]
    fn the_jitter_stays_inside_a_pixel_and_comes_to_nothing() {
        let size = Size { width: 100, height: 50 };
        let moves: Vec<Vec2> = (0..16).map(|frame| jitter(frame, size) * Vec2::new(50.0, 25.0)).collect();
        assert!(moves.iter().all(|at| at.abs().max_element() <= 0.5), "{moves:?}");
        let mean = moves.iter().sum::<Vec2>() / 16.0;
        assert!(mean.length() < 0.06, "{mean}");
    }
}
