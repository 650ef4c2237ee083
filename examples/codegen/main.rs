//! Writes the barriers of a frame as source code: `codegen FRAME.json --lang rust|c|text`.
//!
//! ```text
//! cargo run --release --example codegen -- graphics/tests/data/frames/deferred.json --lang c --out deferred.h
//! ```
//!
//! The file is the one of the example `plan`. The code records what a renderer records from the same plan. Exits with 2 when
//! the file or the command line is wrong.

#[path = "../plan/file/mod.rs"]
#[cfg_attr(test, allow(dead_code, reason = "the example `plan` tests it"))]
mod file;
#[path = "../plan/frame.rs"]
mod frame;
mod options;
#[cfg(test)]
mod tests;
#[path = "../plan/way.rs"]
mod way;

use std::process::ExitCode;

use clap::Parser as _;
use fencewright_examples::print;
use fencewright_graphics::plan::{self, Plan};

use crate::options::{Language, Options};

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<(), Error> {
    let (name, plan) = planned(options)?;
    let code = match options.language {
        Language::Rust => plan.to_rust(),
        Language::C => plan.to_c(&name),
        Language::Text => plan.to_calls(),
    };
    match &options.out {
        Some(out) => std::fs::write(out, code)
            .map_err(|error| format!("{}: {error}; name a file that can be written with `--out`", out.display()))?,
        None => print(code),
    }
    Ok(())
}

/// Reads the frame and plans it as the middle one of many.
fn planned(options: &Options) -> Result<(String, Plan), Error> {
    let text = fencewright_examples::read(&options.file)?;
    let frame = file::read(&text).map_err(|error| format!("{}: {error}", options.file.display()))?;
    let order: Vec<usize> = (0..frame.passes.len()).collect();
    let planned = frame.input(&order, &options.way.how()).and_then(|input| plan::plan(&input));
    let plan =
        planned.map_err(|error| format!("{}: {}", options.file.display(), file::locate(&text, &frame, &error)))?;
    Ok((frame.name, plan))
}
