//! Order that nobody asked for is listed, allowed one by one, or denied.

use fencewright::{Key, Schedule, ScheduleBuilder, Stage, SystemFn};

fn writes(name: &str, key: &'static str) -> SystemFn {
    SystemFn::new(name, |_| Ok(())).writes(Key::named(key))
}

fn builder() -> ScheduleBuilder {
    Schedule::builder()
        .stage(
            Stage::new("simulate")
                .system_fn(writes("wind", "force"))
                .system_fn(writes("gravity", "force"))
                .system_fn(writes("drag", "force").after("gravity"))
                .system_fn(writes("sound", "noise")),
        )
        .stage(Stage::new("ordered").after("simulate").system_fn(writes("integrate", "force")))
        .stage(Stage::new("elsewhere").system_fn(writes("music", "noise")))
}

#[test]
fn pairs_without_a_declared_order_are_listed() {
    let schedule = builder().build().expect("the order is possible");
    let pairs: Vec<_> = schedule.ambiguities().iter().map(|one| format!("{:?}", one.names())).collect();
    // `drag` is after `gravity`, and stage `ordered` after `simulate`; nothing orders stage `elsewhere`.
    assert_eq!(pairs, [r#"("wind", "gravity")"#, r#"("sound", "music")"#]);
    let text = schedule.ambiguities()[0].to_string();
    assert!(
        text.starts_with("`wind` and `gravity` have no declared order\n  write-after-write: `wind` writes `force`"),
        "{text}"
    );
}

#[test]
fn a_pair_can_be_allowed_in_either_order() {
    let schedule = builder().allow_ambiguity("gravity", "wind").build().expect("the order is possible");
    assert_eq!(schedule.ambiguities().len(), 1);
}

#[test]
fn denied_ambiguities_are_an_error_with_the_edit_to_make() {
    let error = builder().deny_ambiguities().build().expect_err("two pairs are ambiguous").to_string();
    assert!(error.contains("`wind` and `gravity` have no declared order"), "{error}");
    assert!(error.contains(r#"accept it with `allow_ambiguity("wind", "gravity")` (and 1 more like it)"#), "{error}");
    builder()
        .deny_ambiguities()
        .allow_ambiguity("wind", "gravity")
        .allow_ambiguity("music", "sound")
        .build()
        .expect("all that is ambiguous is allowed");
}
