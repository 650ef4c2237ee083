//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::way::Way;

/// Writes the barriers of a frame as source code.
#[derive(Debug, Parser)]
#[command(name = "codegen")]
pub(crate) struct Options {
    /// The frame, as JSON
    pub(crate) file: PathBuf,
    /// Rust over ash, a C header, or the calls in text
    #[arg(long = "lang", value_enum, default_value_t)]
    pub(crate) language: Language,
    /// Where to write; the terminal otherwise
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) way: Way,
}

/// The language of the code.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Language {
    /// A module over ash
    #[default]
    Rust,
    /// A header
    C,
    /// Every call with all its fields
    Text,
}
