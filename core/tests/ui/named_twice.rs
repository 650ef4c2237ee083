use fencewright::prelude::*;

struct Time;

#[derive(System)]
#[reads(Time, Time)]
struct Integrate;

fn main() {}
