use fencewright::prelude::*;

#[derive(System)]
#[reads("Time")]
struct Watch;

fn main() {}
