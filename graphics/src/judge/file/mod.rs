//! Streams as files: JSON, with errors that name line and field.
//!
//! The reader is our own because a mistake in a name or a range, found long after the syntax was right, still has to
//! name its line.

mod json;
mod node;
mod read;
mod write;

use super::stream::Stream;

/// Says what is wrong with the file of a stream, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}{problem}", if field.is_empty() { String::new() } else { format!("`{field}`: ") })]
#[non_exhaustive]
pub struct FileError {
    /// The line, from 1.
    pub line: usize,
    /// The field, as `events[0].commands[2].pass`; empty where the syntax is broken.
    pub field: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Stream {
    /// Reads a stream from JSON. `docs/command-stream.md` describes the format.
    ///
    /// # Errors
    ///
    /// Returns the first mistake, with its line and field: broken syntax, an unknown or missing field, an unknown name,
    /// a range outside its resource, an access that none of its stages performs.
    ///
    /// # Examples
    ///
    /// ```
    /// use fencewright_graphics::judge::{self, Rules, Stream};
    ///
    /// let stream = Stream::from_json(
    ///     r#"{
    ///       "resources": [{ "buffer": "particles", "bytes": 64 }],
    ///       "events": [{ "submit": "graphics", "commands": [
    ///         { "pass": "Simulate", "accesses": [
    ///           { "buffer": "particles", "stages": "COMPUTE_SHADER", "access": "SHADER_STORAGE_WRITE" }] },
    ///         { "pass": "Draw", "accesses": [
    ///           { "buffer": "particles", "stages": "VERTEX_SHADER", "access": "SHADER_STORAGE_READ" }] }
    ///       ] }]
    ///     }"#,
    /// )?;
    /// assert_eq!(judge::judge(&stream, &Rules::default()).missing.len(), 1);
    /// # Ok::<(), judge::FileError>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, FileError> {
        read::stream(&json::parse(text)?)
    }

    /// Writes the stream as JSON that [`Stream::from_json`] reads again.
    #[must_use]
    pub fn to_json(&self) -> String {
        write::stream(self)
    }
}
