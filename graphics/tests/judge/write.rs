//! Writes streams as JSON, shortly.

use fencewright_graphics::judge::{self, Kind, Rules, Stream, Verdict};

/// Reads a stream, or says what is wrong with the test.
pub(crate) fn stream(json: &str) -> Stream {
    Stream::from_json(json).unwrap_or_else(|error| panic!("{error}\n{json}"))
}

/// Judges a stream by the default rules.
pub(crate) fn verdict(json: &str) -> Verdict {
    judge::judge(&stream(json), &Rules::default())
}

/// What is missing, in order.
pub(crate) fn kinds(json: &str) -> Vec<Kind> {
    verdict(json).missing.iter().map(|missing| missing.kind).collect()
}

/// A submit to the first queue of a stream.
pub(crate) fn submit(queue: &str, commands: &[String]) -> String {
    format!("{{\"submit\": \"{queue}\", \"commands\": [{}]}}", commands.join(",\n"))
}

/// A submit that waits for and signals points, as `semaphore:value:STAGES`.
pub(crate) fn submit_with(queue: &str, waits: &[&str], commands: &[String], signals: &[&str]) -> String {
    let points = |points: &[&str]| -> String {
        let point = |text: &&str| -> String {
            let parts: Vec<&str> = text.split(':').collect();
            format!("{{\"semaphore\": \"{}\", \"value\": {}, \"stages\": \"{}\"}}", parts[0], parts[1], parts[2])
        };
        points.iter().map(point).collect::<Vec<_>>().join(", ")
    };
    format!(
        "{{\"submit\": \"{queue}\", \"waits\": [{}], \"commands\": [{}], \"signals\": [{}]}}",
        points(waits),
        commands.join(",\n"),
        points(signals)
    )
}

/// A pass with accesses.
pub(crate) fn pass(name: &str, accesses: &[String]) -> String {
    format!("{{\"pass\": \"{name}\", \"accesses\": [{}]}}", accesses.join(", "))
}

/// A call with structures.
pub(crate) fn call(barriers: &[String]) -> String {
    format!("{{\"call\": [{}]}}", barriers.join(", "))
}

/// A memory structure, from `STAGES / ACCESSES` twice.
pub(crate) fn memory(first: &str, second: &str) -> String {
    format!("{{{}}}", scopes(first, second))
}

/// A structure of a resource: `rest` holds its other fields.
pub(crate) fn barrier(first: &str, second: &str, rest: &str) -> String {
    format!("{{{}, {rest}}}", scopes(first, second))
}

fn scopes(first: &str, second: &str) -> String {
    format!("\"first\": {{{}}}, \"second\": {{{}}}", scope(first), scope(second))
}

/// The fields of a scope, from `STAGES / ACCESSES`.
pub(crate) fn scope(text: &str) -> String {
    let (stages, access) = text.split_once('/').unwrap_or((text, "NONE"));
    format!("\"stages\": \"{}\", \"access\": \"{}\"", stages.trim(), access.trim())
}
