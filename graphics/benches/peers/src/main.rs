//! The three frames on other planners of barriers, interleaved in one process, counted by one layer.
//!
//! `graphics/benches/peers/run`

mod capture;
mod count;
mod frame;
mod ours;
mod table;
mod taskgraph;
mod vkgraph;
mod webgpu;

use std::time::Duration;

use fencewright_graphics::plan::Policy;

use crate::count::Counts;
use crate::frame::Frame;

/// Someone who plans and records a frame.
pub(crate) trait Planner {
    fn name(&self) -> &str;

    /// Plans, records and submits the frame, and waits for it; returns how long planning took, and recording with submitting.
    /// Who plans while recording returns zero for planning.
    fn frame(&mut self) -> (Duration, Duration);
}

/// How many frames are timed.
const ROUNDS: usize = 201;

fn main() {
    // SAFETY: the program has one thread, and no Vulkan yet.
    unsafe { capture::install() };
    for name in ["deferred", "async_compute", "streaming"] {
        let frame = Frame::read(name);
        let draws = frame.with_draws_for_blits();
        let ours = |name, policy, frame: &Frame| Box::new(ours::Ours::new(name, policy, frame));
        // Each with the frame as it records it.
        let mut planners: Vec<(&Frame, Box<dyn Planner>)> = vec![
            (&frame, ours("fencewright", Policy::default(), &frame)),
            (&frame, ours("fencewright, `per-resource`", Policy::PerResource, &frame)),
            (&frame, ours("fencewright, `merged-global`", Policy::MergedGlobal, &frame)),
            (&frame, ours("fencewright, `unified-layouts`", Policy::UnifiedLayouts, &frame)),
            (&frame, Box::new(taskgraph::TaskGraph::new(&frame))),
            (&frame, Box::new(vkgraph::VkGraph::new(&frame))),
            (&draws, Box::new(webgpu::Wgpu::new(&draws))),
        ];
        if frame.has_blits() {
            planners.push((&draws, ours("fencewright, draws for blits", Policy::default(), &draws)));
        }
        let counts: Vec<Counts> =
            planners.iter_mut().map(|(frame, planner)| counted(frame, planner.as_mut())).collect();
        let mut planners: Vec<Box<dyn Planner>> = planners.into_iter().map(|(_, planner)| planner).collect();
        let times = timed(&mut planners);
        table::print(&frame, &planners, &counts, &times);
    }
}

/// Counts a frame that follows others.
fn counted(frame: &Frame, planner: &mut dyn Planner) -> Counts {
    for _ in 0..3 {
        planner.frame();
    }
    let text = capture::captured(|| {
        planner.frame();
    });
    if std::env::var_os("PEERS_STREAMS").is_some() {
        println!("--- {} on {}\n{text}", planner.name(), frame.name);
    }
    let counts = count::count(frame, &text);
    assert_eq!(counts.passes, frame.passes.len(), "{} recorded each pass of {}\n{text}", planner.name(), frame.name);
    counts
}

/// Returns medians of frames that take turns: of planning, and of recording.
fn timed(planners: &mut [Box<dyn Planner>]) -> Vec<(Duration, Duration)> {
    let mut times = vec![(Vec::new(), Vec::new()); planners.len()];
    for _ in 0..ROUNDS {
        for (planner, times) in planners.iter_mut().zip(&mut times) {
            let (planning, recording) = planner.frame();
            times.0.push(planning);
            times.1.push(recording);
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    times.into_iter().map(|(planning, recording)| (median(planning), median(recording))).collect()
}
