//! What the examples share.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Prints to the standard output.
///
/// One that nobody reads any more, as of `| head -1`, is no error. One that cannot be written is: it ends the program with 1.
pub fn print(text: impl Display) {
    if let Err(error) = io::stdout().lock().write_all(text.to_string().as_bytes())
        && error.kind() != ErrorKind::BrokenPipe
    {
        eprintln!("error: the standard output cannot be written: {error}");
        std::process::exit(1);
    }
}
