//! Systems that have the whole world: nothing runs beside them.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fencewright::prelude::*;
use fencewright::{AccessError, Key, Reason, SystemFn};
use support::pool;

struct Count(u32);

#[derive(System)]
#[writes(World)]
struct Grow;

impl Run for Grow {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut world = cx.world()?;
        let count = world.get::<Count>().map_or(0, |count| count.0);
        world.insert(Count(count + 1));
        world.spawn((count,));
        Ok(())
    }
}

#[test]
fn an_exclusive_system_has_the_whole_world_alone() {
    let inside = Arc::new(AtomicUsize::new(0));
    let looks = |name: &str| {
        let inside = Arc::clone(&inside);
        SystemFn::new(name, move |cx| {
            inside.fetch_add(1, Ordering::SeqCst);
            let seen = cx.query::<&u32>().count();
            std::thread::yield_now();
            assert_eq!(seen, cx.query::<&u32>().count());
            inside.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        })
        .reads(Key::of::<u32>("u32"))
    };
    let here = Arc::clone(&inside);
    let alone = SystemFn::new("alone", move |cx| {
        assert_eq!(here.load(Ordering::SeqCst), 0);
        cx.world()?.spawn((7_u32,));
        Ok(())
    })
    .writes(Key::of::<World>("World"));
    for threads in [1, 2, 4] {
        let stage = Stage::new("one").system_fn(looks("a")).system_fn(looks("b")).system(Grow).system_fn(looks("c"));
        let stage = if threads == 4 { stage } else { stage.system(Grow) };
        let mut schedule = Schedule::builder().threads(pool(threads)).stage(stage).build().expect("one stage");
        let mut world = World::new();
        for _ in 0..if cfg!(miri) { 2 } else { 50 } {
            schedule.run(&mut world).expect("no system fails");
        }
        assert!(world.get::<Count>().is_some());
    }
    let stage = Stage::new("one").system_fn(looks("a")).system_fn(alone).system_fn(looks("b"));
    let mut schedule = Schedule::builder().threads(pool(2)).stage(stage).build().expect("one stage");
    schedule.run(&mut World::new()).expect("no system fails");
    assert!(matches!(schedule.graph().edges()[0].reasons[..], [Reason::Exclusive { system: 1, .. }]));
    assert!(schedule.to_string().contains("`alone` declares the whole world ("), "{schedule}");
}

#[test]
fn edges_around_an_exclusive_system_are_few() {
    let touch = |name: String| SystemFn::new(name, |_| Ok(()));
    let whole = |name: &str| SystemFn::new(name, |_| Ok(())).writes(Key::of::<World>("World"));
    let mut stage = Stage::new("one");
    for index in 0..50 {
        stage = stage.system_fn(touch(format!("before{index}")));
    }
    stage = stage.system_fn(whole("x")).system_fn(whole("y"));
    for index in 0..50 {
        stage = stage.system_fn(touch(format!("after{index}")));
    }
    let schedule = Schedule::builder().stage(stage).build().expect("one stage");
    assert_eq!(schedule.graph().edges().len(), 50 + 1 + 50);
    assert!(!schedule.explain("before1", "after1").expect("both are there").may_overlap());
}

#[test]
fn the_whole_world_is_refused_to_who_holds_a_part() {
    let system = SystemFn::new("greedy", |cx| {
        let held = |result: Result<fencewright::WorldMut<'_>, AccessError>| {
            assert!(matches!(result.expect_err("it holds a part"), AccessError::Held { .. }));
        };
        let part = cx.read::<Count>()?;
        held(cx.world());
        drop(part);
        let names = cx.query::<Entity>();
        held(cx.world());
        drop(names);
        let whole = cx.world()?;
        assert!(cx.try_query::<Entity>().is_err());
        assert!(cx.read::<Count>().is_err());
        held(cx.world());
        drop(whole);
        cx.world()?.get_mut::<Count>().ok_or("it was inserted")?.0 += 1;
        assert_eq!(cx.read::<Count>()?.0, 1);
        Ok(())
    });
    let stage = Stage::new("one")
        .system_fn(system.writes(Key::of::<World>("World")).reads(Key::of::<Count>("Count")))
        .system_fn(SystemFn::new("forger", |cx| {
            let text = cx.world().expect_err("it declares nothing").to_string();
            assert!(text.contains("system `forger` does not declare that it writes `World`"), "{text}");
            Ok(())
        }));
    let mut world = World::new();
    world.insert(Count(0));
    let mut schedule = Schedule::builder().stage(stage).build().expect("one stage");
    schedule.run(&mut world).expect("no system fails");
}
