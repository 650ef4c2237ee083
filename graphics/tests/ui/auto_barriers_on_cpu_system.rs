use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Position;

#[derive(System, AutoBarriers)]
#[writes(Position)]
struct Integrate;

fn main() {}
