//! What a run is given beside the world: a context, prepared with the program and what each value declares.

mod support;

use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use fencewright::{
    Cx, Declaration, Failure, Outcome, Program, Run, RunContext, RunError, Schedule, Stage, Threads, World,
};
use support::pool;

does!(Free, reads(), writes());

fn schedule(stages: impl IntoIterator<Item = Stage>, threads: Threads) -> Schedule {
    let builder = stages.into_iter().fold(Schedule::builder(), fencewright::ScheduleBuilder::stage);
    builder.threads(threads).build().expect("the stages can be ordered")
}

struct Frame {
    prepared: AtomicUsize,
    fails: bool,
}

impl RunContext for Frame {
    fn prepare(&self, program: &Program) -> Result<(), Failure> {
        assert_eq!(program.systems().len(), 1);
        self.prepared.fetch_add(1, Ordering::Relaxed);
        if self.fails { Err("no device")? } else { Ok(()) }
    }
}

#[test]
fn the_context_is_prepared_once_and_handed_to_the_systems() {
    let stage = Stage::new("one").system(Free::new(|cx| {
        let frame = cx.context::<Frame>().ok_or("no frame")?;
        assert_eq!(frame.prepared.load(Ordering::Relaxed), 1);
        Ok(())
    }));
    let mut schedule = schedule([stage], pool(2));
    let frame = |fails| Frame { prepared: AtomicUsize::new(0), fails };
    schedule.run_with(&mut World::new(), &frame(false)).expect("the frame is there");
    let error = schedule.run_with(&mut World::new(), &frame(true)).expect_err("the frame cannot be prepared");
    assert!(error.to_string().starts_with("the run could not be prepared: no device ("), "{error}");
    assert!(matches!(schedule.run(&mut World::new()), Err(RunError::Systems { .. })), "there is no frame without one");
}

/// A frame of a library, whose own lines mean nothing to who runs a schedule with it.
struct FrameOfLibrary;

impl RunContext for FrameOfLibrary {
    #[track_caller]
    fn prepare(&self, _: &Program) -> Result<(), Failure> {
        Err("no device")?
    }
}

#[test]
fn a_context_that_tracks_its_caller_fails_where_the_run_was_asked_for() {
    let mut built = schedule([], pool(2));
    let (error, line) = (built.run_with(&mut World::new(), &FrameOfLibrary), line!());
    let expected = format!("the run could not be prepared: no device ({}:{line}:", file!());
    let error = error.expect_err("there is no device").to_string();
    assert!(error.starts_with(&expected), "{error}");
    let mut local = Schedule::builder()
        .local_stage(Stage::new("one").main_thread(Free::new(|_| Ok(()))))
        .build()
        .expect("nothing is in its way");
    let (error, line) = (local.run_with(&mut World::new(), &FrameOfLibrary), line!());
    let expected = format!("the run could not be prepared: no device ({}:{line}:", file!());
    let error = error.expect_err("there is no device").to_string();
    assert!(error.starts_with(&expected), "{error}");
}

#[derive(Debug)]
struct Level(u32);

impl fencewright::Annotation for Level {
    fn check(&self, _: &fencewright::SystemInfo) -> Result<(), Failure> {
        if self.0 > 100 { Err(format!("level {} is too deep", self.0))? } else { Ok(()) }
    }
}

struct Mip(u32);

impl fencewright::ResourceAccess for Mip {
    const READS: &'static [fencewright::Key] = &[];
    const WRITES: &'static [fencewright::Key] = &[];
}

impl fencewright::System for Mip {
    const INFO: fencewright::SystemInfo = fencewright::SystemInfo {
        name: "Mip",
        type_name: std::any::type_name::<Self>,
        at: Location::caller(),
        reads: &[],
        writes: &[],
        annotations: &[],
        uses_self: true,
    };

    fn declare(&self, declaration: &mut Declaration) {
        declaration.annotate(Level(self.0));
    }
}

impl Run for Mip {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        assert_eq!(cx.declaration().get::<Level>().ok_or("no level")?.0, self.0);
        self.0 += 1;
        Ok(())
    }
}

#[test]
fn what_a_value_declares_is_asked_again_before_each_run_with_a_context() {
    struct Levels(Mutex<Vec<u32>>);
    impl RunContext for Levels {
        fn prepare(&self, program: &Program) -> Result<(), Failure> {
            let levels = program.systems().iter().filter_map(|system| system.declaration().get::<Level>());
            self.0.lock().expect("no panic").extend(levels.map(|level| level.0));
            Ok(())
        }
    }
    let mut schedule = schedule([Stage::new("mips").system(Mip(0)).system(Mip(10))], Threads::Inline);
    let levels = Levels(Mutex::default());
    schedule.run_with(&mut World::new(), &levels).expect("the declarations are fresh");
    schedule.run_with(&mut World::new(), &levels).expect("the declarations are fresh");
    assert_eq!(levels.0.into_inner().expect("no panic"), [0, 10, 1, 11]);
}

#[test]
fn a_wrong_fact_is_an_error_that_names_the_system() {
    let error = Schedule::builder().stage(Stage::new("mips").system(Mip(0)).system(Mip(101))).build();
    let text = error.expect_err("the second is too deep").to_string();
    assert!(text.starts_with("system `Mip#1`: level 101 is too deep ("), "{text}");
}
