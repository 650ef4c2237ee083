use fencewright::prelude::*;

struct Position;

#[derive(System)]
#[reads(Position)]
#[writes(Position)]
struct Integrate;

fn main() {}
