//! Change detection: by type, and the same on any number of threads.

mod support;

use std::sync::{Arc, Mutex};

use fencewright::prelude::*;
use fencewright::{Failure, Key, SystemFn};
use support::pool;

struct Mesh(u32);
struct Paused(bool);

type Seen = Arc<Mutex<Vec<bool>>>;

fn notes(seen: &Seen) -> SystemFn {
    let seen = Arc::clone(seen);
    let look = move |cx: &Cx<'_, SystemFn>| {
        seen.lock().expect("no panic").push(cx.changed::<Mesh>());
        assert_eq!(cx.changed::<Mesh>(), cx.changed::<Mesh>());
        Ok(())
    };
    SystemFn::new("look", look).reads(Key::of::<Mesh>("Mesh"))
}

fn take(seen: &Seen) -> Vec<bool> {
    std::mem::take(&mut *seen.lock().expect("no panic"))
}

#[test]
fn a_change_is_seen_once() {
    for threads in [1, 2, 4] {
        let seen = Seen::default();
        let mut turn = 0;
        let late = SystemFn::new("late", move |cx| {
            turn += 1;
            if turn == 2 {
                cx.write::<Mesh>()?.0 += 1;
            }
            Ok(())
        });
        let stage = Stage::new("one").system_fn(notes(&seen)).system_fn(late.writes(Key::of::<Mesh>("Mesh")));
        let mut schedule = Schedule::builder().threads(pool(threads)).stage(stage).build().expect("one stage");
        let mut world = World::new();
        world.insert(Mesh(0));
        for _ in 0..4 {
            schedule.run(&mut world).expect("no system fails");
        }
        // All is new at first; the write of the second run comes after the look, and is seen in the third.
        assert_eq!(take(&seen), [true, false, true, false]);
        world.get_mut::<Mesh>().expect("inserted").0 = 7;
        schedule.run(&mut world).expect("no system fails");
        world.insert(1_u8);
        schedule.run(&mut world).expect("no system fails");
        assert_eq!(take(&seen), [true, false], "changes from outside count, those of other types do not");
        let mut other = World::new();
        other.insert(Mesh(0));
        schedule.run(&mut other).expect("no system fails");
        assert_eq!(take(&seen), [true], "another world is all new");
    }
}

#[test]
fn components_change_by_queries_and_by_entities_that_come_or_go() {
    let seen = Seen::default();
    let touch = Arc::new(Mutex::new(false));
    let touched = Arc::clone(&touch);
    let writer = SystemFn::new("writer", move |cx| {
        if *touched.lock().expect("no panic") {
            cx.query::<&mut Mesh>().for_each(|mesh| mesh.0 += 1);
        }
        Ok(())
    });
    let stage = Stage::new("one").system_fn(writer.writes(Key::of::<Mesh>("Mesh"))).system_fn(notes(&seen));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    let mut world = World::new();
    let entity = world.spawn((Mesh(0),));
    let mut run = |world: &mut World| {
        schedule.run(world).expect("no system fails");
        take(&seen)
    };
    assert_eq!([run(&mut world), run(&mut world)], [[true], [false]]);
    world.spawn((Mesh(1),));
    assert_eq!([run(&mut world), run(&mut world)], [[true], [false]]);
    world.component_mut::<Mesh>(entity).expect("it has one").0 = 9;
    assert_eq!([run(&mut world), run(&mut world)], [[true], [false]]);
    *touch.lock().expect("no panic") = true;
    assert_eq!([run(&mut world), run(&mut world)], [[true], [true]]);
    *touch.lock().expect("no panic") = false;
    assert_eq!(run(&mut world), [false]);
    world.despawn(entity).expect("it is there");
    assert_eq!([run(&mut world), run(&mut world)], [[true], [false]]);
}

#[derive(System)]
#[reads(Mesh)]
struct MeshChanged;

impl Condition for MeshChanged {
    fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {
        Ok(cx.changed::<Mesh>())
    }
}

#[derive(System)]
#[reads(Paused)]
struct Playing;

impl Condition for Playing {
    fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {
        Ok(!cx.read::<Paused>()?.0)
    }
}

#[derive(System)]
#[reads(Mesh)]
struct Upload {
    done: Arc<Mutex<u32>>,
    fails: bool,
}

