//! Judges a recorded command stream: `cargo run --release --example judge -- STREAM.json [--json] [--rust] [--lax] [--superfluous]`.
//!
//! `docs/command-stream.md` describes the file. Exits with 0 when nothing is missing, with 1 when something is, and with 2
//! when the file or the command line is wrong.

use std::process::ExitCode;

use fencewright_graphics::judge::{self, Rules, Stream, Verdict};

const USAGE: &str = "usage: judge STREAM.json [--json] [--rust] [--lax] [--superfluous]
  --json  print the verdict as one JSON object
  --rust  print the calls to add as Rust, too
  --lax   a write after a write wants availability only, as the memory model has it
  --superfluous  print what the stream could do without, too (as text; it does not change the exit code)";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Says whether the stream is clean.
fn run() -> Result<bool, String> {
    let options = Options::parse(std::env::args().skip(1))?;
    let text = std::fs::read_to_string(&options.file).map_err(|error| format!("{}: {error}", options.file))?;
    let stream = Stream::from_json(&text).map_err(|error| format!("{}: {error}", options.file))?;
    let verdict = judge::judge(&stream, &options.rules);
    print(&verdict, &options);
    if options.superfluous && !options.json {
        for found in judge::superfluous(&stream, &options.rules) {
            println!("{found}");
        }
    }
    Ok(verdict.is_clean())
}

fn print(verdict: &Verdict, options: &Options) {
    if options.json {
        println!("{}", verdict.to_json());
        return;
    }
    print!("{verdict}");
    if options.rust {
        for missing in &verdict.missing {
            print!("\n{}", missing.rust());
        }
    }
}

struct Options {
    file: String,
    json: bool,
    rust: bool,
    superfluous: bool,
    rules: Rules,
}

impl Options {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options =
            Self { file: String::new(), json: false, rust: false, superfluous: false, rules: Rules::default() };
        for argument in arguments {
            match argument.as_str() {
                "--json" => options.json = true,
                "--rust" => options.rust = true,
                "--superfluous" => options.superfluous = true,
                "--lax" => options.rules.strict = false,
                flag if flag.starts_with('-') => return Err(format!("unknown option `{flag}`\n{USAGE}")),
                file if options.file.is_empty() => file.clone_into(&mut options.file),
                second => return Err(format!("one file at a time; `{second}` is too many\n{USAGE}")),
            }
        }
        if options.file.is_empty() { Err(USAGE.to_owned()) } else { Ok(options) }
    }
}
