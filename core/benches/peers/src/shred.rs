//! shred's parallel dispatcher.

use shred::{DispatcherBuilder, Read, System, World, Write};

use crate::table::mixed_frame;
use crate::work::{Clock, spin};
use crate::{Load, R};

struct Free(u32);

impl System<'_> for Free {
    type SystemData = ();

    fn run(&mut self, (): ()) {
        spin(self.0);
    }
}

struct Same;

impl<'a> System<'a> for Same {
    type SystemData = Write<'a, R<0>>;

    fn run(&mut self, _: Self::SystemData) {}
}

struct Mixed<const ONE: usize, const TWO: usize, const WRITE: usize>(u32);

impl<'a, const ONE: usize, const TWO: usize, const WRITE: usize> System<'a> for Mixed<ONE, TWO, WRITE> {
    type SystemData = (Read<'a, R<ONE>>, Read<'a, R<TWO>>, Write<'a, R<WRITE>>);

    fn run(&mut self, _: Self::SystemData) {
        spin(self.0);
    }
}

pub(crate) fn run(load: Load, clock: Clock) -> impl FnMut() {
    let mut builder = DispatcherBuilder::new();
    match load {
        Load::Free(count, us) => (0..count).for_each(|_| builder.add(Free(clock.rounds(us)), "", &[])),
        Load::SameWrite(count) => (0..count).for_each(|_| builder.add(Same, "", &[])),
        Load::Mixed => {
            macro_rules! add {
                ($one:literal, $two:literal, $write:literal, $us:literal) => {
                    builder.add(Mixed::<$one, $two, $write>(clock.rounds($us)), "", &[]);
                };
            }
            mixed_frame!(add);
        }
    }
    let mut dispatcher = builder.build();
    let mut world = World::empty();
    dispatcher.setup(&mut world);
    move || dispatcher.dispatch(&world)
}
