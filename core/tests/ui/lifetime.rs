use fencewright::prelude::*;

struct Time;

#[derive(System)]
#[reads(Time)]
struct Watch<'a> {
    name: &'a str,
}

fn main() {}
