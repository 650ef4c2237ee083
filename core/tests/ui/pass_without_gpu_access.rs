use fencewright::prelude::*;

struct Position;

#[derive(System)]
#[writes(Position)]
#[pass(compute)]
struct Integrate;

fn main() {}
