//! Why two systems do, or do not, overlap: the text that a person reads.

use fencewright::analysis::{Verdict, critical_path, simulate};
use fencewright::{Helpers, Key, Schedule, Stage, SystemFn};

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

#[test]
fn an_explanation_has_a_face_for_each_reader() {
    let schedule = schedule();
    let through = schedule.explain("respond", "integrate").expect("both are systems");
    let json: serde_json::Value = serde_json::from_str(&through.to_json()).expect("it is JSON");
    assert_eq!((&json["verdict"], &json["may_overlap"]), (&"through".into(), &false.into()));
    let steps = json["steps"].as_array().expect("a list");
    let names: Vec<_> = steps.iter().map(|step| (step["first"].as_str(), step["second"].as_str())).collect();
    assert_eq!(names, [(Some("integrate"), Some("collide")), (Some("collide"), Some("respond"))]);
    assert_eq!(steps[0]["reasons"][0]["hazard"], "read-after-write");
    assert!(through.to_dot().contains("n0 -> n1 [label=\"read-after-write: `integrate` writes `Position`"));
    assert!(through.to_mermaid().contains("n1 -->|\""));

    let free = schedule.explain("sound", "collide").expect("both are systems");
    let json: serde_json::Value = serde_json::from_str(&free.to_json()).expect("it is JSON");
    assert_eq!((&json["verdict"], &json["may_overlap"]), (&"free".into(), &true.into()));
    assert_eq!(free.to_mermaid().lines().count(), 3, "two systems and no arrow");
    assert_eq!(free.to_dot().matches("->").count(), 0);
    let direct = schedule.explain("integrate", "collide").expect("both are systems");
    let json: serde_json::Value = serde_json::from_str(&direct.to_json()).expect("it is JSON");
    assert_eq!((&json["verdict"], json["steps"].as_array().map(Vec::len)), (&"direct".into(), Some(1)));
}

#[test]
fn a_report_has_a_face_for_each_reader() {
    let schedule = schedule();
    let report = schedule.report(&[30_000, 20_000, 10_000, 25_000], 2, &[1, 2], Helpers::Awake);
    assert_eq!((report.bound_ns, report.work_ns), (60_000, 85_000));
    // On one thread four systems with their overhead; on two not less than the bound, and not much more.
    assert_eq!(report.what_if, [(1, 85_040), (2, report.simulated_ns)]);
    assert!((60_000..63_000).contains(&report.simulated_ns), "{}", report.simulated_ns);
    let asleep = schedule.expected_ns(&[30_000, 20_000, 10_000, 25_000], 2, Helpers::Asleep);
    assert!((report.simulated_ns..=85_040).contains(&asleep), "{asleep}");
    assert_eq!(schedule.expected_ns(&[30, 20, 10, 25], 2, Helpers::Awake), 125, "it stays with the caller");
    let sound = &report.nodes[3];
    assert_eq!((&*sound.name, sound.slack_ns, sound.saved_if_free_ns, sound.lane), ("sound", 35_000, 0, 1));
    assert_eq!(report.nodes[0].saved_if_free_ns, 30_000);

    let text = report.to_string();
    for line in [
        "  critical path        60.0 us",
        "    1 thread           85.0 us",
        "  integrate                    30.0 us   making it free saves 30.0 us",
        "  integrate -> collide: the run would be ",
    ] {
        assert!(text.contains(line), "{line:?} in\n{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("it is JSON");
    assert_eq!(json["what_if"]["1"], 85.04);
    assert_eq!(json["critical_path"], serde_json::json!(["integrate", "collide", "respond"]));
    assert_eq!((&json["nodes"][3]["slack_us"], &json["nodes"][3]["lane"]), (&35.into(), &1.into()));
    let lost = report.lost.as_ref().expect("there are few pairs");
    assert_eq!(json["lost_parallelism"].as_array().map(Vec::len), Some(lost.len()));
    let dot = report.to_dot();
    assert!(dot.contains("n3 [label=\"sound\\n25.0 us, slack 35.0 us\"];"), "{dot}");
    assert!(dot.contains("n0 -> n1 [color=red, label=\"costs "), "{dot}");
    let mermaid = report.to_mermaid();
    assert!(
        mermaid.contains("n0 ==>|\"costs ") && mermaid.contains("n3[\"sound<br>25.0 us, slack 35.0 us\"]"),
        "{mermaid}"
    );
}
