//! The Trace Event Format: what Perfetto and Chrome read.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::recording::Recording;
use crate::schedule::quoted;

pub(crate) fn write(recording: &Recording) -> String {
    let mut events: Vec<String> = Vec::new();
    let lanes: BTreeSet<_> = recording.runs.iter().flat_map(|run| &run.slices).map(|slice| slice.lane).collect();
    for lane in lanes {
        let name = if lane == 0 { "caller".to_owned() } else { format!("helper {lane}") };
        events.push(format!(
            r#"{{"name":"thread_name","ph":"M","pid":1,"tid":{lane},"args":{{"name":{}}}}}"#,
            quoted(&name)
        ));
    }
    for (number, run) in recording.runs.iter().enumerate() {
        for slice in &run.slices {
            let label = &run.nodes[slice.node];
            let mut event = String::new();
            let _ = write!(
                event,
                r#"{{"name":{},"cat":{},"ph":"X","pid":1,"tid":{},"ts":{},"dur":{},"args":{{"run":{number}}}}}"#,
                quoted(&label.name),
                quoted(&label.stage),
                slice.lane,
                Us(slice.start_ns),
                Us(slice.end_ns - slice.start_ns),
            );
            events.push(event);
        }
    }
    format!("{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n{}\n]}}\n", events.join(",\n"))
}

/// Nanoseconds, written as microseconds without loss.
struct Us(u64);

impl std::fmt::Display for Us {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}
