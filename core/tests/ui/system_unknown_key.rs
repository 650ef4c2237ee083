use fencewright::prelude::*;

#[derive(System)]
#[system(krate = fencewright)]
struct Watch;

fn main() {}
