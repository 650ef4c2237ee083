//! Medians of runs that take turns, so that whatever else the machine does meets all of them alike.

use std::time::Duration;

use crate::work::time;

/// Something to measure.
pub struct Case<'a> {
    pub run: Box<dyn FnMut() + 'a>,
    /// What it took, in nanoseconds, sorted when all is measured.
    ns: Vec<f64>,
}

impl<'a> Case<'a> {
    pub fn new(run: impl FnMut() + 'a) -> Self {
        Self { run: Box::new(run), ns: Vec::new() }
    }

    pub fn median_us(&self) -> f64 {
        self.percentile_us(50)
    }

    pub fn mean_us(&self) -> f64 {
        self.ns.iter().sum::<f64>() / self.ns.len() as f64 / 1e3
    }

    pub fn percentile_us(&self, percent: usize) -> f64 {
        self.ns[(self.ns.len() - 1) * percent / 100] / 1e3
    }
}

/// How to take turns.
#[derive(Clone, Copy, Debug)]
pub struct Turns {
    /// How often each case has its turn.
    pub rounds: usize,
    /// Runs in a row that are measured as one; for what is shorter than the clock is good for.
    pub batch: usize,
    /// Runs before the measured ones of a turn.
    pub warm_up: usize,
    /// Measured ones of a turn.
    pub runs: usize,
    /// How long to sleep before each measured run.
    pub idle: Duration,
}

impl Default for Turns {
    fn default() -> Self {
        Self { rounds: 20, batch: 1, warm_up: 20, runs: 20, idle: Duration::ZERO }
    }
}

/// Measures all cases, turn by turn.
pub fn measure(cases: &mut [Case<'_>], how: Turns) {
    for _ in 0..how.rounds {
        for case in cases.iter_mut() {
            for _ in 0..how.warm_up {
                (case.run)();
            }
            for _ in 0..how.runs {
                if !how.idle.is_zero() {
                    std::thread::sleep(how.idle);
                }
                let took = time(|| (0..how.batch).for_each(|_| (case.run)()));
                case.ns.push(took.as_secs_f64() * 1e9 / how.batch as f64);
            }
        }
    }
    for case in cases {
        case.ns.sort_by(f64::total_cmp);
    }
}
