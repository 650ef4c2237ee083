//! legion's schedule.

use legion::systems::ParallelRunnable;
use legion::{Resources, Schedule, SystemBuilder, World};

use crate::table::mixed_frame;
use crate::work::{Clock, spin};
use crate::{Load, R};

fn mixed<const ONE: usize, const TWO: usize, const WRITE: usize>(rounds: u32) -> impl ParallelRunnable + 'static {
    SystemBuilder::new("mixed")
        .read_resource::<R<ONE>>()
        .read_resource::<R<TWO>>()
        .write_resource::<R<WRITE>>()
        .build(move |_, _, _, ()| spin(rounds))
}

pub(crate) fn run(load: Load, clock: Clock) -> impl FnMut() {
    let mut resources = Resources::default();
    resources.insert(R::<0>);
    let mut builder = Schedule::builder();
    match load {
        Load::Free(count, us) => {
            let rounds = clock.rounds(us);
            for _ in 0..count {
                builder.add_system(SystemBuilder::new("free").build(move |_, _, (), ()| spin(rounds)));
            }
        }
        Load::SameWrite(count) => {
            for _ in 0..count {
                builder.add_system(SystemBuilder::new("same").write_resource::<R<0>>().build(|_, _, _, ()| ()));
            }
        }
        Load::Mixed => {
            macro_rules! add {
                ($one:literal, $two:literal, $write:literal, $us:literal) => {
                    resources.insert(R::<$one>);
                    resources.insert(R::<$two>);
                    resources.insert(R::<$write>);
                    builder.add_system(mixed::<$one, $two, $write>(clock.rounds($us)));
                };
            }
            mixed_frame!(add);
        }
    }
    let mut schedule = builder.build();
    let mut world = World::default();
    move || schedule.execute(&mut world, &mut resources)
}
