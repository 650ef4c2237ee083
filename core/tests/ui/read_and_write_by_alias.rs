use fencewright::prelude::*;

struct Velocity;
struct Position;
type Pos = Position;

#[derive(System)]
#[reads(Velocity, Pos)]
#[writes(Position)]
struct Integrate;

fn main() {}
