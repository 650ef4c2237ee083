use fencewright::prelude::*;

struct Time;
struct Position;

#[derive(System)]
#[reads(Time)]
#[reads(Position)]
struct Watch;

fn main() {}
