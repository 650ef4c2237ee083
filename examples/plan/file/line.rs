//! Where in the file something stands.

/// Says what is wrong with the value at a path, with line and field.
pub(super) fn wrong(text: &str, path: &[&str], problem: &str) -> String {
    let field = path.iter().fold(String::new(), |all, part| match part.parse::<usize>() {
        Ok(index) => format!("{all}[{index}]"),
        Err(_) if all.is_empty() => (*part).to_owned(),
        Err(_) => format!("{all}.{part}"),
    });
    format!("line {}: `{field}`: {problem}", line_of(text, path))
}

/// Finds the line on which the value at a path begins: keys of objects and indices of arrays, of well-formed JSON.
fn line_of(text: &str, path: &[&str]) -> usize {
    let mut at = Cursor { text: text.as_bytes(), position: 0 };
    for part in path {
        at.enter(part);
    }
    at.skip_space();
    text.as_bytes()[..at.position.min(text.len())].split(|byte| *byte == b'\n').count()
}

struct Cursor<'a> {
    text: &'a [u8],
    position: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.position).copied().unwrap_or(b'}')
    }

    fn skip_space(&mut self) {
        while self.peek().is_ascii_whitespace() || self.peek() == b',' || self.peek() == b':' {
            self.position += 1;
        }
    }

    /// Goes to the value under a key, or with an index.
    fn enter(&mut self, part: &str) {
        self.skip_space();
        let is_object = self.peek() == b'{';
        self.position += 1;
        for index in 0.. {
            self.skip_space();
            if matches!(self.peek(), b'}' | b']') {
                return;
            }
            let found = if is_object { self.string() == part } else { index.to_string() == part };
            if found {
                self.skip_space();
                return;
            }
            self.skip_space();
            self.skip_value();
        }
    }

    fn string(&mut self) -> String {
        let start = self.position + 1;
        self.position += 1;
        while self.peek() != b'"' {
            self.position += if self.peek() == b'\\' { 2 } else { 1 };
        }
        self.position += 1;
        String::from_utf8_lossy(&self.text[start..self.position - 1]).into_owned()
    }

    fn skip_value(&mut self) {
        match self.peek() {
            b'"' => {
                self.string();
            }
            b'{' | b'[' => {
                let mut depth = 0;
                loop {
                    match self.peek() {
                        b'"' => {
                            self.string();
                            continue;
                        }
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    self.position += 1;
                    if depth == 0 {
                        return;
                    }
                }
            }
            _ => {
                while !matches!(self.peek(), b',' | b'}' | b']') && !self.peek().is_ascii_whitespace() {
                    self.position += 1;
                }
            }
        }
    }
}
