//! Work of a given length, and random numbers.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Turns nanoseconds into rounds of a loop that touches no memory.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    rounds_per_us: f64,
}

impl Clock {
    /// Finds how many rounds the loop makes in a microsecond: the best of many tries, since others use the machine as well.
    pub fn calibrate() -> Self {
        const ROUNDS: u32 = 100_000;
        let best = (0..200).map(|_| time(|| spin(ROUNDS))).min().unwrap_or_default();
        Self { rounds_per_us: f64::from(ROUNDS) / (best.as_secs_f64() * 1e6) }
    }

    /// Returns how many rounds take this long.
    pub fn rounds(self, us: f64) -> u32 {
        (us * self.rounds_per_us) as u32
    }
}

/// Works for so many rounds.
pub fn spin(rounds: u32) {
    let mut value = 1_u64;
    for _ in 0..rounds {
        value = black_box(value.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }
}

pub fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Random numbers of a seed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}
