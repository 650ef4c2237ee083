//! What the command line asks for.

use std::num::{IntErrorKind, NonZeroU32, NonZeroUsize, ParseIntError};
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use fencewright_graphics::plan::{self, PassOrder, Topology};

use crate::layout::GLOW_LEVELS;

/// More are surely a mistake, and would occupy the machine for minutes.
const MOST_THREADS: usize = 1024;

/// Draws a galaxy of small solids around a sculpture, or around a scene of yours.
///
/// Six systems on the CPU and 26 passes on the GPU say what they touch. The schedule and every barrier follow from that.
#[derive(Clone, Debug, Parser)]
#[command(name = "frame", version)]
pub struct Options {
    /// The scene in the middle: meshes and base colours of a glTF 2.0 file [default: a built-in one]
    #[arg(long, value_name = "FILE.gltf|.glb")]
    pub scene: Option<PathBuf>,

    /// How many frames to draw; the last becomes the picture
    #[arg(long, value_name = "N", default_value = "30", value_parser = count::<NonZeroU32>)]
    pub frames: NonZeroU32,

    /// The size of the picture in pixels
    #[arg(long, value_name = "WxH", default_value = "1280x720")]
    pub size: Size,

    /// How many threads run the systems [default: one for each core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<NonZeroUsize>,

    /// The folder for frame.png, plan.txt, plan.json and schedule.dot
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,

    /// Runs under the Khronos validation layer; a message makes the exit code non-zero
    #[arg(long)]
    pub validate: bool,

    /// Which structures the planned barriers become
    #[arg(long, value_enum, default_value = "joined")]
    pub policy: Policy,

    /// Lets passes of one stage execute in an order with fewer barriers
    #[arg(long)]
    pub reorder: bool,

    /// Writes when each system ran, and where, for <https://ui.perfetto.dev>
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,

    /// Which queues the frame runs on; where the device does not have them, one stands for them, and the report says so
    #[arg(long, value_enum, default_value = "one")]
    pub topology: Queues,

    /// Who records the planned barriers
    #[arg(long, value_enum, default_value = "auto")]
    pub mode: Mode,

    /// Prints the report as one JSON object
    #[arg(long)]
    pub json: bool,
}

impl Options {
    /// Finds what options ask for that does not go together.
    ///
    /// # Errors
    ///
    /// If there is such a thing, with the edit.
    pub fn check(&self) -> Result<(), String> {
        match (self.mode, self.topology) {
            (Mode::Validate, Queues::Transfer | Queues::Async) => {
                Err("with `--mode validate` systems record their own \
                barriers, which works on one queue alone; leave out `--topology`"
                    .to_owned())
            }
            (Mode::Hints, _) => {
                let asked = [("--validate", self.validate), ("--trace", self.trace.is_some())];
                asked
                    .iter()
                    .find(|(_, asked)| *asked)
                    .map_or(Ok(()), |(option, _)| Err(format!("`--mode hints` draws nothing; leave out `{option}`")))
            }
            (Mode::Validate, Queues::One) | (Mode::Auto, _) => Ok(()),
        }
    }

    /// Returns in which order passes of one stage execute.
    pub fn pass_order(&self) -> PassOrder {
        if self.reorder { PassOrder::Reordered } else { PassOrder::Declared }
    }
}

/// Which structures the planned barriers become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Policy {
    /// One for each part of a resource; one for several that need the same
    Joined,
    /// One for each part of a resource
    PerResource,
    /// Memory barriers; image barriers only where a layout changes
    MergedGlobal,
    /// As `merged-global`, with every image in the layout GENERAL
    UnifiedLayouts,
}

impl From<Policy> for plan::Policy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Joined => Self::Joined,
            Policy::PerResource => Self::PerResource,
            Policy::MergedGlobal => Self::MergedGlobal,
            Policy::UnifiedLayouts => Self::UnifiedLayouts,
        }
    }
}

/// Which queues the frame runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Queues {
    /// One, for everything
    One,
    /// One beside it for uploads and for what is brought home
    Transfer,
    /// Another one for compute: sparks, objects, culling and glow
    Async,
}

impl Queues {
    /// Returns them as on a device that has a family for each.
    pub fn topology(self) -> Topology {
        match self {
            Self::One => Topology::one(),
            Self::Transfer => Topology::transfer(),
            Self::Async => Topology::asynchronous(),
        }
    }
}

