//! What is written down: by command buffer until it is submitted, then in one stream.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

static ON: AtomicBool = AtomicBool::new(false);
static STATE: Mutex<Option<State>> = Mutex::new(None);

/// One structure: of all memory, a buffer or an image, or a dependency of a render pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scopes {
    pub(crate) kind: char,
    pub(crate) first: u64,
    pub(crate) second: u64,
    pub(crate) layouts: (i32, i32),
}

#[derive(Default)]
struct State {
    recorded: HashMap<u64, String>,
    submitted: String,
    /// The dependencies of render passes: those before them, and those after.
    passes: HashMap<u64, (Vec<Scopes>, Vec<Scopes>)>,
    /// The render pass that a command buffer is in.
    inside: HashMap<u64, u64>,
}

fn with<T: Default>(change: impl FnOnce(&mut State) -> T) -> T {
    STATE.lock().map(|mut state| change(state.get_or_insert_default())).unwrap_or_default()
}

pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

pub(crate) fn switch(on: bool) {
    ON.store(on, Ordering::Relaxed);
}

pub(crate) fn take() -> String {
    with(|state| std::mem::take(&mut state.submitted))
}

/// A command buffer begins anew.
pub(crate) fn begin(commands: u64) {
    if is_on() {
        with(|state| state.recorded.insert(commands, String::new()));
    }
}

/// Writes down work, known by its number.
pub(crate) fn work(commands: u64, number: u64) {
    if is_on() {
        with(|state| {
            let _ = writeln!(state.recorded.entry(commands).or_default(), "work {number}");
        });
    }
}

/// Writes down a call: `barrier`, or `dependency` of a render pass.
pub(crate) fn call(commands: u64, word: &str, structures: &[Scopes]) {
    if is_on() {
        with(|state| write_call(state.recorded.entry(commands).or_default(), word, structures));
    }
}

fn write_call(out: &mut String, word: &str, structures: &[Scopes]) {
    let _ = writeln!(out, "{word} {}", structures.len());
    for Scopes { kind, first, second, layouts: (old, new) } in structures {
        let _ = writeln!(out, "  {kind} {first:x} {second:x} {old} {new}");
    }
}

pub(crate) fn render_pass(pass: u64, before: Vec<Scopes>, after: Vec<Scopes>) {
    with(|state| state.passes.insert(pass, (before, after)));
}

pub(crate) fn begin_render_pass(commands: u64, pass: u64) {
    if is_on() {
        with(|state| {
            state.inside.insert(commands, pass);
            if let Some((before, _)) = state.passes.get(&pass)
                && !before.is_empty()
            {
                write_call(state.recorded.entry(commands).or_default(), "dependency", before);
            }
        });
    }
}

pub(crate) fn end_render_pass(commands: u64) {
    if is_on() {
        with(|state| {
            let pass = state.inside.remove(&commands).unwrap_or_default();
            if let Some((_, after)) = state.passes.get(&pass)
                && !after.is_empty()
            {
                write_call(state.recorded.entry(commands).or_default(), "dependency", after);
            }
        });
    }
}

/// A primary command buffer executes a secondary one.
pub(crate) fn execute(commands: u64, secondary: u64) {
    if is_on() {
        with(|state| {
            let text = state.recorded.get(&secondary).cloned().unwrap_or_default();
            state.recorded.entry(commands).or_default().push_str(&text);
        });
    }
}

pub(crate) fn submit(commands: u64) {
    if is_on() {
        with(|state| {
            let text = state.recorded.get(&commands).cloned().unwrap_or_default();
            state.submitted.push_str(&text);
        });
    }
}
