//! Plans a frame from a file, proves the plan, and has it judged: `plan FRAME.json`.
//!
//! ```text
//! cargo run --release --example plan -- graphics/tests/data/frames/deferred.json
//! ```
//!
//! The file says what each usage word means, then lists the passes in recording order with what they use; `README.md` in
//! the folder of that frame describes it. Exits with 0 when the judge misses nothing, with 1 when it does, with 2 when
//! the file or the command line is wrong.

mod file;
mod frame;
mod judged;
mod mutate;
mod mutate_queues;
mod options;
mod output;
#[cfg(test)]
mod tests;
mod way;

use std::process::ExitCode;

use clap::Parser as _;
use fencewright_examples::print;
use fencewright_graphics::plan::{self, Cadence, Input, Plan, Report};

use crate::frame::Frame;
use crate::judged::Judged;
use crate::options::Options;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Says whether the judge misses nothing.
fn run(options: &Options) -> Result<bool, Error> {
    let text = fencewright_examples::read(&options.file)?;
    let frame = file::read(&text).map_err(|error| format!("{}: {error}", options.file.display()))?;
    let mut planned = Planned::new(&frame, options).map_err(|error| {
        let located = error.downcast_ref::<plan::PlanError>().map(|error| file::locate(&text, &frame, error));
        format!("{}: {}", options.file.display(), located.unwrap_or_else(|| error.to_string()))
    })?;
    let mutant = match &options.mutate {
        Some(mutation) => Some(mutate::apply(&planned.input, &mut planned.plan, *mutation)?),
        None => None,
    };
    let judged = Judged::new(&planned.input, &planned.plan, options.way.alias);
    if options.json {
        print(format_args!("{:#}\n", output::json(&frame, &planned, &judged, mutant.as_deref())));
    } else {
        print(output::text(&planned, &judged, mutant.as_deref()));
    }
    Ok(judged.is_clean())
}

/// A frame that is planned.
struct Planned {
    input: Input,
    plan: Plan,
    report: Report,
}

impl Planned {
    /// Plans a frame as the middle one of many: what it finds is what it leaves.
    fn new(frame: &Frame, options: &Options) -> Result<Self, Error> {
        let mut order: Vec<usize> = (0..frame.passes.len()).collect();
        let how = options.way.how();
        let mut input = frame.input(&order, &how)?;
        if options.reorder {
            order = plan::reorder(&input)?;
            input = frame.input(&order, &how)?;
        }
        let (plan, report) = plan::plan_with_report(&input)?;
        Ok(Self { input, plan, report })
    }

    /// Returns whether the frame is planned as the body of a loop.
    fn repeats(&self) -> bool {
        self.input.options.cadence == Cadence::Repeats
    }
}
