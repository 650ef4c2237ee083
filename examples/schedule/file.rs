//! The file: systems with names, accesses and costs, and the schedule they make.

use std::collections::HashMap;
use std::path::Path;

use fencewright::{Key, Schedule, ScheduleBuilder, ScheduleError, Stage, SystemFn};
use serde::Deserialize;

use crate::Error;
use crate::work::Spin;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct File {
    systems: Vec<System>,
}

/// One system of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
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
    /// The line on which it starts.
    #[serde(skip)]
    line: usize,
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

/// Reads the systems of a file, and checks that a schedule can be made of them.
pub(crate) fn read(path: &Path) -> Result<Vec<System>, Error> {
    Ok(parse(&fencewright_examples::read(path)?).map_err(|what| format!("{}: {what}", path.display()))?)
}

fn parse(text: &str) -> Result<Vec<System>, String> {
    let mut file: File = fencewright_examples::from_json(text)?;
    for (system, line) in file.systems.iter_mut().zip(lines(text)) {
        system.line = line;
    }
    check(&file.systems)?;
    Ok(file.systems)
}

/// Checks what the format alone does not say.
fn check(systems: &[System]) -> Result<(), String> {
    let mut seen: HashMap<&str, &System> = HashMap::new();
    for (index, system) in systems.iter().enumerate() {
        let System { name, us, line, .. } = system;
        if name.is_empty() {
            return Err(format!("line {line}: `systems[{index}].name` is empty; name it"));
        }
        if let Some(first) = seen.insert(name, system) {
            let first = first.line;
            return Err(format!(
                "line {line}: `systems[{index}].name`: a system on line {first} is named `{name}`; rename one"
            ));
        }
        if !us.is_finite() || *us < 0.0 || *us > MOST_US {
            let us = if us.abs() < 1e9 { us.to_string() } else { format!("{us:e}") };
            return Err(format!("line {line}: `systems[{index}].us` is {us}; it is microseconds, 0 to {MOST_US:e}"));
        }
    }
    builder(systems, |_| SystemBody::Nothing).build().map(|_| ()).map_err(|error| located(systems, &error))
}

/// A system takes no longer than ten seconds.
const MOST_US: f64 = 1e7;

/// Puts the line and the field before what is wrong with a schedule.
fn located(systems: &[System], error: &ScheduleError) -> String {
    let place = |name: &str| systems.iter().position(|system| system.name == name);
    let (system, named) = match error {
        ScheduleError::UnknownSystem { system, named, .. } => (place(system), named),
        ScheduleError::SystemCycle { chain } => {
            // The chain says who comes before whom, so each is `after` the one before it.
            let (Some(first), Some(second)) = (chain.first(), chain.get(1).or(chain.first())) else {
                return error.to_string();
            };
            (place(second), first)
        }
        other => return other.to_string(),
    };
    let Some((index, system)) = system.map(|index| (index, &systems[index])) else { return error.to_string() };
    let field = system.after.iter().position(|after| after == named).unwrap_or_default();
    format!("line {}: `systems[{index}].after[{field}]`: {error}", system.line)
}

/// Finds the line on which each system starts: each `{` right inside the outermost object.
fn lines(text: &str) -> Vec<usize> {
    let (mut lines, mut depth, mut line, mut in_string, mut escaped) = (Vec::new(), 0, 1, false, false);
    for char in text.chars() {
        match char {
            '\n' => line += 1,
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '{' if !in_string => {
                depth += 1;
                if depth == 2 {
                    lines.push(line);
                }
            }
            '}' if !in_string => depth -= 1,
            _ => {}
        }
    }
    lines
}

/// Makes a schedule of systems that spin. Stages come in the order in which they first appear.
pub(crate) fn schedule(systems: &[System], spin: Spin) -> Result<Schedule, Error> {
    Ok(builder(systems, |cost_ns| SystemBody::Spins(spin, cost_ns)).build()?)
}

/// What a system does.
enum SystemBody {
    Nothing,
    Spins(Spin, u64),
}

