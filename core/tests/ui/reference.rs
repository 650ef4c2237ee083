use fencewright::prelude::*;

struct Position;

#[derive(System)]
#[reads(&Position)]
struct Draw;

fn main() {}
