//! What `particles.wgsl` computes, once more on the CPU: for the sparks that are there at first, and to hold one against the
//! other.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3};

use crate::layout::Particle;
use crate::world::Clock;

/// How many sparks there are.
pub const COUNT: usize = 100_000;

/// How many frames a spark lives; a power of two.
pub const LIFE: u32 = 256;

/// How many frames the sparks of the start are moved on in one step.
const STRIDE: u32 = 8;

/// Returns the direction in which the first stream comes up; it turns slowly.
pub fn emitter(frame: u32) -> Vec2 {
    Vec2::from_angle(0.9 * frame as f32 * Clock::STEP % TAU)
}

/// Returns the sparks as if they had been rising for long before frame 0.
pub fn risen() -> Vec<Particle> {
    let spark = |index: u32| {
        let seed = hash(index);
        let age = seed % LIFE;
        let mut particle = born(seed, 0, emitter(0));
        for _ in 0..age / STRIDE {
            particle = moved(particle, 0.0, STRIDE as f32 * Clock::STEP);
        }
        particle
    };
    (0..COUNT as u32).map(spark).collect()
}

/// Moves a spark on by one frame, or lets it come up again.
pub fn simulate(particle: Particle, frame: u32) -> Particle {
    let count = frame.wrapping_add(particle.seed);
    if count.is_multiple_of(LIFE) {
        return born(particle.seed, count / LIFE, emitter(frame));
    }
    moved(particle, frame as f32 * Clock::STEP, Clock::STEP)
}

fn moved(particle: Particle, seconds: f32, step: f32) -> Particle {
    let target = wind(particle.position, particle.stray, seconds);
    let velocity = particle.velocity + (target - particle.velocity) * (4.0 * step).min(1.0);
    Particle { position: particle.position + velocity * step, velocity, ..particle }
}

/// Lets a spark come up at one of three places on the rim of the pedestal; those that stray come up anywhere on it.
fn born(seed: u32, generation: u32, emitter: Vec2) -> Particle {
    let mut random = hash(seed ^ generation.wrapping_mul(0x9e37_79b9));
    let mut unit = || {
        random = hash(random);
        (random >> 8) as f32 / 16_777_216.0
    };
    let stray = unit();
    let stray = stray * stray * stray;
    // A third of a turn further for each of the streams.
    let stream =
        [Vec2::new(1.0, 0.0), Vec2::new(-0.5, 0.866_025_4), Vec2::new(-0.5, -0.866_025_4)][(seed >> 16) as usize % 3];
    let across = (unit() * 2.0 - 1.0) * (0.05 + 1.6 * stray);
    let at = turned(turned(emitter, stream), halfway(across));
    let out = 1.86 + 0.16 * unit();
    let position = Vec3::new(at.x * out, 0.55 + 0.12 * unit(), at.y * out);
    let velocity = Vec3::new(unit() - 0.5, 0.6 + 1.2 * unit(), unit() - 0.5);
    Particle { position, stray, velocity, seed }
}

/// Where the air goes: around the middle and up, drawn to a waist that narrows and widens with height.
fn wind(at: Vec3, stray: f32, seconds: f32) -> Vec3 {
    let radius = (at.x * at.x + at.z * at.z).sqrt().max(0.05);
    let out = Vec3::new(at.x / radius, 0.0, at.z / radius);
    let around = Vec3::new(-out.z, 0.0, out.x);
    let waist = 1.75 + 0.38 * (at.y * 1.5 - seconds * 0.7).sin() + stray * (0.6 + 0.5 * at.y);
    let rise = 1.05 - 0.55 * stray + 0.25 * (at.x * 1.3 + at.z * 0.9 + seconds).sin();
    let swirl = 2.3 / (0.55 + radius * 0.5) * (1.0 - 0.6 * stray);
    let sway = 0.35 * stray * (at.y * 2.1 + at.z * 1.7 + seconds * 1.3).sin();
    around * swirl + out * ((waist - radius) * 2.2 + sway) + Vec3::new(0.0, rise, 0.0)
}

/// Turns one direction by another.
fn turned(a: Vec2, b: Vec2) -> Vec2 {
    Vec2::new(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x)
}

/// Returns a point of the circle of radius one without sine or cosine: `t` from -1 to 1 is half a turn.
fn halfway(t: f32) -> Vec2 {
    let square = 1.0 + t * t;
    Vec2::new((1.0 - t * t) / square, 2.0 * t / square)
}

/// Mixes the bits of a number: the hash of O'Neill's PCG.
fn hash(value: u32) -> u32 {
    let state = value.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let word = ((state >> ((state >> 28) + 4)) ^ state).wrapping_mul(277_803_737);
    (word >> 22) ^ word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparks_rise_around_the_middle_and_stay_near() {
        let mut sparks = risen();
        sparks.truncate(2_000);
        let low = |sparks: &[Particle]| sparks.iter().filter(|spark| spark.position.y < 1.0).count();
        let at_first = low(&sparks);
        for frame in 1..=LIFE {
            for spark in &mut sparks {
                *spark = simulate(*spark, frame);
            }
        }
        // As many come up as go, whenever one looks.
        assert!((at_first as i64 - low(&sparks) as i64).abs() < 150, "{at_first} and {} are low", low(&sparks));
        for spark in sparks {
            assert!(spark.position.is_finite() && (0.3..8.0).contains(&spark.position.y), "{spark:?}");
            assert!(spark.position.truncate().length() < 12.0, "{spark:?}");
        }
    }

    #[test]
    fn a_spark_comes_up_again_once_in_a_life() {
        let spark = risen()[5];
        let births = (1..=4 * LIFE).filter(|frame| frame.wrapping_add(spark.seed).is_multiple_of(LIFE)).count();
        assert_eq!(births, 4);
    }
}
