//! Reads a frame from JSON; what is wrong is named with line and field.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::frame::Frame;
use crate::frame::words;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    usage: BTreeMap<String, Usage>,
    #[serde(default, rename = "resource")]
    _resource: Option<String>,
    frame: FrameSpec,
}

/// What a usage word means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Usage {
    pub(crate) stages: Vec<String>,
    pub(crate) access: String,
    reads: bool,
    pub(crate) writes: bool,
    pub(crate) layout_classic: Option<String>,
    pub(crate) full_overwrite: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrameSpec {
    name: String,
    #[serde(default, rename = "description")]
    _description: String,
    passes: Vec<PassSpec>,
    #[serde(default)]
    present: Option<String>,
    #[serde(default)]
    persistent: Vec<String>,
    #[serde(default)]
    no_prior_use: Vec<String>,
    #[serde(default)]
    prior: BTreeMap<String, Prior>,
    #[serde(default, rename = "reference")]
    _reference: serde_json::Value,
}

/// One pass.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PassSpec {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) queue: Queue,
    pub(crate) uses: Vec<Use>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Raster,
    Compute,
    Transfer,
    Opaque,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Queue {
    #[default]
    Graphics,
    Compute,
    Transfer,
}

impl PassSpec {
    /// Returns where the pass would like to run.
    pub(crate) fn queue(&self) -> fencewright_graphics::Queue {
        match self.queue {
            Queue::Graphics => fencewright_graphics::Queue::Graphics,
            Queue::Compute => fencewright_graphics::Queue::Compute,
            Queue::Transfer => fencewright_graphics::Queue::Transfer,
        }
    }
}

/// What a pass uses, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Use {
    pub(crate) resource: String,
    pub(crate) usage: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prior {
    usage: String,
}

/// Reads a frame.
pub(crate) fn read(text: &str) -> Result<Frame, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let file: File = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| format!("`{}`: {}", error.path(), error.inner()))?;
    deserializer.end().map_err(|error| error.to_string())?;
    check(text, &file)?;
    let File { usage, frame, _resource: _ } = file;
    let FrameSpec { name, passes, present, persistent, no_prior_use, prior, _description: _, _reference: _ } = frame;
    let prior = prior.into_iter().map(|(resource, prior)| (resource, prior.usage)).collect();
    Ok(Frame { name, usages: usage, passes, present, persistent, no_prior_use, prior })
}

/// Checks what the types do not: that words are known, and that names name something.
fn check(text: &str, file: &File) -> Result<(), String> {
    for (name, usage) in &file.usage {
        let at = |field: &str, problem: String| wrong(text, &["usage", name, field], &problem);
        for stage in &usage.stages {
            words::stages(stage).map_err(|problem| at("stages", problem))?;
        }
        words::accesses(&usage.access).map_err(|problem| at("access", problem))?;
        words::layout(usage.layout_classic.as_deref()).map_err(|problem| at("layout_classic", problem))?;
        let has_write = usage.access.contains("WRITE");
        if usage.writes != has_write {
            let problem = if has_write {
                "it is false, and `access` has a write"
            } else {
                "it is true, and `access` has no write"
            };
            return Err(at("writes", problem.to_owned()));
        }
        if !usage.reads && !usage.writes {
            return Err(at("reads", "it is false, and so is `writes`: nothing is used so".to_owned()));
        }
    }
    let known = |usage: &str| file.usage.contains_key(usage);
    let unknown = |usage: &str| format!("unknown usage `{usage}`; the usages are under `usage`");
    for (index, pass) in file.frame.passes.iter().enumerate() {
        for (number, one) in pass.uses.iter().enumerate() {
            if !known(&one.usage) {
                let (index, number) = (index.to_string(), number.to_string());
                let path = ["frame", "passes", &index, "uses", &number, "usage"];
                return Err(wrong(text, &path, &unknown(&one.usage)));
            }
        }
    }
    passes(text, file)?;
    pasts(text, &file.frame)?;
    for (resource, prior) in &file.frame.prior {
        if !known(&prior.usage) {
            return Err(wrong(text, &["frame", "prior", resource, "usage"], &unknown(&prior.usage)));
        }
    }
    let used = |name: &String| file.frame.passes.iter().any(|pass| pass.uses.iter().any(|one| one.resource == *name));
    let lists = [("persistent", &file.frame.persistent), ("no_prior_use", &file.frame.no_prior_use)];
    let listed = lists.iter().flat_map(|(field, names)| names.iter().map(move |name| (*field, name)));
    let presented = file.frame.present.iter().map(|name| ("present", name));
    for (field, name) in listed.chain(presented) {
        if !used(name) {
            return Err(wrong(text, &["frame", field], &format!("no pass uses `{name}`")));
        }
    }
    Ok(())
}

