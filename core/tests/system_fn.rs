//! Systems made at run time: ordered as derived ones are, and refused what their keys do not name.

use std::sync::{Arc, Mutex};

use fencewright::{Key, Reason, Schedule, ScheduleBuilder, ScheduleError, Stage, SystemFn, Threads, World};

type Log = Arc<Mutex<Vec<&'static str>>>;

fn logs(log: &Log, name: &'static str) -> SystemFn {
    let log = log.clone();
    SystemFn::new(name, move |_| {
        log.lock().expect("no system panics here").push(name);
        Ok(())
    })
}

#[test]
fn after_orders_systems_without_a_hazard_and_says_why() {
    let log = Log::default();
    let mut schedule = Schedule::builder()
        .stage(
            Stage::new("main")
                .system_fn(logs(&log, "last").after("first").after("middle"))
                .system_fn(logs(&log, "first"))
                .system_fn(logs(&log, "middle").after("first")),
        )
        .build()
        .expect("the order is possible");
    schedule.run(&mut World::new()).expect("nothing fails");
    assert_eq!(*log.lock().expect("no system panics here"), ["first", "middle", "last"]);
    let edges: Vec<_> = schedule.graph().edges().iter().map(|edge| (edge.first, edge.second)).collect();
    assert_eq!(edges, [(0, 1), (1, 2)], "first -> last follows from the others");
    assert!(matches!(schedule.graph().edges()[0].reasons[..], [Reason::After { .. }]));
    assert!(schedule.to_string().contains("`middle` is declared to come after `first`"), "{schedule}");
}

#[test]
fn named_keys_have_hazards_like_types() {
    let (x, y) = (Key::named("x"), Key::named("y"));
    let nothing = |name: &str| SystemFn::new(name, |_| Ok(()));
    let schedule = Schedule::builder()
        .threads(Threads::Inline)
        .stage(
            Stage::new("main")
                .system_fn(nothing("a").writes(x))
                .system_fn(nothing("b").writes(x).reads(y))
                .system_fn(nothing("c").writes(y)),
        )
        .build()
        .expect("the order is possible");
    let edges: Vec<_> = schedule.graph().edges().iter().map(|edge| (edge.first, edge.second)).collect();
    assert_eq!(edges, [(0, 1), (1, 2)]);
}

#[test]
fn a_closure_gets_what_its_keys_name_and_an_error_for_the_rest() {
    struct Known(u32);
    struct Unknown;
    let system = SystemFn::new("curious", |cx| {
        cx.write::<Known>()?.0 += 1;
        cx.read::<Unknown>()?;
        Ok(())
    });
    let mut schedule = Schedule::builder()
        .stage(Stage::new("main").system_fn(system.writes(Key::of::<Known>("Known"))))
        .build()
        .expect("the order is possible");
    let mut world = World::new();
    world.insert(Known(0));
    world.insert(Unknown);
    let error = schedule.run(&mut world).expect_err("`Unknown` is not declared").to_string();
    assert!(error.contains("`curious`") && error.contains("Unknown"), "{error}");
    assert_eq!(world.get::<Known>().map(|known| known.0), Some(1));
}

#[test]
fn wrong_orders_are_errors_with_the_names() {
    let nothing = |name: &str| SystemFn::new(name, |_| Ok(()));
    let build = |stages: Vec<Stage>| {
        let builder = stages.into_iter().fold(Schedule::builder(), ScheduleBuilder::stage);
        builder.build().expect_err("the order is wrong").to_string()
    };
    assert_eq!(
        build(vec![Stage::new("main").system_fn(nothing("collide")).system_fn(nothing("draw").after("colide"))]),
        "system `draw` is after `colide`, which is no system of this schedule; did you mean `collide`?"
    );
    let circle = Stage::new("main").system_fn(nothing("a").after("b")).system_fn(nothing("b").after("a"));
    assert_eq!(
        build(vec![circle]),
        "the systems `a` -> `b` -> `a` come before each other in a circle; remove one `after`"
    );
    let stages = vec![
        Stage::new("early").system_fn(nothing("a").after("b")),
        Stage::new("late").after("early").system_fn(nothing("b")),
    ];
    assert_eq!(build(stages), "system `a` is after `b`, which stands in a later stage; order the stages instead");
    let own = Schedule::builder().stage(Stage::new("main").system_fn(nothing("a").after("a"))).build();
    assert!(matches!(own, Err(ScheduleError::SystemCycle { .. })), "{own:?}");
}
