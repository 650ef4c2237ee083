//! JSON values that know their lines.

use super::FileError;

/// How deep lists and objects may nest.
const DEPTH: usize = 64;

#[derive(Debug)]
pub(super) struct Value {
    pub(super) line: usize,
    pub(super) data: Data,
}

#[derive(Debug)]
pub(super) enum Data {
    Null,
    Bool,
    /// As it is written.
    Number(String),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Data {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// Parses one JSON value (RFC 8259) that fills the text.
pub(super) fn parse(text: &str) -> Result<Value, FileError> {
    let mut parser = Parser { rest: text, line: 1 };
    let value = parser.value(0)?;
    parser.skip_space();
    if parser.rest.is_empty() { Ok(value) } else { Err(parser.error("expected the end of the file")) }
}

struct Parser<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Parser<'t> {
    fn error(&self, problem: impl Into<String>) -> FileError {
        FileError { line: self.line, field: String::new(), problem: problem.into() }
    }

    fn unexpected(&self, expected: &str) -> FileError {
        let found = self.rest.chars().next().map_or("the end of the file".to_owned(), |found| format!("`{found}`"));
        self.error(format!("expected {expected}, found {found}"))
    }

    fn skip_space(&mut self) {
        let end = self.rest.find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n')).unwrap_or(self.rest.len());
        self.line += self.rest[..end].matches('\n').count();
        self.rest = &self.rest[end..];
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self, depth: usize) -> Result<Value, FileError> {
        self.skip_space();
        if depth > DEPTH {
            return Err(self.error(format!("lists and objects nest deeper than {DEPTH}")));
        }
        let line = self.line;
        let data = match self.rest.chars().next() {
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Data::Text(self.text()?),
            Some('-' | '0'..='9') => self.number()?,
            Some(_) if self.eat("null") => Data::Null,
            Some(_) if self.eat("true") => Data::Bool,
            Some(_) if self.eat("false") => Data::Bool,
            Some(_) | None => return Err(self.unexpected("a value")),
        };
        Ok(Value { line, data })
    }

    fn object(&mut self, depth: usize) -> Result<Data, FileError> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        self.eat("{");
        if self.eat("}") {
            return Ok(Data::Object(fields));
        }
        loop {
            self.skip_space();
            if !self.rest.starts_with('"') {
                return Err(self.unexpected("the name of a field"));
            }
            let name = self.text()?;
            if fields.iter().any(|(other, _)| *other == name) {
                return Err(self.error(format!("field `{name}` stands here twice")));
            }
            if !self.eat(":") {
                return Err(self.unexpected("`:`"));
            }
            fields.push((name, self.value(depth + 1)?));
            if self.eat("}") {
                return Ok(Data::Object(fields));
            }
            if !self.eat(",") {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Data, FileError> {
        let mut values = Vec::new();
        self.eat("[");
        if self.eat("]") {
            return Ok(Data::List(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            if self.eat("]") {
                return Ok(Data::List(values));
            }
            if !self.eat(",") {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    fn number(&mut self) -> Result<Data, FileError> {
        let end = self.rest.find(|c: char| !matches!(c, '+' | '-' | '.' | 'e' | 'E' | '0'..='9'));
        let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let leading_zero = number.trim_start_matches('-').starts_with('0') && number.len() > 1;
        if number.parse::<f64>().is_err() || (leading_zero && number.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(self.error(format!("`{number}` is not a number")));
        }
        self.rest = rest;
        Ok(Data::Number(number.to_owned()))
    }

    fn text(&mut self) -> Result<String, FileError> {
        let mut text = String::new();
        let mut rest = self.rest[1..].chars();
        loop {
            match rest.next() {
                Some('"') => break,
                Some('\\') => text.push(self.escape(&mut rest)?),
                Some(control) if control < ' ' => {
                    return Err(
                        self.error("a string holds a line break or control character; write it as `\\n` or `\\u..`")
                    );
                }
                Some(other) => text.push(other),
                None => return Err(self.error("a string does not end")),
            }
        }
        self.rest = rest.as_str();
        Ok(text)
    }

    fn escape(&self, rest: &mut std::str::Chars<'t>) -> Result<char, FileError> {
        match rest.next() {
            Some(same @ ('"' | '\\' | '/')) => Ok(same),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => {
                let high = hex(rest);
                let code = match high {
                    Some(0xD800..=0xDBFF) if rest.next() == Some('\\') && rest.next() == Some('u') => {
                        let low = hex(rest).filter(|low| (0xDC00..=0xDFFF).contains(low));
                        high.zip(low).map(|(high, low)| 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))
                    }
                    other => other,
                };
                code.and_then(char::from_u32).ok_or_else(|| self.error("`\\u` names no character"))
            }
            Some(_) | None => Err(self.error("an unknown escape in a string")),
        }
    }
}

fn hex(rest: &mut std::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |code, _| Some(code * 16 + rest.next()?.to_digit(16)?))
}
