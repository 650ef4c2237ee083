//! Fencewright, a plain loop, and a rayon scope that spawns each system and knows no order.

use fencewright::{Key, Schedule, Stage, SystemFn, Threads, World};

use crate::work::{Clock, spin};
use crate::{Load, frame};

pub(crate) fn schedule(load: Load, clock: Clock) -> impl FnMut() {
    let mut stage = Stage::new("all");
    for (index, system) in frame(load).systems.into_iter().enumerate() {
        let rounds = clock.rounds(system.us);
        let body = SystemFn::new(format!("s{index}"), move |_| {
            spin(rounds);
            Ok(())
        });
        let body = system.reads.iter().fold(body, |body, &read| body.reads(key(read)));
        stage = stage.system_fn(system.writes.iter().fold(body, |body, &write| body.writes(key(write))));
    }
    let mut schedule = Schedule::builder().stage(stage).threads(Threads::Current).build().expect("a schedule");
    let mut world = World::new();
    move || schedule.run(&mut world).expect("no system fails")
}

fn key(resource: usize) -> Key {
    Key::named(Box::leak(format!("r{resource}").into_boxed_str()))
}

fn bodies(load: Load, clock: Clock) -> Vec<Box<dyn FnMut() + Send>> {
    let systems = frame(load).systems.into_iter();
    systems
        .map(|system| {
            let rounds = clock.rounds(system.us);
            Box::new(move || spin(rounds)) as Box<dyn FnMut() + Send>
        })
        .collect()
}

pub(crate) fn plain_loop(load: Load, clock: Clock) -> impl FnMut() {
    let mut bodies = bodies(load, clock);
    move || bodies.iter_mut().for_each(|body| body())
}

pub(crate) fn spawn_each(load: Load, clock: Clock) -> impl FnMut() {
    let mut bodies = bodies(load, clock);
    move || rayon::scope(|scope| bodies.iter_mut().for_each(|body| scope.spawn(move |_| body())))
}