fn builder(systems: &[System], body: impl Fn(u64) -> SystemBody) -> ScheduleBuilder {
    let mut names = Names::default();
    let mut stages: Vec<(&str, Stage)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for system in systems {
        let body = body(system.cost_ns());
        let mut made = SystemFn::new(&system.name, move |_| {
            match &body {
                SystemBody::Nothing => {}
                SystemBody::Spins(spin, cost_ns) => spin.for_ns(*cost_ns),
            }
            Ok(())
        });
        made = system.reads.iter().fold(made, |made, name| made.reads(names.key(name)));
        made = system.writes.iter().fold(made, |made, name| made.writes(names.key(name)));
        made = system.after.iter().fold(made, SystemFn::after);
        let place = *places.entry(&system.stage).or_insert_with(|| {
            stages.push((&system.stage, Stage::new(&system.stage)));
            stages.len() - 1
        });
        let stage = std::mem::replace(&mut stages[place].1, Stage::new(""));
        stages[place].1 = stage.system_fn(made);
    }
    stages.into_iter().fold(Schedule::builder(), |builder, (_, stage)| builder.stage(stage))
}

/// The names of a file as keys. A key lives as long as the program, and so does its name: each is leaked once for a schedule.
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
        assert_eq!(error(twice), "line 3: `systems[1].name`: a system on line 2 is named `{a`; rename one");
        let negative = "{\"systems\": [\n{\"name\": \"a\", \"us\": -1}]}";
        assert_eq!(error(negative), "line 2: `systems[0].us` is -1; it is microseconds, 0 to 1e7");
        assert!(error("{\"systems\": []} more").contains("trailing characters at line 1"));
    }

    #[test]
    fn wrong_orders_are_named_with_line_and_field() {
        let unknown = "{\"systems\": [\n{\"name\": \"alpha\", \"us\": 1},\n{\"name\": \"b\", \"us\": 1, \"after\": [\"alpha\", \"alhpa\"]}]}";
        assert_eq!(
            error(unknown),
            "line 3: `systems[1].after[1]`: system `b` is after `alhpa`, which is no system of this schedule; did you mean `alpha`?"
        );
        let circle = "{\"systems\": [\n{\"name\": \"a\", \"us\": 1, \"after\": [\"b\"]},\n{\"name\": \"b\", \"us\": 1, \"after\": [\"a\"]}]}";
        let text = error(circle);
        assert!(text.starts_with("line 3: `systems[1].after[0]`: the systems `a` -> `b` -> `a`"), "{text}");
        let own = "{\"systems\": [\n{\"name\": \"a\", \"us\": 1, \"after\": [\"a\"]}]}";
        let text = error(own);
        assert!(text.starts_with("line 2: `systems[0].after[0]`: "), "{text}");
        let later = "{\"systems\": [\n{\"name\": \"a\", \"us\": 1, \"after\": [\"b\"], \"stage\": \"s\"},\n{\"name\": \"b\", \"us\": 1}]}";
        let text = error(later);
        assert!(
            text.starts_with("line 2: `systems[0].after[0]`: system `a` is after `b`, which stands in a later stage"),
            "{text}"
        );
        assert!(error("{\"systems\": [\n{\"name\": \"\", \"us\": 1}]}").contains("`systems[0].name` is empty"));
    }

    #[test]
    fn odd_files_are_read_or_refused() {
        assert!(parse("{\"systems\": []}").expect("nothing is a schedule").is_empty());
        for (text, part) in [
            ("", "line 1: the file is empty"),
            ("[]", "expected an object"),
            ("{}", "missing field `systems`"),
            ("{\"systems\": [{\"name\": \"a\"}]}", "`systems[0]`: missing field `us` at line 1"),
            ("{\"systems\": [{\"name\": \"a\", \"us\": NaN}]}", "at line 1"),
            ("{\"systems\": [{\"name\": \"a\", \"us\": 1e999}]}", "number out of range at line 1"),
            (
                "{\"systems\": [{\"name\": \"a\", \"us\": 1e300}]}",
                "`systems[0].us` is 1e300; it is microseconds, 0 to 1e7",
            ),
            ("{\"systems\": [{\"name\": \"a\", \"us\": 1, \"us\": 2}]}", "duplicate field `us`"),
            (
                "{\"systems\": [{\"name\": \"a\", \"us\": 1, \"reads\": [3]}]}",
                "`systems[0].reads[0]`: invalid type: integer `3`",
            ),
            ("{\"systems\": [{\"name\": null, \"us\": 1}]}", "`systems[0].name`: invalid type: null"),
        ] {
            let found = error(text);
            assert!(found.contains(part), "{text}: {found}");
        }
    }
}
