//! Systems that stay on the thread that runs the schedule: those of window systems, and those whose data is not `Send`.
//!
//! `cargo run --release --example main_thread`

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;

use fencewright::prelude::*;
use fencewright_examples::println;

/// As window systems are: it must not leave its thread, and an `Rc` sees to that.
type Window = Rc<RefCell<Vec<&'static str>>>;

#[derive(Default)]
struct Input(Vec<&'static str>);
#[derive(Default)]
struct Moves(usize);

#[derive(System)]
#[writes(Input)]
struct PumpEvents {
    window: Window,
    home: thread::ThreadId,
}

impl Run for PumpEvents {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        assert_eq!(thread::current().id(), self.home);
        cx.write::<Input>()?.0 = self.window.borrow_mut().drain(..).collect();
        Ok(())
    }
}

/// Runs on any thread.
#[derive(System)]
#[reads(Input)]
#[writes(Moves)]
struct Walk;

impl Run for Walk {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.write::<Moves>()?.0 += cx.read::<Input>()?.0.iter().filter(|key| **key == "w").count();
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let window = Window::default();
    let pump = PumpEvents { window: Rc::clone(&window), home: thread::current().id() };
    // A `LocalSchedule`: it does not leave this thread either. The systems that can go elsewhere still do.
    let mut schedule = Schedule::builder()
        .local_stage(Stage::new("input").main_thread(pump))
        .stage(Stage::new("simulate").after("input").system(Walk))
        .build()?;
    let mut world = World::new();
    world.insert(Input::default());
    world.insert(Moves::default());
    for keys in [vec!["w", "a"], vec![], vec!["w", "w"]] {
        window.borrow_mut().extend(keys);
        schedule.run(&mut world)?;
    }
    let moves = world.get::<Moves>().map(|moves| moves.0);
    println!("{} steps forward", moves.unwrap_or_default());
    assert_eq!(moves, Some(3));
    Ok(())
}
