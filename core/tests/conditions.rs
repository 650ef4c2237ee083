//! Run conditions: of one system, of a stage, and of entities that are not there.

mod support;

use fencewright::prelude::*;
use fencewright::{Exists, Failure, Key, Not, SystemFn};
use support::pool;

struct Paused(bool);
struct Log(Vec<&'static str>);

#[derive(System)]
#[reads(Paused)]
struct IsPaused {
    asked: u32,
}

impl Condition for IsPaused {
    fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {
        self.asked += 1;
        Ok(cx.read::<Paused>()?.0)
    }
}

#[derive(System)]
#[writes(Log)]
struct Note(&'static str);

impl Run for Note {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.write::<Log>()?.0.push(self.0);
        Ok(())
    }
}

fn world() -> World {
    let mut world = World::new();
    world.insert(Log(Vec::new()));
    world
}

fn log(world: &mut World) -> Vec<&'static str> {
    std::mem::take(&mut world.get_mut::<Log>().expect("inserted").0)
}

const PAUSED: IsPaused = IsPaused { asked: 0 };

#[test]
fn a_system_runs_only_when_its_condition_holds() {
    for threads in [1, 2] {
        let stage = Stage::new("one")
            .system(When(PAUSED, Note("menu")))
            .system(When(Not(PAUSED), Note("game")))
            .system(When(PAUSED, When(Not(PAUSED), Note("never"))))
            .system(Note("always"));
        let mut schedule = Schedule::builder().threads(pool(threads)).stage(stage).build().expect("one stage");
        assert_eq!(schedule.program().systems()[0].name(), "Note");
        let mut world = world();
        for (paused, wanted) in [(true, ["menu", "always"]), (false, ["game", "always"])] {
            world.insert(Paused(paused));
            schedule.run(&mut world).expect("no system fails");
            assert_eq!(log(&mut world), wanted);
        }
    }
}

#[test]
fn a_condition_is_part_of_the_declaration() {
    let pause = SystemFn::new("pause", |cx| {
        cx.write::<Paused>()?.0 = true;
        Ok(())
    });
    let stages = [
        Stage::new("first").system_fn(pause.writes(Key::of::<Paused>("Paused"))),
        Stage::new("second").after("first").system(When(PAUSED, Note("menu"))),
    ];
    let builder = stages.into_iter().fold(Schedule::builder(), fencewright::ScheduleBuilder::stage);
    let mut schedule = builder.threads(pool(2)).build().expect("two stages");
    assert!(!schedule.explain("pause", "Note").expect("both are there").may_overlap());
    let mut world = world();
    world.insert(Paused(false));
    schedule.run(&mut world).expect("no system fails");
    assert_eq!(log(&mut world), ["menu"]);
}

#[test]
fn a_stage_asks_its_condition_once_for_all_its_systems() {
    // The first system of the stage changes what the condition asked: the others still run.
    let unpause = SystemFn::new("unpause", |cx| {
        cx.write::<Paused>()?.0 = false;
        Ok(())
    });
    let stage = Stage::new("menu")
        .run_if(PAUSED)
        .system_fn(unpause.writes(Key::of::<Paused>("Paused")))
        .system(Note("first"))
        .system(Note("second"));
    let mut schedule = Schedule::builder().threads(pool(2)).stage(stage).build().expect("one stage");
    let text = schedule.to_string();
    assert!(text.contains("`IsPaused` writes `the answer of its stage's condition`"), "{text}");
    let mut world = world();
    world.insert(Paused(true));
    schedule.run(&mut world).expect("no system fails");
    assert_eq!(log(&mut world), ["first", "second"]);
    schedule.run(&mut world).expect("no system fails");
    assert!(log(&mut world).is_empty());
}

#[test]
fn of_several_conditions_all_must_hold() {
    let stage = Stage::new("one").run_if(PAUSED).run_if(Not(PAUSED)).system(Note("never"));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    let mut world = world();
    for paused in [true, false] {
        world.insert(Paused(paused));
        schedule.run(&mut world).expect("no system fails");
    }
    assert!(log(&mut world).is_empty());
}

#[test]
fn a_condition_that_fails_is_named_and_its_stage_is_skipped() {
    let stage = Stage::new("one").run_if(PAUSED).system(Note("never"));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    let mut world = world();
    let error = schedule.run(&mut world).expect_err("nothing says whether the game is paused");
    assert_eq!(error.failures()[0].system, "IsPaused");
    assert_eq!(error.skipped(), ["Note"]);
}

#[test]
fn a_system_whose_query_is_empty_need_not_start() {
    let stage = Stage::new("one").system(When(Exists::<(&u8, &u16)>::new(), Note("found")));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    let mut world = world();
    world.spawn((1_u8,));
    let entity = world.spawn((1_u8, 2_u16));
    schedule.run(&mut world).expect("no system fails");
    assert_eq!(log(&mut world), ["found"]);
    world.despawn(entity).expect("it is there");
    schedule.run(&mut world).expect("no system fails");
    assert!(log(&mut world).is_empty());
}

#[test]
fn a_system_made_at_run_time_has_conditions_too() {
    let noted = |name: &'static str| {
        let system = SystemFn::new(name, move |cx| {
            cx.write::<Log>()?.0.push(name);
            Ok(())
        });
        system.writes(Key::of::<Log>("Log"))
    };
    let changed = SystemFn::new("changed", |cx| {
        if cx.changed::<Paused>() {
            cx.write::<Log>()?.0.push("changed");
        }
        Ok(())
    });
    let changed = changed.writes(Key::of::<Log>("Log")).run_if(Not(PAUSED));
    let stage = Stage::new("one")
        .system_fn(noted("menu").run_if(PAUSED))
        .system_fn(noted("never").run_if(PAUSED).run_if(Not(PAUSED)))
        .system_fn(changed);
    let mut schedule = Schedule::builder().threads(pool(2)).stage(stage).build().expect("one stage");
    // What it asks is part of its declaration.
    assert_eq!(schedule.program().systems()[0].reads().len(), 1);
    let mut world = world();
    world.insert(Paused(true));
    schedule.run(&mut world).expect("no system fails");
    assert_eq!(log(&mut world), ["menu"]);
    world.insert(Paused(false));
    for seen in [&["changed"][..], &[]] {
        // It was kept from running while the change was made, and sees it later, once.
        schedule.run(&mut world).expect("no system fails");
        assert_eq!(log(&mut world), seen);
    }
}