impl Run for Upload {
    fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
        if std::mem::take(&mut self.fails) {
            Err("device lost")?;
        }
        *self.done.lock().expect("no panic") += 1;
        Ok(())
    }
}

#[test]
fn a_change_waits_for_a_system_that_was_kept_from_running() {
    let done = Arc::new(Mutex::new(0));
    let upload = Upload { done: Arc::clone(&done), fails: true };
    let stage = Stage::new("one").system(When(Playing, When(MeshChanged, upload)));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    let mut world = World::new();
    world.insert(Mesh(0));
    world.insert(Paused(false));
    schedule.run(&mut world).expect_err("it fails the first time");
    let mut run = |world: &mut World| {
        schedule.run(world).expect("no system fails");
        std::mem::take(&mut *done.lock().expect("no panic"))
    };
    assert_eq!([run(&mut world), run(&mut world)], [1, 0], "what failed has not seen the change");
    world.insert(Paused(true));
    world.insert(Mesh(1));
    assert_eq!(run(&mut world), 0);
    world.insert(Paused(false));
    assert_eq!([run(&mut world), run(&mut world)], [1, 0], "what was paused has not seen the change");
}

#[derive(System)]
#[reads(Mesh)]
struct Look(Seen);

impl Run for Look {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        self.0.lock().expect("no panic").push(cx.changed::<Mesh>());
        Ok(())
    }
}

#[test]
fn what_was_kept_from_its_first_run_sees_its_second_as_any_other() {
    let seen = Seen::default();
    let stage = Stage::new("one").system(When(Playing, Look(Arc::clone(&seen))));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    let mut world = World::new();
    world.insert(Mesh(0));
    for paused in [true, false, false, false] {
        world.insert(Paused(paused));
        schedule.run(&mut world).expect("no system fails");
    }
    assert_eq!(take(&seen), [true, false, false]);
}

/// A schedule whose second run goes on in the other world, which stays where the first was; and the place of that.
fn swapping(seen: &Seen) -> (Schedule, Arc<Mutex<World>>) {
    let mut other = World::new();
    other.insert(Mesh(9));
    let other = Arc::new(Mutex::new(other));
    let (place, mut turn) = (Arc::clone(&other), 0);
    let swap = SystemFn::new("swap", move |cx| {
        turn += 1;
        if turn == 2 {
            std::mem::swap(&mut *cx.world()?, &mut *place.lock().expect("no panic"));
        }
        Ok(())
    });
    let stage = Stage::new("one").system_fn(swap.writes(Key::of::<World>("World"))).system(Look(Arc::clone(seen)));
    (Schedule::builder().threads(pool(2)).stage(stage).build().expect("one stage"), other)
}

#[test]
fn a_world_that_comes_in_the_middle_of_a_run_is_all_new() {
    let seen = Seen::default();
    let (mut schedule, _) = swapping(&seen);
    let mut world = World::new();
    world.insert(Mesh(0));
    (0..4).for_each(|_| schedule.run(&mut world).expect("no system fails"));
    assert_eq!(take(&seen), [true, true, false, false]);
}

#[test]
fn a_run_in_another_world_has_seen_no_change_of_this_one() {
    let seen = Seen::default();
    let (mut schedule, other) = swapping(&seen);
    let mut world = World::new();
    world.insert(Mesh(0));
    schedule.run(&mut world).expect("no system fails");
    world.insert(Mesh(1));
    schedule.run(&mut world).expect("no system fails");
    std::mem::swap(&mut world, &mut *other.lock().expect("no panic"));
    schedule.run(&mut world).expect("no system fails");
    assert_eq!(take(&seen), [true, true, true], "nobody has seen the second mesh");
}

#[test]
fn entities_that_are_exchanged_as_a_whole_come_and_go() {
    let seen = Seen::default();
    let stage = Stage::new("one").system(Look(Arc::clone(&seen)));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    let mut world = World::new();
    let mut run = |world: &mut World| {
        schedule.run(world).expect("no system fails");
        take(&seen)
    };
    world.spawn((Mesh(0),));
    assert_eq!([run(&mut world), run(&mut world)], [[true], [false]]);
    *world.entities_mut() = hecs::World::new();
    assert_eq!([run(&mut world), run(&mut world)], [[true], [false]], "no mesh is left");
}
