//! With feature `tracing`, each system that runs is a span with its name.

use std::sync::{Arc, Mutex};

use fencewright::{Schedule, Stage, SystemFn, Threads, World};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps the names of the spans, in the order in which they were made.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl Visit for Names {
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "name" {
            self.0.lock().expect("nothing panics here").push(value.to_owned());
        }
    }
}

impl Subscriber for Names {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn each_system_is_a_span() {
    let stage =
        Stage::new("main").system_fn(SystemFn::new("one", |_| Ok(()))).system_fn(SystemFn::new("two", |_| Ok(())));
    let mut schedule =
        Schedule::builder().stage(stage).threads(Threads::Inline).build().expect("the order is possible");
    let names = Names::default();
    tracing::subscriber::with_default(names.clone(), || schedule.run(&mut World::new()).expect("nothing fails"));
    assert_eq!(*names.0.lock().expect("nothing panics here"), ["one", "two"]);
}
