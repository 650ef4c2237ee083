use fencewright::prelude::*;

struct Time;
struct Position;

#[derive(System)]
#[reads(Time Position)]
struct Watch;

fn main() {}
