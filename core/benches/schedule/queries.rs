//! What a query costs over 32 archetypes of one entity each, and what a row costs of many, beside the same queries of hecs.

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

/// How many entities the rows are of; every tenth has no velocity.
const ROWS: usize = 100_000;

/// What is counted of the rows.
#[derive(Clone, Copy, Default)]
struct Counted {
    rows: u32,
    fast: u32,
}

/// Visits all rows in each of the ways that there are, here and with hecs.
macro_rules! rows {
    ($name:literal, $query:ty, $state:ty, |$into:ident, $row:pat_param| $body:block) => {{
        let ours = |walk: usize| {
            let system = SystemFn::new("rows", move |cx| {
                let mut total = <$state>::default();
                let $into = &mut total;
                let mut query = cx.query::<$query>();
                match walk {
                    0 => query.for_each(|$row| $body),
                    _ => {
                        for $row in &mut query {
                            $body
                        }
                    }
                }
                black_box(total);
                Ok(())
            });
            let system = system.writes(Key::of::<Position>("Position")).reads(Key::of::<Velocity>("Velocity"));
            let stage = Stage::new("all").system_fn(system);
            let mut schedule = Schedule::builder().stage(stage).threads(Threads::Inline).build().expect("a schedule");
            let mut world = World::new();
            spawn_rows!(world);
            move || schedule.run(&mut world).expect("no system fails")
        };
        let of_hecs = |walk: usize| {
            let mut world = hecs::World::new();
            spawn_rows!(world);
            move || {
                let mut total = <$state>::default();
                let $into = &mut total;
                match walk {
                    0 => world.query_mut::<$query>().into_iter().for_each(|$row| $body),
                    _ => {
                        for $row in world.query_mut::<$query>() {
                            $body
                        }
                    }
                }
                black_box(total);
            }
        };
        let mut cases = [Case::new(ours(0)), Case::new(ours(1)), Case::new(of_hecs(0)), Case::new(of_hecs(1))];
        measure(&mut cases, Turns { warm_up: 2, runs: 5, ..Turns::default() });
        let [each, walked, hecs, hecs_walked] = cases.map(|case| case.median_us() * 1e3 / ROWS as f64);
        println!("{:34} for_each {each:.2} ns a row, `for` {walked:.2}   hecs {hecs:.2}, {hecs_walked:.2}", $name);
    }};
}

macro_rules! spawn_rows {
    ($world:expr) => {
        for row in 0..ROWS {
            let position = Position((row % 7) as f32);
            if row % 10 == 0 {
                let _ = $world.spawn((position,));
            } else {
                let _ = $world.spawn((position, Velocity(0.5)));
            }
        }
    };
}

pub fn rows() {
    rows!("one written, one read", (&mut Position, &Velocity), (), |_into, (position, velocity)| {
        position.0 = position.0 * 0.5 + velocity.0;
    });
    rows!("one read, counted", &Position, Counted, |counted, position| {
        counted.rows += 1;
        counted.fast += u32::from(position.0 > 3.0);
    });
    rows!("one may be there, counted", (&Position, Option<&Velocity>), Counted, |counted, (position, velocity)| {
        counted.rows += 1;
        counted.fast += u32::from(position.0 > 3.0 && velocity.is_some());
    });
    // Too much for a compiler to have it twice.
    let planes = black_box([[1.0_f32, 2.0, 3.0, 4.0]; 6]);
    rows!("the same, of six planes", (&Position, Option<&Velocity>), Counted, |counted, (position, velocity)| {
        let at = [position.0, position.0 + 1.0, position.0 + 2.0, 1.0];
        let distance = |plane: &[f32; 4]| plane.iter().zip(at).map(|(plane, at)| plane * at).sum::<f32>();
        let nearest = planes.iter().map(distance).fold(f32::INFINITY, f32::min);
        counted.rows += 1;
        counted.fast += u32::from(nearest > 3.0 && velocity.is_some());
    });
}

/// Who walks the rows.
#[derive(Clone, Copy)]
enum Walk {
    ForEach,
    ParForEach,
}

/// A loop over rows whose closure captures what it needs, as that of the README does.
macro_rules! looped {
    ($rows:expr, $threads:expr, $walk:expr, |$position:ident, $velocity:ident, $step:ident| $body:expr) => {{
        let system = SystemFn::new("rows", move |cx| {
            let $step = black_box(0.01_f32);
            let mut query = cx.query::<(&mut Position, &Velocity)>();
            match $walk {
                Walk::ForEach => query.for_each(|($position, $velocity)| $body),
                Walk::ParForEach => query.par_for_each(|($position, $velocity)| $body),
            }
            Ok(())
        });
        let system = system.writes(Key::of::<Position>("Position")).reads(Key::of::<Velocity>("Velocity"));
        let stage = Stage::new("all").system_fn(system);
        let mut schedule = Schedule::builder().stage(stage).threads($threads).build().expect("a schedule");
        let mut world = World::new();
        world.entities_mut().spawn_batch((0..$rows).map(|row| (Position((row % 7) as f32), Velocity(0.5))));
        Case::new(move || schedule.run(&mut world).expect("no system fails"))
    }};
}

/// Rows that are shared out among threads, few that are dear and many that are cheap.
pub fn rows_in_shares(threads: &Threads) {
    macro_rules! shared {
        ($name:expr, $rows:expr, $body:expr) => {{
            let body = $body;
            let mut cases = [
                looped!($rows, Threads::Inline, Walk::ForEach, |position, velocity, step| body(
                    position, velocity, step
                )),
                looped!($rows, Threads::Inline, Walk::ParForEach, |position, velocity, step| body(
                    position, velocity, step
                )),
                looped!($rows, threads.clone(), Walk::ParForEach, |position, velocity, step| body(
                    position, velocity, step
                )),
            ];
            measure(&mut cases, Turns { warm_up: 2, runs: 5, ..Turns::default() });
            let [each, alone, shared] = cases.map(|case| case.median_us());
            let (alone, shared) = (alone / each, shared / each);
            println!(
                "{:34} for_each {each:.1} us; par_for_each on one thread {alone:.2} of it, on two {shared:.2}",
                $name
            );
        }};
    }
    shared!("100,000 rows, a step of each", 100_000, |position: &mut Position, velocity: &Velocity, step: f32| {
        position.0 += velocity.0 * step;
    });
    let turned = |times: usize| {
        move |position: &mut Position, velocity: &Velocity, step: f32| {
            let turn = |at: f32, _| (at * velocity.0 + step).sin();
            position.0 = (0..times).fold(position.0, turn);
        }
    };
    shared!("100,000 rows, a sine of each", 100_000, turned(1));
    shared!("2000 rows, 100 sines of each", 2000, turned(100));
    shared!("20 rows, 10,000 sines of each", 20, turned(10_000));
    shared!("20 rows, 10 sines of each", 20, turned(10));
}
