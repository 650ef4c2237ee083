//! Judges a recorded command stream: `cargo run --release --example judge -- STREAM.json [--json] [--rust] [--lax] [--superfluous]`.
//!
//! `docs/command-stream.md` describes the file. Exits with 0 when nothing is missing, with 1 when something is, and with 2
//! when the file or the command line is wrong.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use fencewright_examples::print;
use fencewright_graphics::judge::{self, Rules, Stream, Verdict};

/// Judges a recorded command stream under the rules of the memory model.
#[derive(Debug, Parser)]
#[command(name = "judge")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
struct Options {
    /// The stream, as JSON
    file: PathBuf,
    /// Print the verdict as one JSON object
    #[arg(long, conflicts_with_all = ["rust", "superfluous"])]
    json: bool,
    /// Print the calls to add as Rust, too
    #[arg(long)]
    rust: bool,
    /// A write after a write wants availability only, as the memory model has it
    #[arg(long)]
    lax: bool,
    /// Print what the stream could do without, too; it does not change the exit code
    #[arg(long)]
    superfluous: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Says whether the stream is clean.
fn run(options: &Options) -> Result<bool, String> {
    let file = options.file.display();
    let text = fencewright_examples::read(&options.file)?;
    let stream = Stream::from_json(&text).map_err(|error| format!("{file}: {error}"))?;
    let rules = Rules { strict: !options.lax };
    let verdict = judge::judge(&stream, &rules);
    print(report(&verdict, options));
    if options.superfluous {
        for found in judge::superfluous(&stream, &rules) {
            print(format_args!("{found}\n"));
        }
    }
    Ok(verdict.is_clean())
}

fn report(verdict: &Verdict, options: &Options) -> String {
    if options.json {
        return format!("{}\n", verdict.to_json());
    }
    let calls = verdict.missing.iter().filter(|_| options.rust);
    calls.fold(verdict.to_string(), |text, missing| text + "\n" + &missing.rust())
}