/// Checks that there are passes with names of their own, each with uses that it can have at once.
fn passes(text: &str, file: &File) -> Result<(), String> {
    let passes = &file.frame.passes;
    if passes.is_empty() {
        return Err(wrong(text, &["frame", "passes"], "there is no pass to plan for"));
    }
    for (index, pass) in passes.iter().enumerate() {
        let number = index.to_string();
        if passes[..index].iter().any(|other| other.name == pass.name) {
            let problem = format!("there is a pass `{}` already", pass.name);
            return Err(wrong(text, &["frame", "passes", &number, "name"], &problem));
        }
        for (at, one) in pass.uses.iter().enumerate() {
            let at_use = at.to_string();
            let path = ["frame", "passes", &number, "uses", &at_use, "resource"];
            part(&one.resource).map_err(|problem| wrong(text, &path, &problem))?;
            let writes = |used: &Use| file.usage.get(&used.usage).is_some_and(|usage| usage.writes);
            let overlaps = |other: &&Use| {
                let whole = |name: &str, of: &str| name.split_once('.').is_some_and(|(name, _)| name == of);
                let same = other.resource == one.resource
                    || whole(&other.resource, &one.resource)
                    || whole(&one.resource, &other.resource);
                same && (writes(one) || writes(other))
            };
            if let Some(other) = pass.uses[..at].iter().find(overlaps) {
                let problem = format!(
                    "`{}` uses it as {} and `{}` as {}, and one of them writes; nothing orders commands inside a pass",
                    pass.name, one.usage, other.resource, other.usage
                );
                return Err(wrong(text, &path, &problem));
            }
        }
    }
    Ok(())
}

/// Checks the part that a resource's name ends in: `.m2`, `.l1`, of buffers whatever it is.
fn part(resource: &str) -> Result<(), String> {
    let (name, part) = resource.split_once('.').unwrap_or((resource, "m0"));
    if name.is_empty() || part.is_empty() {
        return Err(format!("`{resource}` names no resource"));
    }
    let number = part.strip_prefix(['m', 'l']).and_then(|number| number.parse::<u32>().ok());
    match number {
        _ if name.starts_with("b_") => Ok(()),
        Some(number) if number < 1 << 16 => Ok(()),
        Some(_) | None => Err(format!("no part `{part}` of an image: a mip is `.m0`, a layer `.l0`")),
    }
}

/// Checks what the file says of earlier frames.
fn pasts(text: &str, frame: &FrameSpec) -> Result<(), String> {
    let first = |name: &str| frame.passes.iter().flat_map(|pass| &pass.uses).find(|one| one.resource == name);
    for resource in frame.prior.keys() {
        if first(resource).is_none() {
            return Err(wrong(text, &["frame", "prior", resource], &format!("no pass uses `{resource}`")));
        }
    }
    for (index, resource) in frame.no_prior_use.iter().enumerate() {
        let path = ["frame", "no_prior_use", &index.to_string()];
        let known =
            [("prior", frame.prior.contains_key(resource)), ("persistent", frame.persistent.contains(resource))];
        if let Some((field, _)) = known.iter().find(|(_, known)| *known) {
            let problem = format!("`{resource}` is under `{field}`, too, and cannot be new in every frame");
            return Err(wrong(text, &path, &problem));
        }
    }
    Ok(())
}

