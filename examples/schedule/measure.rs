//! Measures two schedules side by side, so that a machine that changes its speed changes both.

use std::time::{Duration, Instant};

use fencewright::{Schedule, World};

use crate::Error;
use crate::options::Options;

/// Runs that are measured before the other schedule has its turn.
const TURN: usize = 10;
/// How many runs come before those that count: at first, and in each turn.
const WARM_UP: usize = 5;
const WARM_UP_OF_TURN: usize = 2;

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

/// Runs the two in turn, some runs each: a helper that has just looked on is there for the next run, as it is in a program.
pub(crate) fn side_by_side(
    parallel: &mut Schedule,
    serial: &mut Schedule,
    options: &Options,
) -> Result<Measured, Error> {
    let idle = Duration::from_micros(options.idle_us);
    let mut world = World::new();
    for _ in 0..WARM_UP {
        timed(parallel, &mut world, idle)?;
        timed(serial, &mut world, idle)?;
    }
    let (mut parallel_us, mut serial_us) = (Vec::new(), Vec::new());
    while parallel_us.len() < options.runs.get() {
        let runs = TURN.min(options.runs.get() - parallel_us.len());
        for (schedule, times) in [(&mut *parallel, &mut parallel_us), (&mut *serial, &mut serial_us)] {
            for _ in 0..WARM_UP_OF_TURN {
                timed(schedule, &mut world, idle)?;
            }
            for _ in 0..runs {
                times.push(timed(schedule, &mut world, idle)?);
            }
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
