//! What a run promises: the order of hazards, failures that are named, threads that are left alone.

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use fencewright::{Cause, Commands, Cx, Outcome, Run, Schedule, Stage, Threads, World};
use support::{Rendezvous, pool};

struct X(Vec<&'static str>);
struct Y(Vec<&'static str>);
struct Z(Vec<&'static str>);

fn world() -> World {
    let mut world = World::new();
    world.insert(X(Vec::new()));
    world.insert(Y(Vec::new()));
    world.insert(Z(Vec::new()));
    world
}

does!(WritesX, reads(), writes(X));
does!(WritesY, reads(), writes(Y));
does!(WritesZ, reads(), writes(Z));
does!(ReadsX, reads(X), writes());
does!(WritesXReadsY, reads(Y), writes(X));
does!(Spawns, reads(), writes(Commands));
does!(Free, reads(), writes());

fn schedule(stages: impl IntoIterator<Item = Stage>, threads: Threads) -> Schedule {
    let builder = stages.into_iter().fold(Schedule::builder(), fencewright::ScheduleBuilder::stage);
    builder.threads(threads).build().expect("the stages can be ordered")
}

#[test]
fn a_later_system_does_not_overtake_one_that_waits() {
    // Packing into batches gives [A, C], [B]: C would overtake B, which reads Y before C writes it.
    for threads in [1, 2, 4] {
        let order = Arc::new(Mutex::new(Vec::new()));
        let note = |name| {
            let order = Arc::clone(&order);
            move || order.lock().expect("no system panicked").push(name)
        };
        let (a, b, c) = (note("A"), note("B"), note("C"));
        let stage = Stage::new("one")
            .system(WritesX::new(move |cx| {
                cx.write::<X>()?.0.push("A");
                a();
                Ok(())
            }))
            .system(WritesXReadsY::new(move |cx| {
                assert!(cx.read::<Y>()?.0.is_empty());
                cx.write::<X>()?.0.push("B");
                b();
                Ok(())
            }))
            .system(WritesY::new(move |cx| {
                cx.write::<Y>()?.0.push("C");
                c();
                Ok(())
            }));
        let mut world = world();
        schedule([stage], pool(threads)).run(&mut world).expect("no system fails");
        assert_eq!(*order.lock().expect("no system panicked"), ["A", "B", "C"]);
        assert_eq!(world.get::<X>().expect("inserted").0, ["A", "B"]);
    }
}

#[test]
fn independent_systems_overlap_across_stages() {
    // No system should wait for another: a run may find that they cost too little to be worth a second thread. Other tests run beside
    // this one; a helper that comes while they are in the middle of something may be turned away.
    let overlap = (0..20).any(|_| {
        let meet = Arc::new((Rendezvous::default(), AtomicUsize::new(0)));
        let (here, there) = (Arc::clone(&meet), Arc::clone(&meet));
        let wait = |(rendezvous, met): &(Rendezvous, AtomicUsize)| {
            met.fetch_add(usize::from(rendezvous.meet(2)), Ordering::Relaxed);
            Ok(())
        };
        let stages = [
            Stage::new("first").system(WritesX::new(move |_| wait(&here))),
            Stage::new("second").after("first").system(WritesY::new(move |_| wait(&there))),
        ];
        schedule(stages, pool(2)).run(&mut world()).expect("no system fails");
        meet.1.load(Ordering::Relaxed) == 2
    });
    assert!(overlap);
}

#[test]
fn a_panic_is_caught_and_named() {
    for threads in [1, 2] {
        let mut fails = true;
        let stages = [Stage::new("one")
            .system(WritesX::new(move |_| {
                assert!(!std::mem::take(&mut fails), "out of cheese");
                Ok(())
            }))
            .system(ReadsX::new(|_| Ok(())))
            .system(WritesY::new(|cx| {
                cx.write::<Y>()?.0.push("ran");
                Ok(())
            }))];
        let mut world = world();
        let mut schedule = schedule(stages, pool(threads));
        let error = schedule.run(&mut world).expect_err("the first system panics");
        assert_eq!(
            error.to_string(),
            "system `WritesX` panicked: out of cheese; `ReadsX` was skipped, as it depends on what failed"
        );
        assert_eq!(error.skipped(), ["ReadsX"]);
        assert_eq!(world.get::<Y>().expect("inserted").0, ["ran"], "independent systems finish");
        schedule.run(&mut world).expect("the next run works");
    }
}

#[test]
fn the_first_failure_by_program_order_comes_first() {
    // The second fails first by the clock, if it gets a thread of its own.
    let meet = Arc::new(Rendezvous::default());
    let (here, there) = (Arc::clone(&meet), meet);
    let stages = [Stage::new("one")
        .system(WritesX::new(move |_| {
            here.meet(2);
            Err("first")?
        }))
        .system(WritesY::new(move |_| {
            there.meet(2);
            panic!("second")
        }))];
    let error = schedule(stages, pool(2)).run(&mut world()).expect_err("both fail");
    let names: Vec<_> = error.failures().iter().map(|failure| &*failure.system).collect();
    assert_eq!(names, ["WritesX", "WritesY"]);
    assert!(matches!(error.failures()[1].cause, Cause::Panic(ref message) if message == "second"));
}

#[test]
fn an_error_is_reported_with_the_name_and_the_place_of_the_question_mark() {
    struct Missing;
    does!(ReadsMissing, reads(Missing), writes());
    let line = line!() + 2;
    let stage = Stage::new("one").system(ReadsMissing::new(|cx| {
        cx.read::<Missing>()?;
        Ok(())
    }));
    let error = schedule([stage], Threads::Inline).run(&mut World::new()).expect_err("nothing was inserted");
    let text = error.to_string();
    assert!(text.starts_with("system `ReadsMissing` failed: no resource `"), "{text}");
    assert!(text.contains("Missing` in the world; insert it with `world.insert(..)` ("), "{text}");
    assert!(text.contains(&format!("run.rs:{line}:")), "{text}");
}

#[test]
fn what_depends_on_a_failure_is_skipped_across_sync_points() {
    let stages = [
        Stage::new("one").system(WritesX::new(|_| Err("no")?)).system(Spawns::new(|cx| {
            cx.commands().spawn((1_u8,));
            Ok(())
        })),
        Stage::new("two").after("one").system(ReadsX::new(|_| Ok(()))).system(WritesZ::new(|cx| {
            cx.write::<Z>()?.0.push("ran");
            Ok(())
        })),
    ];
    let mut world = world();
    let error = schedule(stages, pool(2)).run(&mut world).expect_err("one fails");
    assert_eq!(error.skipped(), ["ReadsX"]);
    assert_eq!(world.get::<Z>().expect("inserted").0, ["ran"]);
    assert_eq!(world.entities().len(), 1, "the commands of the others apply");
}

#[test]
fn commands_apply_in_program_order_at_the_end_of_the_stage() {
    does!(Counts, reads(u8), writes(X));
    for threads in [1, 2, 4] {
        let command = |value: u8| {
            Spawns::new(move |cx| {
                cx.commands().insert(value);
                cx.commands().spawn((value,));
                Ok(())
            })
        };
        let stages = [
            Stage::new("spawn").system(command(1)).system(command(2)).system(command(3)),
            Stage::new("look").after("spawn").system(Counts::new(|cx| {
                let seen: Vec<u8> = cx.query::<&u8>().iter().copied().collect();
                assert_eq!(seen, [1, 2, 3]);
                assert_eq!(*cx.read::<u8>()?, 3);
                Ok(())
            })),
        ];
        let mut schedule = schedule(stages, pool(threads));
        schedule.run(&mut world()).expect("the commands apply in order");
        assert!(schedule.to_string().contains("sync point of spawn -> Counts"), "{schedule}");
    }
}

#[test]
fn the_commands_of_a_system_that_failed_are_dropped() {
    let stages = [Stage::new("one").system(Spawns::new(|cx| {
        cx.commands().spawn((1_u8,));
        Err("too late")?
    }))];
    let mut world = world();
    let mut schedule = schedule(stages, Threads::Inline);
    schedule.run(&mut world).expect_err("the system fails");
    assert_eq!(world.entities().len(), 0);
}

#[test]
fn a_command_that_panics_is_named() {
    let stages = [Stage::new("one").system(Spawns::new(|cx| {
        cx.commands().queue(|_| panic!("bad command"));
        Ok(())
    }))];
    let error = schedule(stages, Threads::Inline).run(&mut world()).expect_err("the command panics");
    assert_eq!(error.to_string(), "a command of system `Spawns` panicked: bad command");
}

#[test]
fn one_thread_spawns_nothing() {
    let caller = std::thread::current().id();
    for threads in [Threads::Inline, pool(1)] {
        let stages = (0..10).map(|index| {
            Stage::new(index.to_string()).system(Free::new(move |_| {
                assert_eq!(std::thread::current().id(), caller);
                Ok(())
            }))
        });
        schedule(stages, threads).run(&mut World::new()).expect("all run on the caller");
    }
}

#[test]
fn a_run_inside_a_system_is_a_run() {
    struct Inner {
        schedule: Schedule,
        world: World,
    }
    system!(Inner, reads(), writes());
    impl Run for Inner {
        fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
            for _ in 0..20 {
                self.schedule.run(&mut self.world)?;
            }
            Ok(())
        }
    }
    let threads = pool(2);
    let ran = Arc::new(AtomicUsize::new(0));
    let inner = |ran: &Arc<AtomicUsize>| {
        let stage = (0..8).fold(Stage::new("inner"), |stage, _| {
            let ran = Arc::clone(ran);
            stage.system(Free::new(move |_| {
                ran.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }))
        });
        Inner { schedule: schedule([stage], threads.clone()), world: World::new() }
    };
    let stage = (0..4).fold(Stage::new("outer"), |stage, _| stage.system(inner(&ran)));
    schedule([stage], threads.clone()).run(&mut World::new()).expect("no system fails");
    assert_eq!(ran.load(Ordering::Relaxed), 4 * 20 * 8);
}

thread_local! {
    static DEPTH: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[test]
fn no_system_starts_on_a_thread_that_is_inside_one() {
    use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
    struct Busy;
    system!(Busy, reads(), writes());
    impl Run for Busy {
        fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
            DEPTH.with(|depth| {
                assert_eq!(depth.replace(1), 0, "another system is below");
            });
            // Waits in many joins, each of which runs whatever job it finds.
            (0..64).into_par_iter().for_each(|_| std::thread::yield_now());
            DEPTH.with(|depth| depth.set(0));
            Ok(())
        }
    }
    let Threads::Pool(pool) = pool(4) else { unreachable!("it is a pool") };
    let stage = (0..32).fold(Stage::new("one"), |stage, _| stage.system(Busy));
    let mut schedule = schedule([stage], Threads::Current);
    for _ in 0..if cfg!(miri) { 1 } else { 50 } {
        pool.install(|| schedule.run(&mut World::new())).expect("no system starts below another");
    }
}

#[test]
fn many_runs_from_inside_and_outside_the_pool() {
    let threads = pool(3);
    let Threads::Pool(pool) = &threads else { unreachable!("it is a pool") };
    let ids: Arc<Mutex<Vec<ThreadId>>> = Arc::default();
    let stage = (0..20).fold(Stage::new("one"), |stage, _| {
        let ids = Arc::clone(&ids);
        stage.system(WritesX::new(move |cx| {
            cx.write::<X>()?.0.push("x");
            ids.lock().expect("no panic").push(std::thread::current().id());
            Ok(())
        }))
    });
    let stage = (0..20).fold(stage, |stage, _| stage.system(Free::new(|_| Ok(()))));
    let mut schedule = schedule([stage], threads.clone());
    let mut world = world();
    let runs = if cfg!(miri) { 3 } else { 300 };
    for _ in 0..runs {
        schedule.run(&mut world).expect("no system fails");
        pool.install(|| schedule.run(&mut world)).expect("no system fails");
    }
    assert_eq!(world.get::<X>().expect("inserted").0.len(), 20 * 2 * runs);
}
