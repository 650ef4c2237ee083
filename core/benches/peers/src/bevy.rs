//! bevy_ecs, on its single-threaded and its multi-threaded executor.

use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{MultiThreadedExecutor, SingleThreadedExecutor};
use bevy_tasks::{ComputeTaskPool, TaskPool, TaskPoolBuilder};

use crate::table::mixed_frame;
use crate::work::{Clock, spin};
use crate::{Load, R};

pub(crate) fn single(load: Load, clock: Clock) -> impl FnMut() {
    let mut schedule = schedule(load, clock);
    schedule.set_executor(SingleThreadedExecutor::new());
    run(schedule)
}

pub(crate) fn multi(load: Load, clock: Clock) -> impl FnMut() {
    // The caller's thread helps, as everywhere here.
    let _: &TaskPool = ComputeTaskPool::get_or_init(|| TaskPoolBuilder::new().num_threads(2).build());
    let mut schedule = schedule(load, clock);
    schedule.set_executor(MultiThreadedExecutor::new());
    run(schedule)
}

fn run(mut schedule: Schedule) -> impl FnMut() {
    let mut world = World::new();
    macro_rules! insert {
        ($one:literal, $two:literal, $write:literal, $us:literal) => {
            world.insert_resource(R::<$one>);
            world.insert_resource(R::<$two>);
            world.insert_resource(R::<$write>);
        };
    }
    mixed_frame!(insert);
    world.insert_resource(R::<0>);
    move || schedule.run(&mut world)
}

fn schedule(load: Load, clock: Clock) -> Schedule {
    let mut schedule = Schedule::default();
    match load {
        Load::Free(count, us) => {
            let rounds = clock.rounds(us);
            for _ in 0..count {
                schedule.add_systems(move || spin(rounds));
            }
        }
        Load::SameWrite(count) => {
            for _ in 0..count {
                schedule.add_systems(|_: ResMut<R<0>>| ());
            }
        }
        Load::Mixed => {
            macro_rules! add {
                ($one:literal, $two:literal, $write:literal, $us:literal) => {
                    let rounds = clock.rounds($us);
                    schedule.add_systems(move |_: Res<R<$one>>, _: Res<R<$two>>, _: ResMut<R<$write>>| spin(rounds));
                };
            }
            mixed_frame!(add);
        }
    }
    schedule
}
