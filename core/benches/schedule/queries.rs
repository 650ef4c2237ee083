//! What a query costs over 32 archetypes of one entity each, beside the same query of hecs.

use std::hint::black_box;
use std::sync::Barrier;

use fencewright::{Key, Schedule, Stage, SystemFn, Threads, World};

use crate::measure::{Case, Turns, measure};

/// Queries in a run, so that the run itself does not count.
const QUERIES: usize = 2_000;

#[derive(Clone, Copy)]
struct Position(f32);
#[derive(Clone, Copy)]
struct Velocity(f32);
/// Makes an archetype of its own.
struct Tag<const N: usize>;

macro_rules! spawn_tags {
    ($world:expr, $($n:literal)*) => { $( let _ = $world.spawn((Position(1.0), Velocity(0.5), Tag::<$n>)); )* };
}

macro_rules! spawn_all {
    ($world:expr) => {
        spawn_tags!($world, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        spawn_tags!($world, 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
    };
}

/// A system that reads in many queries.
fn reader(name: &str) -> SystemFn {
    let system = SystemFn::new(name, |cx| {
        for _ in 0..QUERIES {
            let mut sum = 0.0;
            cx.query::<(&Position, &Velocity)>().for_each(|(p, v)| sum += p.0 + v.0);
            black_box(sum);
        }
        Ok(())
    });
    system.reads(Key::of::<Position>("Position")).reads(Key::of::<Velocity>("Velocity"))
}

fn schedule(names: &[&str], threads: Threads) -> impl FnMut() {
    let stage = names.iter().fold(Stage::new("all"), |stage, name| stage.system_fn(reader(name)));
    let mut schedule = Schedule::builder().stage(stage).threads(threads).build().expect("a schedule");
    let mut world = World::new();
    spawn_all!(world);
    move || schedule.run(&mut world).expect("no system fails")
}

fn of_hecs(world: &hecs::World) {
    for _ in 0..QUERIES {
        let mut sum = 0.0;
        world.query::<(&Position, &Velocity)>().iter().for_each(|(p, v)| sum += p.0 + v.0);
        black_box(sum);
    }
}

pub fn queries(threads: &Threads) {
    let mut world = hecs::World::new();
    spawn_all!(world);
    let (world, pool) = (&world, rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads"));
    let start = Barrier::new(2);
    let mut cases = [
        Case::new(schedule(&["one"], Threads::Inline)),
        Case::new(|| of_hecs(world)),
        Case::new(schedule(&["one", "two"], threads.clone())),
        Case::new(|| {
            pool.broadcast(|_| {
                start.wait();
                of_hecs(world);
            });
        }),
    ];
    measure(&mut cases, Turns { warm_up: 5, ..Turns::default() });
    let [ours, hecs, ours_two, hecs_two] = cases.map(|case| case.median_us() * 1e3 / QUERIES as f64);
    println!("32 archetypes, alone                {ours:>7.0} ns a query   hecs {hecs:.0} ns");
    println!("32 archetypes, two threads reading  {ours_two:>7.0} ns a query   hecs {hecs_two:.0} ns");
}
