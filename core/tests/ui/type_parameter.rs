use fencewright::prelude::*;

#[derive(System)]
#[reads(T)]
struct Watch<T>(T);

fn main() {}
