//! Where the sun is, and what each cascade of its shadow covers.

use glam::{Mat4, Vec3, Vec4};

use crate::camera::planes;
use crate::layout::{CASCADES, View};

/// Where the light comes from; not of length one.
pub const DIRECTION: Vec3 = Vec3::new(-0.50, 0.42, -0.95);

/// The side of a cascade in texels.
pub const SHADOW_SIDE: u32 = 1024;

/// Half the side of the square that each cascade covers, in metres.
const REACH: [f32; CASCADES] = [7.5, 36.0];

/// What casts a shadow is no farther from the middle than this, in metres.
const DEPTH: f32 = 64.0;

/// Returns the way from the world to each cascade. They surround the middle of the world, which the camera looks at, and
/// stand still, so that the edges of shadows do.
pub fn cascades() -> [Mat4; CASCADES] {
    let toward = DIRECTION.normalize();
    let right = Vec3::Y.cross(toward).normalize();
    let up = toward.cross(right);
    REACH.map(|reach| {
        let (x, y, z) = (right / reach, up / reach, -toward / (2.0 * DEPTH));
        let focus = Vec3::new(0.0, 1.5, 0.0);
        Mat4::from_cols(
            Vec4::new(x.x, y.x, z.x, 0.0),
            Vec4::new(x.y, y.y, z.y, 0.0),
            Vec4::new(x.z, y.z, z.z, 0.0),
            Vec4::new(-x.dot(focus), -y.dot(focus), 0.5 - z.dot(focus), 1.0),
        )
    })
}

/// Returns what the sun sees in each cascade.
pub fn views() -> [View; CASCADES] {
    cascades().map(|projection| View { projection, planes: planes(projection), unused: [Vec4::ZERO; 6] })
}

/// Returns the side of a texel of each cascade, in metres.
pub fn texels() -> Vec4 {
    let [near, far] = REACH.map(|reach| 2.0 * reach / SHADOW_SIDE as f32);
    Vec4::new(near, far, 0.0, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cascade_holds_its_square_and_depth_grows_away_from_the_sun() {
        for (cascade, reach) in cascades().into_iter().zip(REACH) {
            let middle = cascade.project_point3(Vec3::new(0.0, 1.5, 0.0));
            assert!(middle.abs_diff_eq(Vec3::new(0.0, 0.0, 0.5), 1e-5), "{middle}");
            let nearer = cascade.project_point3(Vec3::new(0.0, 1.5, 0.0) + DIRECTION.normalize() * 10.0);
            assert!(nearer.truncate().length() < 1e-5 && nearer.z < middle.z, "{nearer}");
            let side = cascade.project_point3(Vec3::new(0.0, 1.5, 0.0) + Vec3::Y.cross(DIRECTION).normalize() * reach);
            assert!((side.x - 1.0).abs() < 1e-5, "{side}");
        }
    }
}
