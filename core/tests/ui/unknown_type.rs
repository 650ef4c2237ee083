use fencewright::prelude::*;

#[derive(System)]
#[reads(Tim)]
struct Watch;

fn main() {}
