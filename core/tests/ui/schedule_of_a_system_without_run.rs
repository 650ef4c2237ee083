use fencewright::prelude::*;

struct Time;

#[derive(System)]
#[reads(Time)]
struct Simulate;

#[derive(System)]
#[reads(Time)]
struct Draw;

impl Run for Simulate {
    fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
        Ok(())
    }
}

#[derive(Schedule)]
struct Frame {
    simulate: (Simulate,),
    render: (Draw,),
}

fn main() {
    let frame = Frame { simulate: (Simulate,), render: (Draw,) };
    let _ = frame.schedule();
}
