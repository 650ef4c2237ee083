//! A schedule shown to people and tools: Mermaid, and warnings.

use fencewright::{Key, Schedule, Stage, SystemFn, Warning, World};

fn nothing(name: &str) -> SystemFn {
    SystemFn::new(name, |_| Ok(()))
}

#[test]
fn mermaid_shows_stages_systems_and_edges() {
    let queue = Key::named("Queue<\"a\">");
    let schedule = Schedule::builder()
        .stage(Stage::new("first").system_fn(nothing("fill").writes(queue)))
        .stage(Stage::new("second").after("first").system_fn(nothing("drain").reads(queue)))
        .build()
        .expect("the order is possible");
    let expected = r#"flowchart LR
    subgraph stage0["first"]
        n0["fill"]
    end
    subgraph stage1["second"]
        n1["drain"]
    end
    n0 -->|"Queue&lt;&quot;a&quot;>"| n1
"#;
    assert_eq!(schedule.to_mermaid(), expected);
}

#[test]
fn a_schedule_of_mostly_exclusive_systems_is_warned_about() {
    let whole = Key::of::<World>("World");
    let stage = Stage::new("main").system_fn(nothing("save").writes(whole)).system_fn(nothing("load").writes(whole));
    let build = |stage: Stage| Schedule::builder().stage(stage).build().expect("the order is possible");
    let few = build(Stage::new("main").system_fn(nothing("save").writes(whole)).system_fn(nothing("tick")));
    assert_eq!(few.warnings(), []);
    let most = build(stage.system_fn(nothing("tick")));
    assert!(matches!(most.warnings()[..], [Warning::MostlyExclusive { of: 3, .. }]));
    assert_eq!(
        most.warnings()[0].to_string(),
        "2 of 3 systems take the whole world, and nothing runs beside them: `save`, `load`; declare what they touch instead"
    );
}

#[test]
fn dot_shows_stages_systems_and_edges() {
    let system = |name: &str| SystemFn::new(name, |_| Ok(()));
    let schedule = Schedule::builder()
        .stage(Stage::new("one").system_fn(system("a \"quoted\"").writes(Key::named("x"))))
        .stage(Stage::new("two").after("one").system_fn(system("b").reads(Key::named("x"))))
        .build()
        .expect("a schedule");
    let text = r#"digraph schedule {
    rankdir=LR;
    node [shape=box];
    subgraph cluster_0 {
        label="one";
        n0 [label="a \"quoted\""];
    }
    subgraph cluster_1 {
        label="two";
        n1 [label="b"];
    }
    n0 -> n1 [label="x"];
}
"#;
    assert_eq!(schedule.to_dot(), text);
}
