//! The levels of the bloom and of the glow, each from those that the device made it of: `bloom.wgsl`.

use glam::Vec3;

use crate::layout::GLOW_LEVELS;
use crate::options::Size;

/// One level, as the device left it.
struct Level {
    size: Size,
    texels: Vec<Vec3>,
}

impl Level {
    /// Returns the texel at a place, or the nearest one.
    fn at(&self, x: i32, y: i32) -> Vec3 {
        let x = x.clamp(0, self.size.width as i32 - 1) as usize;
        let y = y.clamp(0, self.size.height as i32 - 1) as usize;
        self.texels[y * self.size.width as usize + x]
    }

    /// Returns the largest difference to what each texel should be, as a part of it.
    fn off(&self, reference: impl Fn(i32, i32) -> Vec3) -> f32 {
        let places = (0..self.size.height as i32).flat_map(|y| (0..self.size.width as i32).map(move |x| (x, y)));
        places
            .zip(&self.texels)
            .map(|((x, y), texel)| {
                let expected = reference(x, y);
                // What is darker than this is off by a step of the smallest numbers.
                ((*texel - expected).abs() / expected.max(Vec3::splat(1e-3))).max_element()
            })
            .fold(0.0, f32::max)
    }
}

/// Returns the largest difference of each level of the bloom, then of the glow.
pub(super) fn levels(size: Size, light: &[[u16; 4]]) -> Vec<f32> {
    let mut rest = light;
    let mut take = |size: Size| {
        let (texels, left) = rest.split_at(size.pixels());
        rest = left;
        let texels = texels.iter().map(|&[r, g, b, _]| Vec3::new(number(r), number(g), number(b))).collect();
        Level { size, texels }
    };
    let light = take(size);
    let bloom: Vec<Level> = (0..GLOW_LEVELS).map(|level| take(size.glow().level(level))).collect();
    let glow: Vec<Level> = (0..GLOW_LEVELS).map(|level| take(size.glow().level(level))).collect();

    let last = GLOW_LEVELS as usize - 1;
    let first = bloom[0].off(|x, y| bright(&light, bloom[0].size, x, y));
    let down = (0..last).map(|mip| bloom[mip + 1].off(|x, y| smaller(&bloom[mip], x, y)));
    let up = (0..last).map(|mip| glow[mip].off(|x, y| bloom[mip].at(x, y) + wider(&glow[mip + 1], x, y)));
    let spread = glow[last].off(|x, y| spread(&bloom[last], x, y));
    std::iter::once(first).chain(down).chain(up).chain([spread]).collect()
}

fn bright(light: &Level, size: Size, x: i32, y: i32) -> Vec3 {
    let first = |at: i32, whole: u32, size: u32| (at as u32 * whole / size) as i32;
    let (x, y) = (first(x, light.size.width, size.width), first(y, light.size.height, size.height));
    let (mut sum, mut weights) = (Vec3::ZERO, 0.0);
    for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let light = light.at(x + dx, y + dy);
        let bright = light.max_element();
        let weight = 1.0 / (1.0 + bright);
        sum += light * ((bright - 0.9).max(0.0) / bright.max(1e-4)) * weight;
        weights += weight;
    }
    (sum / weights).min(Vec3::splat(24.0))
}

fn smaller(fine: &Level, x: i32, y: i32) -> Vec3 {
    let weights = [1.0, 3.0, 3.0, 1.0];
    weighed(fine, (2 * x - 1, 2 * y - 1), &weights) / 64.0
}

fn spread(fine: &Level, x: i32, y: i32) -> Vec3 {
    weighed(fine, (x - 1, y - 1), &[1.0, 2.0, 1.0]) / 16.0
}

/// Returns the sum of a square of texels from a corner on, weighed across and down.
fn weighed(level: &Level, (x, y): (i32, i32), weights: &[f32]) -> Vec3 {
    let rows = (0..).zip(weights).map(|(dy, down)| {
        let row = (0..).zip(weights).map(|(dx, across)| level.at(x + dx, y + dy) * *across * *down);
        row.sum::<Vec3>()
    });
    rows.sum()
}

fn wider(coarse: &Level, x: i32, y: i32) -> Vec3 {
    let near = |at: i32, len: u32| (at / 2).min(len as i32 - 1);
    let (near_x, near_y) = (near(x, coarse.size.width), near(y, coarse.size.height));
    let (far_x, far_y) = (near_x + x % 2 * 2 - 1, near_y + y % 2 * 2 - 1);
    let sum = 9.0 * coarse.at(near_x, near_y)
        + 3.0 * coarse.at(far_x, near_y)
        + 3.0 * coarse.at(near_x, far_y)
        + coarse.at(far_x, far_y);
    0.85 * sum / 16.0
}

/// Returns the number that a half float is.
fn number(half: u16) -> f32 {
    let (exponent, fraction) = (u32::from(half >> 10 & 0x1f), f32::from(half & 0x3ff));
    let size = match exponent {
        0 => fraction / 1024.0 * 2.0_f32.powi(-14),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0_f32.powi(exponent as i32 - 15),
    };
    if half >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_floats_are_read() {
        for (half, expected) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65_504.0),
            (0x0001, 2.0_f32.powi(-24)),
            (0x3555, 0.333_251_95),
        ] {
            assert!((number(half) - expected).abs() <= expected.abs() * 1e-6, "{half:#06x}");
        }
        assert!(number(0x7c00).is_infinite() && number(0x7e00).is_nan());
    }

    #[test]
    fn light_of_one_colour_stays_what_it_is_on_the_way_down() {
        let level = Level { size: Size { width: 7, height: 5 }, texels: vec![Vec3::new(3.0, 2.0, 1.0); 35] };
        for (x, y) in [(0, 0), (2, 1), (3, 2)] {
            assert!(smaller(&level, x, y).abs_diff_eq(level.texels[0], 1e-5));
            assert!(spread(&level, x, y).abs_diff_eq(level.texels[0], 1e-5));
            assert!(wider(&level, x, y).abs_diff_eq(level.texels[0] * 0.85, 1e-5));
        }
    }

    #[test]
    fn a_texel_that_is_wrong_is_noticed() {
        let size = Size { width: 64, height: 64 };
        let one = [0x3c00_u16; 4];
        let mut light = vec![one; size.pixels()];
        light.extend(
            (0..2 * GLOW_LEVELS).flat_map(|level| vec![[0; 4]; size.glow().level(level % GLOW_LEVELS).pixels()]),
        );
        // All ones are brighter than 0.9 by a tenth: the first level lacks that.
        let levels = levels(size, &light);
        assert!(levels[0] > 0.9 && levels[1..].iter().all(|off| *off == 0.0), "{levels:?}");
    }
}
