//! Measures two schedules side by side, so that a machine that changes its speed changes both.

use std::time::{Duration, Instant};

use fencewright::{Schedule, World};

use crate::Error;
use crate::options::Options;

/// How many runs come before those that count.
const WARM_UP: usize = 5;

/// The times of runs, sorted.
#[derive(Debug)]
pub(crate) struct Times(Vec<f64>);

/// What was measured: the schedule on its threads, and the same systems one after another.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) parallel: Times,
    pub(crate) serial: Times,
}

impl Times {
    /// Returns the time that this share of the runs stays under.
    pub(crate) fn quantile_us(&self, share: f64) -> f64 {
        self.0[((self.0.len() - 1) as f64 * share).round() as usize]
    }
}

/// Runs the two in turn.
pub(crate) fn side_by_side(
    parallel: &mut Schedule,
    serial: &mut Schedule,
    options: &Options,
) -> Result<Measured, Error> {
    let idle = Duration::from_micros(options.idle_us);
    let mut world = World::new();
    let (mut parallel_us, mut serial_us) = (Vec::new(), Vec::new());
    for run in 0..WARM_UP + options.runs.get() {
        let parallel = timed(parallel, &mut world, idle)?;
        let serial = timed(serial, &mut world, idle)?;
        if run >= WARM_UP {
            parallel_us.push(parallel);
            serial_us.push(serial);
        }
    }
    parallel_us.sort_by(f64::total_cmp);
    serial_us.sort_by(f64::total_cmp);
    Ok(Measured { parallel: Times(parallel_us), serial: Times(serial_us) })
}

fn timed(schedule: &mut Schedule, world: &mut World, idle: Duration) -> Result<f64, Error> {
    if !idle.is_zero() {
        std::thread::sleep(idle);
    }
    let start = Instant::now();
    schedule.run(world)?;
    Ok(start.elapsed().as_secs_f64() * 1e6)
}
