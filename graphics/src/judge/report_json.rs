//! A verdict as JSON, for other tools.

use std::fmt::Write as _;

use super::names;
use super::report;
use super::verdict::{Accessed, Actor, First, Missing, Verdict};

impl Verdict {
    /// Writes the verdict as one JSON object: `clean`, and `missing` with both accesses, the text and the Rust of each.
    #[must_use]
    pub fn to_json(&self) -> String {
        let missing: Vec<String> = self.missing.iter().map(missing).collect();
        format!("{{\"clean\": {}, \"missing\": [{}]}}", self.is_clean(), missing.join(", "))
    }
}

fn missing(missing: &Missing) -> String {
    let parts: Vec<String> = missing.parts.iter().map(|part| text(&report::part(part))).collect();
    let after: Vec<String> = missing.firsts.iter().map(first).collect();
    let layouts = missing.layouts.map_or("null".to_owned(), |(found, expected)| {
        format!("{{\"found\": \"{}\", \"expected\": \"{}\"}}", names::layout(found), names::layout(expected))
    });
    format!(
        "{{\"kind\": \"{}\", \"resource\": {}, \"parts\": [{}], \"after\": [{}], \"before\": {{{}}}, \"layout\": {layouts}, \
         \"text\": {}, \"rust\": {}}}",
        missing.kind,
        text(&missing.name),
        parts.join(", "),
        after.join(", "),
        accessed(&missing.second),
        text(&missing.to_string()),
        text(&missing.rust())
    )
}

fn first(first: &First) -> String {
    format!("{{\"kind\": \"{}\", {}}}", first.kind, accessed(&first.access))
}

fn accessed(access: &Accessed) -> String {
    let (by, name) = match &access.actor {
        Actor::Pass(name) => ("pass", name.as_str()),
        Actor::Transition { .. } => ("transition", ""),
        Actor::Release => ("release", ""),
        Actor::Acquire => ("acquire", ""),
        Actor::Barrier => ("barrier", ""),
        Actor::Wait => ("wait", ""),
        Actor::Host(name) => ("host", name.as_str()),
    };
    let queue = access.queue.as_ref().map_or("null".to_owned(), |queue| text(queue));
    let place = access.place.map_or("null".to_owned(), |place| {
        format!("{{\"event\": {}, \"command\": {}, \"item\": {}}}", place.event, place.command, place.item)
    });
    format!(
        "\"by\": \"{by}\", \"name\": {}, \"queue\": {queue}, \"stages\": \"{}\", \"access\": \"{}\", \"place\": {place}",
        text(name),
        names::flags(access.scope.stages),
        names::flags(access.scope.access)
    )
}

/// A JSON string.
pub(super) fn text(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
