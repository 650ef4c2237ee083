//! Work of a known length: turns of a loop, calibrated once.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Spins for a given time by counting turns, so that a thread that loses its core also loses the time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spin {
    turns_per_us: f64,
}

impl Spin {
    /// Finds out how many turns a microsecond takes: the fastest of several tries.
    pub(crate) fn calibrated() -> Self {
        const TURNS: u64 = 200_000;
        let best = (0..20).map(|_| timed(|| turns(TURNS))).min().unwrap_or(Duration::from_micros(1));
        Self { turns_per_us: TURNS as f64 / (best.as_nanos().max(1) as f64 / 1000.0) }
    }

    /// Works for that long.
    pub(crate) fn for_ns(self, ns: u64) {
        turns((ns as f64 * self.turns_per_us / 1000.0) as u64);
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn turns(count: u64) {
    let mut value = 1_u64;
    for turn in 0..count {
        value = black_box(value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(turn));
    }
    black_box(value);
}
