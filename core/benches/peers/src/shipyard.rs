//! shipyard's workloads.

use shipyard::{Unique, UniqueView, UniqueViewMut, Workload, World};

use crate::table::mixed_frame;
use crate::work::{Clock, spin};
use crate::{Load, R};

impl<const N: usize> Unique for R<N> {}

pub(crate) fn run(load: Load, clock: Clock) -> impl FnMut() {
    let world = World::new();
    world.add_unique(R::<0>);
    let mut workload = Workload::new("all");
    match load {
        Load::Free(count, us) => {
            let rounds = clock.rounds(us);
            for _ in 0..count {
                workload = workload.with_system(move || spin(rounds));
            }
        }
        Load::SameWrite(count) => {
            for _ in 0..count {
                workload = workload.with_system(|_: UniqueViewMut<'_, R<0>>| ());
            }
        }
        Load::Mixed => {
            macro_rules! add {
                ($one:literal, $two:literal, $write:literal, $us:literal) => {
                    world.add_unique(R::<$one>);
                    world.add_unique(R::<$two>);
                    world.add_unique(R::<$write>);
                    let rounds = clock.rounds($us);
                    let system = move |_: UniqueView<'_, R<$one>>,
                                       _: UniqueView<'_, R<$two>>,
                                       _: UniqueViewMut<'_, R<$write>>| { spin(rounds) };
                    workload = workload.with_system(system);
                };
            }
            mixed_frame!(add);
        }
    }
    workload.add_to_world(&world).expect("a workload");
    move || world.run_workload("all").expect("no system fails")
}
