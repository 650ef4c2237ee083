use fencewright::prelude::*;

#[derive(Schedule)]
struct Frame;

fn main() {}
