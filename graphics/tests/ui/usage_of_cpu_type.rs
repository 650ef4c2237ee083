use fencewright::prelude::*;

struct Position;

#[derive(System)]
#[writes(Position as ComputeStorage)]
struct Integrate;

fn main() {}
