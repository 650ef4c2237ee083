//! Where the camera is, and what it sees.

use glam::camera::rh::{proj, view};
use glam::{Mat4, Vec3, Vec4};

use crate::layout::Camera;
use crate::options::Size;

/// The vertical angle of view, in radians.
const ANGLE: f32 = 0.80;
const NEAR: f32 = 0.1;
const FAR: f32 = 160.0;

impl Default for Camera {
    fn default() -> Self {
        circling(0.0, Size { width: 720, height: 720 })
    }
}

/// Returns the camera after some seconds, for a picture of this size.
pub fn circling(seconds: f32, size: Size) -> Camera {
    let (sin, cos) = (1.05 + seconds * 0.12).sin_cos();
    let eye = Vec3::new(sin * 9.6, 4.0 + 0.4 * (seconds * 0.5).sin(), cos * 9.6);
    looking(eye, Vec3::new(0.0, 2.0, 0.0), size, seconds)
}

fn looking(eye: Vec3, at: Vec3, size: Size, seconds: f32) -> Camera {
    let aspect = size.aspect();
    let forward = (at - eye).normalize();
    let right = forward.cross(Vec3::Y).normalize();
    let up = right.cross(forward);
    let (height, sun) = ((ANGLE * 0.5).tan(), Vec3::new(-0.62, 0.24, -0.75).normalize());
    // The clip space of WGSL is that of DirectX: up is up, and depth runs from 0 to 1.
    let view_proj = proj::directx::perspective(ANGLE, aspect, NEAR, FAR) * view::look_to_mat4(eye, forward, Vec3::Y);
    Camera {
        view_proj,
        planes: planes(view_proj),
        eye: eye.extend(seconds),
        right: (right * height * aspect).extend(0.0),
        up: (up * height).extend(0.0),
        forward: forward.extend((size.height as f32 / 720.0).powi(2)),
        sun: sun.extend(0.0),
    }
}

/// Returns the planes of the view, after Gribb and Hartmann: clip space is `-w..w` across and up, and `0..w` in depth.
fn planes(view_proj: Mat4) -> [Vec4; 6] {
    let [x, y, z, w] = [0, 1, 2, 3].map(|i| view_proj.row(i));
    [w + x, w - x, w + y, w - y, z, w - z].map(|plane| plane / plane.truncate().length())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::margin;

    #[test]
    fn the_planes_agree_with_the_projection() {
        let camera = circling(2.5, Size { width: 1280, height: 720 });
        let mut random = crate::scene::Random(7);
        let mut seen = 0;
        for _ in 0..20_000 {
            let point = Vec3::new(random.around(60.0), random.around(30.0), random.around(60.0));
            let clip = camera.view_proj * point.extend(1.0);
            let inside = clip.x.abs() <= clip.w && clip.y.abs() <= clip.w && clip.z >= 0.0 && clip.z <= clip.w;
            let margin = margin(&camera, point, 0.0);
            // On the very edge the two may round apart.
            assert!(inside == (margin >= 0.0) || margin.abs() < 1e-3, "seed 7: {point} {clip} {margin}");
            seen += usize::from(inside);
        }
        assert!((1000..10_000).contains(&seen), "{seen} of 20000 points are seen");
    }

    #[test]
    fn the_middle_of_the_picture_is_forward() {
        let camera = circling(0.0, Size { width: 1080, height: 720 });
        let ahead = camera.eye.truncate() + camera.forward.truncate() * 5.0;
        let clip = camera.view_proj * ahead.extend(1.0);
        assert!(clip.x.abs() < 1e-3 && clip.y.abs() < 1e-3);
        let corner = ahead + (camera.right.truncate() + camera.up.truncate()) * 5.0;
        let clip = camera.view_proj * corner.extend(1.0);
        assert!((clip.x / clip.w - 1.0).abs() < 1e-3 && (clip.y / clip.w - 1.0).abs() < 1e-3);
    }
}
