//! Whether a whole frame of passes, of which each may record on another thread, is ever slower on two threads than on one.

use std::error::Error;
use std::time::{Duration, Instant};

use fencewright::Threads;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

use crate::{Drawing, How, Stand, TIMEOUT, pool};

/// So many frames in a row are one's turn: what the pools of a frame in flight keep is nearest to the threads that recorded there last.
const TURN: usize = 20;

#[derive(Schedule)]
struct Frame {
    draw: (Drawing, Drawing, Drawing, Drawing, Drawing),
}

/// Whether the device is done with a frame before the next one is recorded, or renders meanwhile on the same cores.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    Done,
    Renders,
}

/// A frame of five passes: four have half of the draws, one the rest, which it splits if that pays.
fn schedule(stand: &Stand, draws: usize, threads: Threads) -> Result<Schedule, Box<dyn Error>> {
    let half = draws / 2;
    let strip = |number: usize| Drawing::new(stand, half * (number + 1) / 4 - half * number / 4, How::Inline);
    let field = Drawing::new(stand, draws - half, How::Split);
    Ok(Frame { draw: (strip(0), strip(1), strip(2), strip(3), field) }.schedule()?.with_threads(threads))
}

/// One that takes turns with others.
pub(crate) struct Side {
    schedule: Schedule,
    world: World,
    /// What each frame took to record, turn by turn.
    turns: Vec<Vec<Duration>>,
}

impl Side {
    pub(crate) fn new(schedule: Schedule) -> Self {
        Self { schedule, world: World::new(), turns: Vec::new() }
    }

    fn turn(&mut self, stand: &Stand, device: Device) -> Result<(), Box<dyn Error>> {
        let mut took = Vec::new();
        for _ in 0..TURN {
            let frame = stand.renderer.begin_frame()?;
            let begun = Instant::now();
            self.schedule.run_with(&mut self.world, &frame)?;
            took.push(begun.elapsed());
            let point = stand.renderer.end_frame(frame)?;
            if device == Device::Done {
                point.wait(TIMEOUT)?;
            }
        }
        self.turns.push(took);
        Ok(())
    }

    /// Returns what a frame takes in the median.
    pub(crate) fn median_us(&self) -> f64 {
        median_us(self.turns.concat())
    }

    /// Returns by how much of another's time this one takes: in the median of the turns beside each other's.
    pub(crate) fn of(&self, base: &Self) -> f64 {
        let medians = |side: &Self| side.turns.iter().cloned().map(median_us).collect::<Vec<_>>();
        let mut ratios: Vec<f64> =
            medians(self).into_iter().zip(medians(base)).map(|(this, base)| this / base).collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    }
}

fn median_us(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    took[took.len() / 2].as_secs_f64() * 1e6
}

/// Lets all sides take turns: each comes first, second and so on equally often.
pub(crate) fn take_turns(
    sides: &mut [Side],
    turns: usize,
    stand: &Stand,
    device: Device,
) -> Result<(), Box<dyn Error>> {
    // The first is to get warm.
    for number in 0..=turns {
        for place in 0..sides.len() {
            let side = (number + place) % sides.len();
            sides[side].turn(stand, device)?;
        }
        if number == 0 {
            for side in &mut *sides {
                side.turns.clear();
            }
        }
    }
    Ok(())
}

pub(crate) fn frames(stand: &Stand, rendered: &Stand) -> Result<(), Box<dyn Error>> {
    println!("frames: five passes on 2 threads, of the time on one; and one thread, of the time on one");
    for (device, stand, name) in [
        (Device::Done, stand, "the device is done before"),
        (Device::Renders, rendered, "the device renders meanwhile"),
    ] {
        println!("  {name}");
        for (draws, turns) in [(10, 81), (99, 81), (1000, 30), (4000, 12), (10_000, 9)] {
            let side = |threads| -> Result<Side, Box<dyn Error>> { Ok(Side::new(schedule(stand, draws, threads)?)) };
            let mut sides = [side(Threads::Inline)?, side(Threads::Inline)?, side(pool(2)?)?];
            take_turns(&mut sides, turns, stand, device)?;
            let [one, control, two] = &sides;
            let (one_us, two, control) = (one.median_us(), two.of(one), control.of(one));
            println!("  {draws:>6} draws  {one_us:7.1} us on one; two threads {two:.3} of it; control {control:.3}");
        }
    }
    Ok(())
}
