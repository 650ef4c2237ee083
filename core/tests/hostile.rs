//! What safe code can do to a run that nobody should: leaks, guards on other threads, worlds that move, panics in `Drop`.
//!
//! Most of it asserts little: it is for Miri to see.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use fencewright::prelude::*;
use fencewright::{Entity, Key, Or, Rows, Satisfies, SystemFn, With, Without};
use support::pool;

const MANY: u32 = if cfg!(miri) { 40 } else { 3_000 };

struct Health(u32);
struct Armour(u32);
struct Marked;
#[repr(align(64))]
struct Wide(u8);
struct Hits(AtomicU32);

fn system(name: &str, body: impl FnMut(&Cx<'_, SystemFn>) -> Outcome + Send + 'static) -> SystemFn {
    SystemFn::new(name, body)
        .writes(Key::of::<Health>("Health"))
        .writes(Key::of::<Armour>("Armour"))
        .writes(Key::of::<Wide>("Wide"))
        .writes(Key::of::<Marked>("Marked"))
        .reads(Key::of::<Hits>("Hits"))
}

fn alone(name: &str, body: impl FnMut(&Cx<'_, SystemFn>) -> Outcome + Send + 'static) -> SystemFn {
    system(name, body).writes(Key::of::<World>("World"))
}

fn world() -> World {
    let mut world = World::new();
    world.insert(Health(1));
    for index in 0..MANY {
        match index % 4 {
            0 => world.spawn((Health(index), Hits(AtomicU32::new(0)))),
            1 => world.spawn((Health(index), Armour(index), Marked)),
            2 => world.spawn((Armour(index), Wide(1), Hits(AtomicU32::new(0)))),
            _ => world.spawn((Marked, Wide(2))),
        };
    }
    world
}

fn run(systems: impl IntoIterator<Item = SystemFn>, runs: usize) -> World {
    let stage = systems.into_iter().fold(Stage::new("one"), Stage::system_fn);
    let mut schedule = Schedule::builder().threads(pool(2)).stage(stage).build().expect("one stage");
    let mut world = world();
    (0..runs).for_each(|_| schedule.run(&mut world).expect("no system fails"));
    world
}

#[test]
fn what_is_leaked_stays_held_until_the_next_run() {
    let leaks = alone("leaks", |cx| {
        let guard = Box::leak(Box::new(cx.write::<Health>()?));
        guard.0 += 1;
        assert!(cx.read::<Health>().is_err() && cx.try_query::<&Health>().is_err() && cx.world().is_err());
        let query = Box::leak(Box::new(cx.query::<(Entity, &mut Armour)>()));
        let mut items: Vec<_> = query.iter().collect();
        assert!(cx.try_query::<Option<&Armour>>().is_err());
        assert!(cx.try_query::<Or<&Wide, &mut Armour>>().is_err());
        for (_, armour) in &mut items {
            armour.0 += 1;
        }
        guard.0 += 1;
        let names = Box::leak(Box::new(cx.query::<Entity>()));
        let count = names.iter().count();
        assert!(cx.world().is_err(), "a query of names holds the entities where they are");
        assert_eq!(count, names.count());
        Ok(())
    });
    let takes_all = alone("takes all", |cx| {
        let world = Box::leak(Box::new(cx.world()?));
        world.spawn((Armour(0), Health(0)));
        assert!(cx.world().is_err() && cx.try_query::<Entity>().is_err() && cx.read::<Hits>().is_err());
        world.spawn((Armour(0), Health(0), Marked));
        Ok(())
    });
    let world = run([leaks, takes_all], 3);
    assert_eq!(world.get::<Health>().map(|health| health.0), Some(7));
}

#[test]
fn one_query_does_not_borrow_twice_what_it_writes() {
    run(
        [system("twice", |cx| {
            assert!(cx.try_query::<(&mut Health, &mut Health)>().is_err());
            assert!(cx.try_query::<(&mut Health, Option<&Health>)>().is_err());
            assert!(cx.try_query::<Or<&mut Health, &Health>>().is_err());
            assert!(cx.try_query::<With<(&mut Wide, Without<&mut Wide, &Armour>), &Wide>>().is_err());
            // What was refused is not held.
            cx.query::<(&mut Health, &mut Wide)>().for_each(|_| ());
            cx.query::<(&Health, Or<&Health, &Armour>, Satisfies<&mut Health>)>().for_each(|_| ());
            Ok(())
        })],
        2,
    );
}

#[test]
fn guards_and_rows_go_where_they_may() {
    run(
        [system("shares", |cx| {
            let health = cx.write::<Health>()?;
            let (mut armours, mut wides) = (cx.query::<(&mut Armour, Option<&Hits>)>(), cx.query::<&mut Wide>());
            let rows: Rows<'_, &mut Wide> = wides.iter();
            cx.threads().scope(|scope| {
                let health = &health;
                scope.spawn(move |_| rows.for_each(|wide| wide.0 = wide.0.wrapping_add(health.0 as u8)));
                armours.par_for_each(|(armour, hits)| {
                    armour.0 += health.0;
                    if let Some(hits) = hits {
                        hits.0.fetch_add(1, Ordering::Relaxed);
                    }
                });
            });
            // Items may be kept for as long as the query is.
            let kept = Mutex::new(Vec::new());
            armours.par_for_each(|(armour, _)| kept.lock().expect("no panic").push(armour));
            let kept = kept.into_inner().expect("no panic");
            assert_eq!(kept.len(), MANY as usize / 2);
            for armour in kept {
                armour.0 += 1;
            }
            let mut marked = cx.query::<(Entity, &mut Marked, Satisfies<&Wide>)>();
            cx.query::<Without<(Entity, &Hits), &Health>>().par_for_each(|(_, hits)| {
                hits.0.fetch_add(1, Ordering::Relaxed);
            });
            marked.par_for_each(|(_, marked, _)| *marked = Marked);
            Ok(())
        })],
        3,
    );
}

#[test]
fn what_is_remembered_of_columns_belongs_to_where_they_are() {
    let sum = Arc::new(Mutex::new(Vec::new()));
    let sums = Arc::clone(&sum);
    let adds = system("adds", move |cx| {
        cx.query::<&mut Armour>().par_for_each(|armour| armour.0 += 1);
        let names = cx.query::<(Entity, &Armour)>().iter().map(|(entity, _)| entity).collect::<Vec<_>>();
        let mut one = cx.query::<&Armour>();
        sums.lock()
            .expect("no panic")
            .push(names.iter().map(|name| one.get(*name).map_or(0, |one| one.0)).sum::<u32>());
        Ok(())
    });
    let grow = SystemFn::new("grow", |cx| {
        cx.commands().queue(|world| (0..MANY).for_each(|_| _ = world.spawn((Armour(0),))));
        Ok(())
    });
    let stages =
        [Stage::new("add").system_fn(adds), Stage::new("grow").system_fn(grow.writes(Key::of::<Commands>("Commands")))];
    let builder = stages.into_iter().fold(Schedule::builder(), fencewright::ScheduleBuilder::stage);
    let mut schedule = builder.threads(pool(2)).build().expect("two stages");
    let mut run = |world: &mut World| {
        schedule.run(world).expect("no system fails");
        std::mem::take(&mut *sum.lock().expect("no panic"))[0]
    };
    let (mut one, mut other) = (World::new(), World::new());
    assert_eq!([run(&mut one), run(&mut other)], [0, 0]);
    assert_eq!(run(&mut one), MANY);
    // The same number of entities in as many archetypes: only the world is another.
    assert_eq!(run(&mut other), MANY);
    std::mem::swap(&mut one, &mut other);
    let mut moved = Box::new(one);
    assert_eq!(run(&mut moved), 3 * MANY);
    // Entities move from one world to the other, under the same archetypes and counts.
    std::mem::swap(moved.entities_mut(), other.entities_mut());
    assert_eq!(run(&mut moved), 3 * MANY);
    moved.entities_mut().clear();
    assert_eq!([run(&mut moved), run(&mut moved)], [0, MANY]);
    // Reserved entities get their rows when the next one comes.
    let reserved = moved.entities().reserve_entity();
    assert!(moved.component_mut::<Armour>(reserved).is_none());
    assert_eq!(run(&mut moved), 3 * MANY);
    drop(moved);
    assert_eq!(run(&mut World::new()), 0);
}

#[test]
fn runs_nest_on_the_world_that_a_run_holds() {
    let inner = |name: &str| {
        let adds = system(name, |cx| {
            cx.query::<&mut Armour>().par_for_each(|armour| armour.0 += 1);
            Ok(())
        });
        let reads = system("reads", |cx| {
            assert!(cx.query::<&Armour>().count() > 0);
            Ok(())
        });
        let stage = Stage::new("inner").system_fn(adds).system_fn(reads);
        Schedule::builder().threads(pool(2)).stage(stage).build().expect("one stage")
    };
    let (mut in_system, mut in_command) = (inner("in a system"), Some(inner("in a command")));
    let outer = alone("outer", move |cx| {
        cx.query::<&mut Armour>().for_each(|armour| armour.0 += 1);
        let mut world = cx.world()?;
        in_system.run(&mut world)?;
        world.spawn((Armour(0), 1_u8));
        in_system.run(&mut world)?;
        drop(world);
        if let Some(mut schedule) = in_command.take() {
            cx.commands().queue(move |world| schedule.run(world).expect("no system fails"));
        }
        cx.query::<&mut Armour>().for_each(|armour| armour.0 += 1);
        Ok(())
    });
    let stage = Stage::new("one").system_fn(outer.writes(Key::of::<Commands>("Commands")));
    let mut schedule = Schedule::builder().threads(pool(2)).stage(stage).build().expect("one stage");
    let mut world = World::new();
    let entity = world.spawn((Armour(0),));
    (0..2).for_each(|_| schedule.run(&mut world).expect("no system fails"));
    assert_eq!(world.component_mut::<Armour>(entity).map(|armour| armour.0), Some(9));
}

/// Panics when it is dropped, unless a panic is under way.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

#[test]
fn a_panic_whose_payload_panics_is_one_of_its_system() {
    let throws = SystemFn::new("throws", |_| panic_any(Bomb));
    let command = SystemFn::new("command", |cx| {
        cx.commands().queue(|_| panic_any(Bomb));
        Ok(())
    });
    let stage = Stage::new("one").system_fn(throws).system_fn(command.writes(Key::of::<Commands>("Commands")));
    let mut schedule = Schedule::builder().threads(pool(2)).stage(stage).build().expect("one stage");
    for _ in 0..2 {
        let error = schedule.run(&mut World::new()).expect_err("both panic");
        let failed: Vec<_> = error.failures().iter().map(|failure| &*failure.system).collect();
        assert_eq!(failed, ["throws", "command"]);
    }
}

#[test]
fn a_system_that_panics_when_it_goes_leaves_the_schedule_whole() {
    let bomb = Bomb;
    let goes = SystemFn::new("goes", move |_| {
        let _ = &bomb;
        Ok(())
    });
    let stays = system("stays", |cx| {
        cx.write::<Health>()?.0 += 1;
        Ok(())
    });
    let mut schedule =
        Schedule::builder().stage(Stage::new("one").system_fn(goes).system_fn(stays)).build().expect("one");
    let mut world = world();
    schedule.run(&mut world).expect("no system fails");
    catch_unwind(AssertUnwindSafe(|| schedule.edit().remove("goes").apply())).expect_err("it panics");
    schedule.run(&mut world).expect("no system fails");
    assert_eq!(schedule.program().systems().len(), 1);
    assert_eq!(world.get::<Health>().map(|health| health.0), Some(3));
}

#[derive(System)]
#[reads(Hits)]
#[writes(Health)]
struct Window(Rc<std::cell::Cell<u32>>);

impl Run for Window {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        self.0.set(self.0.get() + 1);
        cx.query::<(&mut Health, Option<&Hits>)>().par_for_each(|(health, _)| health.0 += 1);
        Ok(())
    }
}

#[test]
fn what_is_not_send_stays_while_others_go() {
    let count = Rc::new(std::cell::Cell::new(0));
    let mut stage = Stage::new("one").main_thread_stage();
    for number in 0..4 {
        stage = stage.main_thread(Window(Rc::clone(&count)));
        stage = stage.system_fn(
            SystemFn::new(format!("free {number}"), |cx| {
                cx.query::<&Armour>().par_for_each(|_| ());
                Ok(())
            })
            .reads(Key::of::<Armour>("Armour")),
        );
    }
    let mut schedule = Schedule::builder().threads(pool(2)).local_stage(stage).build().expect("one stage");
    let mut world = world();
    for _ in 0..5 {
        schedule.run(&mut world).expect("no system fails");
        count.set(count.get() + 1);
    }
    schedule.edit().remove("Window#1").apply().expect("it is there");
    assert_eq!((count.get(), Rc::strong_count(&count)), (25, 4));
}