fn wrong(text: &str, path: &[&str], problem: &str) -> String {
    let field = path.iter().fold(String::new(), |all, part| match part.parse::<usize>() {
        Ok(index) => format!("{all}[{index}]"),
        Err(_) if all.is_empty() => (*part).to_owned(),
        Err(_) => format!("{all}.{part}"),
    });
    format!("`{field}`: {problem} at line {}", line_of(text, path))
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

#[cfg(test)]
mod tests {
    use super::read;

    const FILE: &str = r#"{
  "usage": {
    "fill": {"stages": ["CLEAR"], "access": "TRANSFER_WRITE", "reads": false, "writes": true, "layout_classic": null,
      "full_overwrite": true}
  },
  "frame": {
    "name": "one",
    "passes": [
      {"name": "a", "kind": "transfer", "uses": [{"resource": "b_x", "usage": "fill"}]}
    ]
  }
}"#;

    fn problem(from: &str, to: &str) -> String {
        assert!(FILE.contains(from));
        read(&FILE.replace(from, to)).err().unwrap_or_default()
    }

    #[test]
    fn a_frame_is_read() {
        assert_eq!(read(FILE).expect("it is a frame").passes.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_field() {
        let text = problem(r#""usage": "fill"}"#, r#""usage": "fil"}"#);
        assert_eq!(
            text,
            "`frame.passes[0].uses[0].usage`: unknown usage `fil`; the usages are under `usage` at line 9"
        );
        let text = problem(r#"["CLEAR"]"#, r#"["CLEER"]"#);
        assert_eq!(text, "`usage.fill.stages`: unknown pipeline stage `CLEER` at line 3");
        let text = problem(r#""kind": "transfer""#, r#""kind": "blend""#);
        assert!(text.starts_with("`frame.passes[0].kind`: unknown variant `blend`"), "{text}");
        assert!(text.contains("line 9"), "{text}");
        let text = problem(r#""name": "one","#, r#""name": "one", "presents": "swap","#);
        assert!(text.contains("unknown field `presents`") && text.contains("line 7"), "{text}");
        let pass = r#"{"name": "a", "kind": "transfer", "uses": [{"resource": "b_x", "usage": "fill"}]}"#;
        for (to, expected) in [
            (format!("{pass},\n{pass}"), "`frame.passes[1].name`: there is a pass `a` already at line 10"),
            (String::new(), "`frame.passes`: there is no pass to plan for at line 8"),
            (pass.replace("b_x", "x.q1"), "no part `q1` of an image: a mip is `.m0`, a layer `.l0` at line 9"),
            (
                pass.replace("}]", r#"}, {"resource": "b_x.r1", "usage": "fill"}]"#),
                "`frame.passes[0].uses[1].resource`: `a` uses it as fill and `b_x` as fill, and one of them writes; nothing orders commands inside a pass at line 9",
            ),
        ] {
            let text = problem(pass, &to);
            assert!(text.ends_with(expected), "{text}");
        }
        let text = problem(r#""name": "one","#, r#""name": "one", "prior": {"b_y": {"usage": "fill"}},"#);
        assert_eq!(text, "`frame.prior.b_y`: no pass uses `b_y` at line 7");
        let text = problem(r#""name": "one","#, r#""name": "one", "persistent": ["b_x"], "no_prior_use": ["b_x"],"#);
        assert!(text.starts_with("`frame.no_prior_use[0]`: `b_x` is under `persistent`, too"), "{text}");
        let text = problem(r#""writes": true"#, r#""writes": false"#);
        assert_eq!(text, "`usage.fill.writes`: it is false, and `access` has a write at line 3");
        let text = problem(r#""name": "one","#, r#""name": "one", "present": "swap","#);
        assert_eq!(text, "`frame.present`: no pass uses `swap` at line 7");
    }
}
