use fencewright::prelude::*;

struct Position;

#[derive(Schedule)]
struct Frame {
    simulate: (Position,),
}

fn main() {}
