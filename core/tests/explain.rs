//! Why two systems do, or do not, overlap: the text that a person reads.

use fencewright::analysis::{Verdict, critical_path, simulate};
use fencewright::{Key, Schedule, Stage, SystemFn};

fn schedule() -> Schedule {
    let nothing = |name: &str| SystemFn::new(name, |_| Ok(()));
    let (position, contacts) = (Key::named("Position"), Key::named("Contacts"));
    Schedule::builder()
        .stage(
            Stage::new("simulate")
                .system_fn(nothing("integrate").writes(position))
                .system_fn(nothing("collide").reads(position).writes(contacts))
                .system_fn(nothing("respond").reads(contacts))
                .system_fn(nothing("sound")),
        )
        .build()
        .expect("the order is possible")
}

#[test]
fn a_direct_hazard_names_the_type_and_both_places() {
    let schedule = schedule();
    let text = schedule.explain("collide", "integrate").expect("both are systems").to_string();
    let line = |needle: &str| {
        let line = include_str!("explain.rs").lines().position(|line| line.contains(needle));
        line.expect("the line is in this file") + 1
    };
    let keys = line("let (position, contacts)");
    assert_eq!(
        text,
        format!(
            "`collide` waits for `integrate`\n  read-after-write: `integrate` writes `Position` (core/tests/explain.rs:{keys}), \
             `collide` reads it (core/tests/explain.rs:{keys})"
        )
    );
}

#[test]
fn an_order_through_others_names_the_way() {
    let schedule = schedule();
    let explanation = schedule.explain("integrate", "respond").expect("both are systems");
    assert!(matches!(explanation.verdict(), Verdict::Through { path } if path[..] == [0, 1, 2]));
    let text = explanation.to_string();
    assert!(text.starts_with("`respond` waits for `integrate`, through others\n  integrate -> collide\n"), "{text}");
    assert!(text.contains("collide -> respond"), "{text}");
}

#[test]
fn systems_that_share_nothing_are_free() {
    let schedule = schedule();
    let explanation = schedule.explain("sound", "collide").expect("both are systems");
    assert!(explanation.may_overlap());
    assert_eq!(explanation.to_string(), "`collide` and `sound` may overlap: they share nothing that either writes");
}

#[test]
fn an_unknown_name_is_an_error_with_the_closest_one() {
    let error = schedule().explain("integrat", "sound").expect_err("a letter is missing").to_string();
    assert_eq!(error, "no system is named `integrat` in this schedule; did you mean `integrate`?");
}

#[test]
fn a_schedule_can_be_simulated() {
    let dag = schedule().dag();
    let costs = [30, 20, 10, 25];
    assert_eq!(critical_path(&dag, &costs).nodes, [0, 1, 2]);
    assert_eq!(simulate(&dag, &costs, 1).makespan_ns, 85);
    assert_eq!(simulate(&dag, &costs, 2).makespan_ns, 60);
}
