//! A permission written by hand ends in an error that names it, never in aliasing.

mod support;

use fencewright::{Commands, Cx, Outcome, Run, Schedule, Stage, World, Writes};
use support::pool;

struct Health(u32);
struct Position(#[expect(dead_code, reason = "nobody gets to it")] f32);

/// Declares nothing, and gives itself permission for all.
struct Thief(fn(&Cx<'_, Thief>) -> Outcome);
system!(Thief, reads(Position), writes());
impl fencewright::Reads<Health> for Thief {}
impl fencewright::Reads<Commands> for Thief {}
impl Writes<Health> for Thief {}
impl Writes<Position> for Thief {}
impl Writes<Commands> for Thief {}

impl Run for Thief {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        (self.0)(cx)
    }
}

fn caught(steal: fn(&Cx<'_, Thief>) -> Outcome) -> String {
    let mut world = World::new();
    world.insert(Health(100));
    world.spawn((Health(100), Position(1.0)));
    let stage = Stage::new("night").system(Thief(steal)).system(Thief(steal));
    let mut schedule = Schedule::builder().stage(stage).threads(pool(2)).build().expect("one stage");
    let error = schedule.run(&mut world).expect_err("the table knows better");
    assert_eq!(error.failures().len(), 2);
    assert_eq!(world.get::<Health>().map(|health| health.0), Some(100));
    error.failures()[0].to_string()
}

#[test]
fn forged_permission() {
    let text = caught(|cx| {
        cx.write::<Health>()?.0 = 0;
        Ok(())
    });
    assert!(text.contains("system `Thief` does not declare that it writes `forged_permission::Health`"), "{text}");
    assert!(
        text.contains("remove the hand-written permission and add `forged_permission::Health` to `#[writes(..)]`"),
        "{text}"
    );

    let text = caught(|cx| {
        cx.read::<Health>()?;
        Ok(())
    });
    assert!(text.contains("system `Thief` does not declare that it reads `forged_permission::Health`"), "{text}");
}

#[test]
fn forged_permission_in_a_query() {
    let text = caught(|cx| {
        cx.query::<(&mut Position, &mut Health)>().for_each(|(_, health)| health.0 = 0);
        Ok(())
    });
    assert!(text.contains("does not declare that it writes `forged_permission::Position`"), "{text}");
    let text = caught(|cx| {
        cx.try_query::<(&Position, Option<&Health>)>()?;
        Ok(())
    });
    assert!(text.contains("does not declare that it reads `forged_permission::Health`"), "{text}");
}

#[test]
fn forged_permission_for_commands() {
    let text = caught(|cx| {
        cx.commands().insert(1_u8);
        Ok(())
    });
    assert!(text.contains("system `Thief` panicked: "), "{text}");
    assert!(text.contains("does not declare that it writes `Commands`"), "{text}");
}
