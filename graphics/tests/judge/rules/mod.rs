//! The rules, one at a time: each with what satisfies it and what does not.

mod host;
mod inside;
mod layouts;
mod nowhere;
mod ownership;
mod queues;
mod structures;

use crate::write::{barrier, call, pass, scope, submit};

const THREE: [(&str, u32); 3] = [("a", 0), ("b", 0), ("c", 0)];
const BUFFER: &str = "{\"buffer\": \"b\", \"bytes\": 64}";
const IMAGE: &str = "{\"image\": \"i\", \"aspects\": \"COLOR\", \"mips\": 4, \"layers\": 2}";

fn on(queues: &[(&str, u32)], resources: &str, events: &[String]) -> String {
    let queues = queues.iter().map(|(name, family)| format!("{{\"name\": \"{name}\", \"family\": {family}}}"));
    let queues = queues.collect::<Vec<_>>().join(", ");
    format!("{{\"queues\": [{queues}], \"resources\": [{resources}], \"events\": [{}]}}", events.join(",\n"))
}

fn one_queue(resources: &str, commands: &[String]) -> String {
    on(&[("graphics", 0)], resources, &[submit("graphics", commands)])
}

fn buffer(name: &str, text: &str) -> String {
    pass(name, &[format!("{{\"buffer\": \"b\", {}}}", scope(text))])
}

fn image(name: &str, text: &str, layout: &str, more: &str) -> String {
    pass(name, &[texels(text, layout, more)])
}

fn texels(text: &str, layout: &str, more: &str) -> String {
    format!("{{\"image\": \"i\", {}, \"layout\": \"{layout}\"{more}}}", scope(text))
}

fn transition(first: &str, second: &str, old: &str, new: &str) -> String {
    let rest = format!("\"image\": \"i\", \"old_layout\": \"{old}\", \"new_layout\": \"{new}\"");
    call(&[barrier(first, second, &rest)])
}

const WRITE: &str = "COMPUTE_SHADER / SHADER_STORAGE_WRITE";
const READ: &str = "FRAGMENT_SHADER / SHADER_STORAGE_READ";
const COPY_TO: &str = "COPY / TRANSFER_WRITE";
