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
    #[stage(after = "present")]
    simulate: (Simulate,),
    #[stage(after = "simulate")]
    render: (Draw,),
    #[stage(after = "render")]
    present: (),
}

fn main() {}
