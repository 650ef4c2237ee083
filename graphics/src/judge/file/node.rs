//! Reads typed values out of JSON, and says where they are wrong.

use super::FileError;
use super::json::{Data, Value};

/// A value and the way to it.
#[derive(Clone, Debug)]
pub(super) struct Node<'v> {
    value: &'v Value,
    path: String,
}

/// An object all of whose fields are known.
#[derive(Debug)]
pub(super) struct Fields<'v> {
    node: Node<'v>,
    fields: &'v [(String, Value)],
}

impl<'v> Node<'v> {
    pub(super) fn root(value: &'v Value) -> Self {
        Self { value, path: String::new() }
    }

    pub(super) fn error(&self, problem: impl Into<String>) -> FileError {
        FileError { line: self.value.line, field: self.path.clone(), problem: problem.into() }
    }

    fn expected(&self, what: &str) -> FileError {
        self.error(format!("expected {what}, found {}", self.value.data.kind()))
    }

    /// Reads an object that has none but the `known` fields.
    pub(super) fn object(self, known: &[&str]) -> Result<Fields<'v>, FileError> {
        let Data::Object(fields) = &self.value.data else { return Err(self.expected("an object")) };
        match fields.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(Fields { node: self, fields }),
            Some((name, value)) => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                let problem = format!("unknown field; fields here are {}", known.join(", "));
                Err(FileError { line: value.line, field: join(&self.path, name), problem })
            }
        }
    }

    /// Says whether it is an object with a field of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        matches!(&self.value.data, Data::Object(fields) if fields.iter().any(|(other, _)| other == name))
    }

    pub(super) fn list(&self) -> Result<impl Iterator<Item = Node<'v>> + use<'v>, FileError> {
        let Data::List(values) = &self.value.data else { return Err(self.expected("a list")) };
        let path = self.path.clone();
        Ok(values.iter().enumerate().map(move |(at, value)| Node { value, path: format!("{path}[{at}]") }))
    }

    pub(super) fn text(&self) -> Result<&'v str, FileError> {
        match &self.value.data {
            Data::Text(text) => Ok(text),
            Data::Null | Data::Bool | Data::Number(_) | Data::List(_) | Data::Object(_) => {
                Err(self.expected("a string"))
            }
        }
    }

    pub(super) fn number<T: std::str::FromStr>(&self) -> Result<T, FileError> {
        let Data::Number(number) = &self.value.data else { return Err(self.expected("a number")) };
        number.parse().map_err(|_| self.error(format!("`{number}` is not a whole number in range")))
    }

    /// Reads a half-open range `[start, end]` that lies inside `0..len` and holds something.
    pub(super) fn range<T>(&self, len: T) -> Result<std::ops::Range<T>, FileError>
    where
        T: std::str::FromStr + PartialOrd + Copy + std::fmt::Display,
    {
        let ends: Vec<T> = self.list()?.map(|end| end.number()).collect::<Result<_, _>>()?;
        match ends[..] {
            [start, end] if start < end && end <= len => Ok(start..end),
            [start, end] => Err(self
                .error(format!("{start}..{end} is not a range inside 0..{len}; ranges are [start, end), not empty"))),
            _ => Err(self.error("expected two numbers, start and end")),
        }
    }

    /// Reads one of several words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, FileError> {
        let text = self.text()?;
        words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.error(format!("`{text}` is none of {}", words.join(", ")))
        })
    }
}

impl<'v> Fields<'v> {
    pub(super) fn error(&self, problem: impl Into<String>) -> FileError {
        self.node.error(problem)
    }

    pub(super) fn get(&self, name: &str) -> Option<Node<'v>> {
        let (_, value) = self.fields.iter().find(|(other, _)| other == name)?;
        Some(Node { value, path: join(&self.node.path, name) })
    }

    pub(super) fn need(&self, name: &str) -> Result<Node<'v>, FileError> {
        self.get(name).ok_or_else(|| self.error(format!("field `{name}` is missing")))
    }

    /// Reads a list, which may be left out when it is empty.
    pub(super) fn list(&self, name: &str) -> Result<Vec<Node<'v>>, FileError> {
        self.get(name).map_or(Ok(Vec::new()), |node| Ok(node.list()?.collect()))
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
