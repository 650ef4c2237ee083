//! Queries: what they find, and what a system cannot ask for at once.

mod support;

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fencewright::{AccessError, Cx, Entity, Or, Outcome, Satisfies, Schedule, Stage, Threads, With, Without, World};
use support::pool;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Position(i64);
struct Velocity(i64);
struct Name(&'static str);
struct Frozen;
#[derive(Debug)]
struct Sum(i64);

does!(Asks, reads(Velocity, Name), writes(Position, Sum));

/// Asks twice, as the second time everything is remembered.
fn ask(world: &mut World, threads: Threads, question: impl FnMut(&Cx<'_, Asks>) -> Outcome + Send + 'static) {
    let stage = Stage::new("ask").system(Asks::new(question));
    let mut schedule = Schedule::builder().stage(stage).threads(threads).build().expect("one stage");
    schedule.run(world).expect("the question is answered");
    schedule.run(world).expect("and again");
}

fn world() -> (World, [Entity; 4]) {
    let mut world = World::new();
    world.insert(Sum(0));
    let stone = world.spawn((Position(1), Name("stone")));
    let bird = world.spawn((Position(2), Velocity(20), Name("bird")));
    let statue = world.spawn((Position(3), Velocity(30), Frozen));
    let wind = world.spawn((Velocity(40),));
    (world, [stone, bird, statue, wind])
}

#[test]
fn a_query_finds_what_has_all_that_it_asks_for() {
    let (mut world, [_, bird, statue, wind]) = world();
    ask(&mut world, Threads::Inline, move |cx| {
        let found = |entities: Vec<Entity>| entities.into_iter().collect::<BTreeSet<_>>();
        let entities = cx.query::<(Entity, &Position, &Velocity)>().iter().map(|(entity, ..)| entity).collect();
        assert_eq!(found(entities), found(vec![bird, statue]));
        let entities = cx.query::<With<Entity, &Frozen>>().iter().collect();
        assert_eq!(found(entities), found(vec![statue]));
        let entities = cx.query::<Without<(Entity, &Velocity), &Frozen>>().iter().map(|(entity, _)| entity).collect();
        assert_eq!(found(entities), found(vec![bird, wind]));
        let names: BTreeSet<_> =
            cx.query::<(&Position, Option<&Name>)>().iter().map(|(p, name)| (p.0, name.map(|n| n.0))).collect();
        assert_eq!(names, BTreeSet::from([(1, Some("stone")), (2, Some("bird")), (3, None)]));
        let either = cx.query::<Or<&Name, &Velocity>>().iter().fold([0; 3], |mut count, found| {
            count[match found {
                Or::Left(_) => 0,
                Or::Right(_) => 1,
                Or::Both(..) => 2,
            }] += 1;
            count
        });
        assert_eq!(either, [1, 2, 1]);
        let moving = cx.query::<(&Position, Satisfies<&Velocity>)>().iter().filter(|(_, moving)| *moving).count();
        assert_eq!(moving, 2);
        assert_eq!(cx.query::<&Velocity>().count(), 3);
        assert_eq!(cx.query::<&Velocity>().iter().len(), 3);
        assert!(!cx.query::<&Velocity>().is_empty());
        Ok(())
    });
}

/// However far rows were walked one by one, the rest comes once and in order, also over the ends of archetypes.
#[test]
fn what_is_left_of_rows_is_what_was_not_walked() {
    let (mut world, _) = world();
    for number in 4..8 {
        world.spawn((Position(number), Velocity(0), Name("flock")));
    }
    ask(&mut world, Threads::Inline, |cx| {
        let mut query = cx.query::<&Position>();
        let all: Vec<i64> = query.iter().map(|position| position.0).collect();
        assert_eq!(all.len(), 7, "{all:?}");
        for walked in 0..=all.len() + 1 {
            let mut rows = query.iter();
            let mut seen: Vec<i64> = rows.by_ref().take(walked).map(|position| position.0).collect();
            assert_eq!(rows.len(), all.len().saturating_sub(walked));
            seen = rows.fold(seen, |mut seen, position| {
                seen.push(position.0);
                seen
            });
            assert_eq!(seen, all, "{walked} walked");
        }
        Ok(())
    });
}

#[test]
fn one_entity_is_found_by_name() {
    let (mut world, [stone, bird, statue, wind]) = world();
    let gone = world.spawn((Position(9),));
    world.despawn(gone).expect("it was just spawned");
    ask(&mut world, Threads::Inline, move |cx| {
        let mut query = cx.query::<(&mut Position, Option<&Velocity>)>();
        if let Some((position, velocity)) = query.get(bird) {
            position.0 += velocity.map_or(0, |velocity| velocity.0);
        }
        assert!(query.get(stone).is_some_and(|(_, velocity)| velocity.is_none()));
        assert!(query.get(wind).is_none());
        assert!(query.get(gone).is_none());
        drop(query);
        assert_eq!(cx.query::<With<Entity, &Frozen>>().get(statue), Some(statue));
        assert_eq!(cx.query::<With<Entity, &Frozen>>().get(bird), None);
        assert_eq!(cx.query::<Without<Entity, &Frozen>>().get(statue), None);
        assert_eq!(cx.query::<Satisfies<&Name>>().get(statue), Some(false));
        assert!(matches!(cx.query::<Or<&Name, &Velocity>>().get(bird), Some(Or::Both(..))));
        Ok(())
    });
    assert_eq!(world.component_mut::<Position>(bird), Some(&mut Position(42)));
}

#[test]
fn a_system_cannot_ask_for_what_it_holds() {
    let (mut world, _) = world();
    ask(&mut world, Threads::Inline, |cx| {
        let held = |error: AccessError| matches!(error, AccessError::Held { .. });
        let writer = cx.query::<&mut Position>();
        let error = cx.try_query::<(&Velocity, &Position)>().expect_err("positions are being written");
        assert_eq!(
            error.to_string(),
            "system `Asks` asks to read `query::Position` while it holds it; drop the earlier guard or query first"
        );
        drop(writer);
        let readers = (cx.query::<&Position>(), cx.query::<(&Position, &Velocity)>());
        assert!(held(cx.try_query::<&mut Position>().expect_err("positions are being read")));
        drop(readers);
        assert!(held(cx.try_query::<(&mut Position, &Position)>().expect_err("one query, two borrows")));
        assert!(held(cx.try_query::<(&mut Position, Option<&mut Position>)>().expect_err("one query, two borrows")));
        cx.query::<&mut Position>().for_each(|position| position.0 += 1);

        let reader = cx.read::<Sum>()?;
        assert!(held(cx.write::<Sum>().expect_err("the sum is being read")));
        assert_eq!(reader.0, cx.read::<Sum>()?.0);
        drop(reader);
        let writer = cx.write::<Sum>()?;
        assert!(held(cx.read::<Sum>().expect_err("the sum is being written")));
        drop(writer);
        Ok(())
    });
}

#[test]
fn what_a_system_leaks_is_free_in_the_next_run() {
    let (mut world, _) = world();
    ask(&mut world, Threads::Inline, |cx| {
        std::mem::forget(cx.query::<&mut Position>());
        std::mem::forget(cx.write::<Sum>()?);
        Ok(())
    });
    let mut spawned = false;
    let (mut world, _) = self::world();
    let stage = Stage::new("leak").system(Asks::new(|cx| {
        std::mem::forget(cx.query::<&mut Position>());
        Ok(())
    }));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    for _ in 0..3 {
        schedule.run(&mut world).expect("what is leaked is forgotten");
        if !std::mem::replace(&mut spawned, true) {
            // A new archetype makes what is remembered stale, while the leaked query still holds it.
            world.spawn((Position(1), Sum(1)));
        }
    }
}

#[test]
fn an_archetype_that_appears_between_runs_is_found() {
    let (mut world, _) = world();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let stage = Stage::new("count").system(Asks::new(move |cx| {
        note.lock().expect("no panic").push(cx.query::<&Position>().count());
        Ok(())
    }));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    schedule.run(&mut world).expect("it counts");
    world.spawn((Position(4), 1_u8));
    schedule.run(&mut world).expect("it counts");
    // The other world has as many archetypes, but others.
    let mut other = World::new();
    other.spawn((1_u16, 1_u32));
    schedule.run(&mut other).expect("it counts");
    *world.entities_mut() = std::mem::take(other.entities_mut());
    schedule.run(&mut world).expect("it counts");
    assert_eq!(*seen.lock().expect("no panic"), [3, 4, 0, 0]);
}

/// The columns of an archetype move when it grows; what a query remembers of them must move along.
#[test]
fn columns_that_move_between_queries_are_found() {
    does!(Grows, reads(), writes(World));
    does!(Sums, reads(Position, Velocity), writes(Sum));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sums = |note: &Arc<Mutex<Vec<(i64, usize)>>>| {
        let note = Arc::clone(note);
        Sums::new(move |cx| {
            let (mut sum, mut count) = (0, 0);
            cx.query::<(Entity, &Position, Option<&Velocity>)>().for_each(|(_, position, _)| {
                sum += position.0;
                count += 1;
            });
            note.lock().expect("no panic").push((sum, count));
            Ok(())
        })
    };
    // One system asks the world before and after it has grown it; another asks in between runs.
    let grows = Grows::new(|cx| {
        let mut world = cx.world()?;
        for number in 0..70 {
            world.spawn((Position(number), Velocity(0)));
        }
        let gone = world.entities().query::<(Entity, &Position)>().iter().map(|(entity, _)| entity).next();
        world.despawn(gone.ok_or("there are some")?)?;
        Ok(())
    });
    let stage = Stage::new("main").system(sums(&seen)).system(grows).system(sums(&seen));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    let mut world = World::new();
    for run in 0..3 {
        let twin = |world: &World| {
            let mut query = world.entities().query::<&Position>();
            (query.iter().map(|position| position.0).sum::<i64>(), query.iter().count())
        };
        let before = twin(&world);
        schedule.run(&mut world).expect("no system fails");
        let expected = [before, twin(&world)];
        assert_eq!(std::mem::take(&mut *seen.lock().expect("no panic")), expected, "run {run}");
        // Removing a component moves an entity, and the last of its archetype into its place.
        let first = world.entities().iter().next().map(|entity| entity.entity()).expect("there are some");
        world.detach::<(Velocity,)>(first).expect("it has one");
        let mut other = World::new();
        other.spawn((Position(1000), Velocity(0)));
        if run == 1 {
            std::mem::swap(&mut world, &mut other);
        }
    }
}

#[test]
fn a_parallel_loop_takes_each_entity_once() {
    let per_archetype = if cfg!(miri) { 40 } else { 5000 };
    for threads in if cfg!(miri) { [1, 2, 3] } else { [1, 2, 4] } {
        let mut world = World::new();
        world.insert(Sum(7));
        world.entities_mut().spawn_batch((0..per_archetype).map(|index| (Position(index), Velocity(1))));
        world.entities_mut().spawn_batch((0..per_archetype).map(|index| (Position(index), Velocity(2), Frozen)));
        world.entities_mut().spawn_batch((0..3).map(|index| (Position(index), Velocity(3), Name("few"))));
        let seen = Arc::new(Mutex::new(HashSet::new()));
        let by = Arc::clone(&seen);
        let stage = Stage::new("loop").system(Asks::new(move |cx| {
            let sum = cx.read::<Sum>()?;
            let row = AtomicI64::new(0);
            cx.query::<(&mut Position, &Velocity)>().par_for_each(|(position, velocity)| {
                let count = || by.lock().expect("no panic").len();
                by.lock().expect("no panic").insert(thread::current().id());
                // In the middle there is time for somebody else to come: helpers are offered, never promised.
                let started = Instant::now();
                let is_in_the_middle = row.fetch_add(1, Ordering::Relaxed) == per_archetype / 2;
                while is_in_the_middle && threads > 1 && count() < 2 && started.elapsed() < Duration::from_millis(20) {
                    thread::yield_now();
                }
                position.0 += velocity.0 * sum.0;
            });
            Ok(())
        }));
        let mut schedule = Schedule::builder().stage(stage).threads(pool(threads)).build().expect("one stage");
        let mut runs = 0;
        while runs < 2 || (runs < 1000 && seen.lock().expect("no panic").len() < threads.min(2)) {
            schedule.run(&mut world).expect("no system fails");
            runs += 1;
        }
        let seen = seen.lock().expect("no panic").len();
        // Beside the caller, in each run others of the pool may come.
        assert!((threads.min(2)..=threads + 1).contains(&seen), "{seen} of {threads} threads came in {runs} runs");
        let total: i64 = world.entities_mut().query_mut::<&Position>().into_iter().map(|position| position.0).sum();
        let started = 2 * (0..per_archetype).sum::<i64>() + 3;
        assert_eq!(total, started + runs * 7 * (per_archetype + 2 * per_archetype + 3 * 3));
    }
}

#[test]
fn a_panic_in_a_parallel_loop_is_the_systems() {
    const ENTITIES: i64 = if cfg!(miri) { 80 } else { 3000 };
    let mut world = World::new();
    world.entities_mut().spawn_batch((0..ENTITIES).map(|index| (Position(index),)));
    let stage = Stage::new("loop").system(Asks::new(|cx| {
        cx.query::<&mut Position>().par_for_each(|position| assert_ne!(position.0, ENTITIES - 50, "unlucky"));
        Ok(())
    }));
    let mut schedule = Schedule::builder().stage(stage).threads(pool(2)).build().expect("one stage");
    for _ in 0..2 {
        let error = schedule.run(&mut world).expect_err("one entity is unlucky");
        assert!(error.to_string().contains("system `Asks` panicked: "), "{error}");
    }
}
