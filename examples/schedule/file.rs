//! The file: systems with names, accesses and costs, and the schedule they make.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use fencewright::{Key, Schedule, Stage, SystemFn};
use serde::Deserialize;

use crate::Error;
use crate::work::Spin;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    systems: Vec<System>,
}

/// One system of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct System {
    pub(crate) name: String,
    #[serde(default)]
    reads: Vec<String>,
    #[serde(default)]
    writes: Vec<String>,
    us: f64,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default = "main_stage")]
    stage: String,
}

fn main_stage() -> String {
    "main".to_owned()
}

impl System {
    /// Returns what it costs.
    pub(crate) fn cost_ns(&self) -> u64 {
        (self.us * 1000.0).round() as u64
    }
}

/// Reads the systems of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<System>, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(parse(&text).map_err(|what| format!("{}: {what}", path.display()))?)
}

fn parse(text: &str) -> Result<Vec<System>, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let file: File = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = error.path().to_string();
        format!("`{field}`: {}", error.into_inner())
    })?;
    reader.end().map_err(|error| error.to_string())?;
    let mut names = HashSet::new();
    for (index, system) in file.systems.iter().enumerate() {
        let line = || line_of(text, index);
        if !names.insert(&system.name) {
            return Err(format!("line {}: two systems are named `{}`; rename one", line(), system.name));
        }
        if !system.us.is_finite() || system.us < 0.0 || system.us > 1e7 {
            let us = system.us;
            return Err(format!("line {}: `systems[{index}].us` is {us}; it is microseconds, 0 to 1e7", line()));
        }
    }
    Ok(file.systems)
}

/// Finds the line on which the value of the n-th system starts: the n-th `{` inside the outermost object.
fn line_of(text: &str, index: usize) -> usize {
    let (mut depth, mut found, mut line, mut in_string, mut escaped) = (0, 0, 1, false, false);
    for char in text.chars() {
        match char {
            '\n' => line += 1,
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '{' if !in_string => {
                depth += 1;
                if depth == 2 {
                    if found == index {
                        return line;
                    }
                    found += 1;
                }
            }
            '}' if !in_string => depth -= 1,
            _ => {}
        }
    }
    line
}

/// Makes a schedule of systems that spin. Stages come in the order in which they first appear.
pub(crate) fn schedule(systems: &[System], spin: Spin) -> Result<Schedule, Error> {
    let mut names = Names::default();
    let mut stages: Vec<(&str, Stage)> = Vec::new();
    for system in systems {
        let cost_ns = system.cost_ns();
        let mut made = SystemFn::new(&system.name, move |_| {
            spin.for_ns(cost_ns);
            Ok(())
        });
        made = system.reads.iter().fold(made, |made, name| made.reads(names.key(name)));
        made = system.writes.iter().fold(made, |made, name| made.writes(names.key(name)));
        made = system.after.iter().fold(made, SystemFn::after);
        let index = stages.iter().position(|(name, _)| *name == system.stage).unwrap_or_else(|| {
            stages.push((&system.stage, Stage::new(&system.stage)));
            stages.len() - 1
        });
        let (name, stage) = stages.swap_remove(index);
        stages.push((name, stage.system_fn(made)));
        let last = stages.len() - 1;
        stages.swap(index, last);
    }
    let builder = stages.into_iter().fold(Schedule::builder(), |builder, (_, stage)| builder.stage(stage));
    Ok(builder.build()?)
}

/// The names of a file as keys. A key lives as long as the program, and so does its name: each is leaked once.
#[derive(Default)]
struct Names(HashMap<String, Key>);

impl Names {
    fn key(&mut self, name: &str) -> Key {
        *self.0.entry(name.to_owned()).or_insert_with(|| Key::named(name.to_owned().leak()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text).expect_err("the file is wrong")
    }

    #[test]
    fn a_file_makes_a_schedule_with_its_order() {
        let text = r#"{"systems": [
            {"name": "a", "reads": ["x"], "writes": ["y"], "us": 12.5, "after": ["b"], "stage": "s"},
            {"name": "b", "us": 0, "stage": "s"},
            {"name": "c", "reads": ["y"], "us": 1, "stage": "t"}
        ]}"#;
        let systems = parse(text).expect("the file is right");
        assert_eq!(systems[0].cost_ns(), 12_500);
        let schedule = schedule(&systems, Spin::calibrated()).expect("the order is possible");
        assert_eq!(schedule.program().stages(), ["s", "t"]);
        let names: Vec<_> = schedule.program().systems().iter().map(|system| system.name().to_owned()).collect();
        assert_eq!(names, ["b", "a", "c"]);
        assert_eq!(schedule.dag().edge_count(), 2);
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_field() {
        assert_eq!(
            error("{\"systems\": [\n{\"name\": \"a\", \"us\": \"x\"}]}"),
            "`systems[0].us`: invalid type: string \"x\", expected f64 at line 2 column 23"
        );
        assert_eq!(
            error("{\"systems\": [\n{\"name\": \"a\", \"us\": 1, \"wrties\": []}]}"),
            "`systems[0].wrties`: unknown field `wrties`, expected one of `name`, `reads`, `writes`, `us`, `after`, `stage` \
             at line 2 column 31"
        );
        let twice = "{\"systems\": [\n{\"name\": \"{a\", \"us\": 1},\n{\"name\": \"{a\", \"us\": 1}]}";
        assert_eq!(error(twice), "line 3: two systems are named `{a`; rename one");
        let negative = "{\"systems\": [\n{\"name\": \"a\", \"us\": -1}]}";
        assert_eq!(error(negative), "line 2: `systems[0].us` is -1; it is microseconds, 0 to 1e7");
        assert!(error("{\"systems\": []} more").contains("trailing characters at line 1"));
    }
}
