//! The derives without any GPU: nothing here names the graphics crate.
#![forbid(unsafe_code)]

use std::marker::PhantomData;

use fencewright::prelude::*;

struct Time {
    dt: f32,
}
struct Position(f32);
struct Velocity(f32);
struct Log(Vec<&'static str>);
struct Events<T>(Vec<T>);

#[derive(System)]
#[reads(Time, Velocity)]
#[writes(Position)]
struct Integrate;

impl Run for Integrate {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let dt = cx.read::<Time>()?.dt;
        for (position, velocity) in &mut cx.query::<(&mut Position, &Velocity)>() {
            position.0 += velocity.0 * dt;
        }
        Ok(())
    }
}

#[derive(System)]
#[writes(Log)]
struct Say(&'static str);

impl Run for Say {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.write::<Log>()?.0.push(self.0);
        Ok(())
    }
}

/// A generic system names its own parameter inside a type.
#[derive(System)]
#[writes(Events<T>)]
struct Clear<T = u32>(PhantomData<fn() -> T>);

impl<T: Send + Sync + 'static> Run for Clear<T> {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.write::<Events<T>>()?.0.clear();
        Ok(())
    }
}

#[derive(Schedule)]
struct Frame {
    #[stage(name = "last", after = "middle, r#first")]
    third: (Say,),
    middle: (Integrate, Say, Clear<u32>),
    #[stage(before = "middle", name = "r#first")]
    first: (Say,),
}

#[test]
fn stages_are_facts_of_the_type() {
    let names: Vec<_> = Frame::STAGES.iter().map(|stage| stage.name).collect();
    assert_eq!(names, ["last", "middle", "r#first"]);
    assert_eq!(Frame::STAGES[0].after, ["middle", "r#first"]);
    assert_eq!(
        Frame::STAGES[1].systems.iter().map(|system| system.name).collect::<Vec<_>>(),
        ["Integrate", "Say", "Clear"]
    );
    assert_eq!(Frame::topo_groups(), [["r#first"], ["middle"], ["last"]]);
    let at = Frame::STAGES[0].at;
    assert!(at.file().ends_with("derive.rs"), "{at}");
}

#[test]
fn a_derived_schedule_runs() -> Result<(), Box<dyn std::error::Error>> {
    let mut world = World::new();
    world.insert(Time { dt: 0.5 });
    world.insert(Log(Vec::new()));
    world.insert(Events(vec![1_u32]));
    world.spawn((Position(1.0), Velocity(4.0)));
    let frame = Frame { third: (Say("c"),), middle: (Integrate, Say("b"), Clear(PhantomData)), first: (Say("a"),) };
    frame.schedule()?.run(&mut world)?;
    assert_eq!(world.get::<Log>().map(|log| log.0.clone()), Some(vec!["a", "b", "c"]));
    assert_eq!(world.get::<Events<u32>>().map(|events| events.0.len()), Some(0));
    Ok(())
}

/// Stands for a crate that is known by another name.
mod renamed {
    pub(crate) use ::fencewright as fw;
}

#[derive(System)]
#[system(crate = crate::renamed::fw)]
#[reads(Time)]
struct Elsewhere;

#[derive(Schedule)]
#[schedule(crate = renamed::fw)]
struct ElsewhereFrame {
    only: (Elsewhere,),
}

#[test]
fn the_crate_is_found_under_another_name() {
    assert_eq!(ElsewhereFrame::STAGES[0].systems[0].name, "Elsewhere");
    assert_eq!(<Elsewhere as fencewright::ResourceAccess>::reads()[0].spelled(), "Time");
}

macro_rules! reader {
    ($name:ident, $($ty:ty),*) => {
        #[derive(System)]
        #[reads($($ty),*)]
        struct $name;
    };
}

reader!(Reader, Time, crate::Position, Events<(u8, u16)>);

#[test]
fn types_pass_through_macros() {
    let spelled: Vec<_> =
        <Reader as fencewright::ResourceAccess>::reads().iter().map(fencewright::Key::spelled).collect();
    assert_eq!(spelled, ["Time", "crate::Position", "Events<(u8, u16)>"]);
}

/// A schedule may be generic, too.
#[derive(Schedule)]
struct Clearing<T: Send + Sync> {
    #[stage(before = "log")]
    clear: (Clear<T>, Clear<Vec<T>>),
    log: (Say,),
}

#[test]
fn a_generic_schedule_is_known_for_each_type() -> Result<(), Box<dyn std::error::Error>> {
    assert_eq!(Clearing::<u8>::topo_groups(), [["clear"], ["log"]]);
    let mut world = World::new();
    world.insert(Log(Vec::new()));
    world.insert(Events(vec![1_u8]));
    world.insert(Events(vec![vec![1_u8]]));
    Clearing::<u8> { clear: (Clear(PhantomData), Clear(PhantomData)), log: (Say("done"),) }
        .schedule()?
        .run(&mut world)?;
    assert_eq!(world.get::<Events<u8>>().map(|events| events.0.len()), Some(0));
    Ok(())
}
