use fencewright::prelude::*;

struct Time;

#[derive(System)]
#[reads(Time)]
struct Simulate;

#[derive(System)]
#[reads(Time)]
struct Draw;

#[derive(Schedule)]
struct Frame {
    simulate: (Simulate),
    #[stage(after = "simulate")]
    render: (Draw,),
}

fn main() {}