/// What happens with the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Draws nothing: writes what the barriers would be
    Hints,
    /// Draws, with each system recording its own barriers, judged; then leaves out one after another, which must be noticed
    Validate,
    /// Draws, with each pass's barriers emitted before it
    Auto,
}

/// A width and a height in pixels, neither of them zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    /// Returns the width over the height.
    pub fn aspect(self) -> f32 {
        self.width as f32 / self.height as f32
    }

    /// Returns how many pixels there are.
    pub fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// Returns the size of the first level of the glow: half, and never so small that a level would be missing.
    pub fn glow(self) -> Self {
        let least = 1 << (GLOW_LEVELS - 1);
        Self { width: (self.width / 2).max(least), height: (self.height / 2).max(least) }
    }

    /// Returns the size of a mip level.
    pub fn level(self, level: u32) -> Self {
        Self { width: (self.width >> level).max(1), height: (self.height >> level).max(1) }
    }
}

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (width, height) = text.split_once('x').ok_or("write it as WIDTHxHEIGHT, as in 1280x720")?;
        let side = |text: &str| count::<NonZeroU32>(text).map(NonZeroU32::get);
        Ok(Self { width: side(width)?, height: side(height)? })
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// Reads a number that is not zero.
fn count<N: std::str::FromStr<Err = ParseIntError>>(text: &str) -> Result<N, String> {
    text.parse().map_err(|error: ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => "write a smaller number".to_owned(),
        _ => "write a whole number, 1 or more".to_owned(),
    })
}

/// Reads a number of threads that can be started.
fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let count = text.parse().ok().filter(|count: &NonZeroUsize| count.get() <= MOST_THREADS);
    count.ok_or_else(|| format!("write a whole number from 1 to {MOST_THREADS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::try_parse_from(line.split_whitespace()).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_is_needed() {
        let options = parse("frame").expect("every option has a default");
        assert_eq!(options.size, Size { width: 1280, height: 720 });
        assert_eq!((options.frames.get(), options.threads, options.mode), (30, None, Mode::Auto));
        assert_eq!(options.topology, Queues::One);
        assert!(!options.validate && !options.json && options.scene.is_none());
    }

    #[test]
    fn every_option_is_read() {
        let line = "frame --scene a.glb --frames 3 --size 64x48 --threads 2 --out o --validate --mode hints --json \
            --policy merged-global --reorder --trace t.json --topology async";
        let options = parse(line).expect("the line is sound");
        assert_eq!(options.size.to_string(), "64x48");
        assert_eq!((options.frames.get(), options.threads.map(NonZeroUsize::get)), (3, Some(2)));
        assert_eq!((options.mode, options.validate, options.json), (Mode::Hints, true, true));
        assert_eq!((options.policy, options.reorder), (Policy::MergedGlobal, true));
        assert_eq!(options.topology, Queues::Async);
        assert_eq!(options.trace, Some("t.json".into()));
        assert_eq!((options.scene, options.out), (Some("a.glb".into()), "o".into()));
    }

    #[test]
    fn mistakes_are_named_with_the_edit() {
        for (line, name, edit) in [
            ("frame --size 0x720", "--size", "1 or more"),
            ("frame --size 720", "--size", "as in 1280x720"),
            ("frame --size 4294967296x2", "--size", "write a smaller number"),
            ("frame --size 10x-4", "--size", "1 or more"),
            ("frame --threads 0", "--threads", "from 1 to 1024"),
            ("frame --threads 100000", "--threads", "from 1 to 1024"),
            ("frame --frames 0", "--frames", "1 or more"),
            ("frame --frames 99999999999", "--frames", "write a smaller number"),
            ("frame --mode fast", "--mode", "hints, validate, auto"),
            ("frame --policy best", "--policy", "joined, per-resource, merged-global, unified-layouts"),
            ("frame --topology two", "--topology", "one, transfer, async"),
            ("frame --colour red", "--colour", "--help"),
            ("frame --scene", "--scene", "FILE.gltf|.glb"),
        ] {
            let error = parse(line).expect_err(line);
            assert!(error.contains(name) && error.contains(edit), "`{line}`: {error}");
        }
    }
}
