//! What the examples share.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

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

/// Prints a line as the macro of the standard library does, and ends as [`print()`] does where nobody reads.
#[macro_export]
macro_rules! println {
    ($($text:tt)*) => {
        $crate::print(::core::format_args!("{}\n", ::core::format_args!($($text)*)))
    };
}

/// Reads a file of text. A byte order mark in front of it is none of the text.
///
/// # Errors
///
/// If it cannot be read, with its name.
pub fn read(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => format!("{}: it is no text in UTF-8; name a file of JSON", path.display()),
        _ => format!("{}: it cannot be read ({error}); check the name", path.display()),
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Reads JSON; the error names the field, where there is one, and the line.
///
/// # Errors
///
/// If it is no JSON, or not what is read from it.
pub fn from_json<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Result<T, String> {
    if text.trim().is_empty() {
        return Err("line 1: the file is empty".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| match error.path().to_string() {
        root if root == "." => error.inner().to_string(),
        field => format!("`{field}`: {}", error.inner()),
    })?;
    reader.end().map_err(|error| error.to_string())?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{from_json, read};

    #[test]
    fn json_that_cannot_be_read_is_named_with_field_and_line() {
        let error = |text: &str| from_json::<Vec<u32>>(text).expect_err("it is no list of numbers");
        assert_eq!(error(" \n"), "line 1: the file is empty");
        assert_eq!(error("{"), "invalid type: map, expected a sequence at line 1 column 0");
        assert_eq!(error("[1,"), "EOF while parsing a value at line 1 column 3");
        assert_eq!(error("[1,\n\"2\"]"), "`[1]`: invalid type: string \"2\", expected u32 at line 2 column 3");
        assert_eq!(error("[] 1"), "trailing characters at line 1 column 4");
        assert!(from_json::<serde_json::Value>(&"[".repeat(100_000)).is_err_and(|error| error.contains("recursion")));
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        let path = std::env::temp_dir().join(format!("fencewright-{}-mark.json", std::process::id()));
        std::fs::write(&path, "\u{feff}[1]").expect("a temporary file can be written");
        let text = read(&path).expect("it is text");
        std::fs::remove_file(&path).expect("the test made it");
        assert_eq!(from_json::<Vec<u32>>(&text), Ok(vec![1]));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_with_the_edit() {
        let error = read(Path::new("no/such/file.json")).expect_err("there is none");
        assert!(
            error.starts_with("no/such/file.json: it cannot be read (") && error.ends_with("; check the name"),
            "{error}"
        );
    }
}
