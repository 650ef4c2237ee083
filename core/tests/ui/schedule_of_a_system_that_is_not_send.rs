use std::rc::Rc;

use fencewright::prelude::*;

#[derive(System)]
struct Count(Rc<u32>);

impl Run for Count {
    fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
        Ok(())
    }
}

#[derive(Schedule)]
struct Frame {
    count: (Count,),
}

fn main() {
    let _ = Frame { count: (Count(Rc::new(1)),) }.schedule();
}
