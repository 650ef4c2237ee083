//! Systems that come and go while a schedule is in use.

mod support;

use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fencewright::{Condition, Cx, Failure, Key, RunOrder, Schedule, Stage, SystemFn, Threads, World};
use support::{Random, pool};

type Log = Arc<Mutex<Vec<String>>>;

/// A system that writes its name and how often it has run into the log, and touches the keys.
fn logs(name: &str, log: &Log, writes: &[&'static str]) -> SystemFn {
    let (own, log) = (name.to_owned(), Arc::clone(log));
    let mut runs = 0;
    let system = SystemFn::new(name, move |_| {
        runs += 1;
        log.lock().expect("nobody panics").push(format!("{own}{runs}"));
        Ok(())
    });
    writes.iter().fold(system, |system, name| system.writes(Key::named(name)))
}

fn run(schedule: &mut Schedule, world: &mut World, log: &Log) -> Vec<String> {
    schedule.run(world).expect("no system fails");
    let mut ran = std::mem::take(&mut *log.lock().expect("nobody panics"));
    ran.sort();
    ran
}

fn names(schedule: &Schedule) -> Vec<&str> {
    schedule.program().systems().iter().map(fencewright::ProgramSystem::name).collect()
}

#[test]
fn systems_come_and_go_and_those_that_stay_keep_their_state() {
    for threads in [Threads::Inline, pool(2)] {
        let (log, mut world) = (Log::default(), World::new());
        let stage = Stage::new("main").system_fn(logs("a", &log, &["x"])).system_fn(logs("b", &log, &["x"]));
        let mut schedule = Schedule::builder().stage(stage).threads(threads).build().expect("a schedule");
        assert_eq!(run(&mut schedule, &mut world, &log), ["a1", "b1"]);

        let part = Stage::new("main").system_fn(logs("c", &log, &["x"]));
        schedule.edit().extend(part).remove("a").apply().expect("both are possible");
        assert_eq!(names(&schedule), ["b", "c"]);
        assert_eq!(run(&mut schedule, &mut world, &log), ["b2", "c1"]);
        assert!(!schedule.explain("b", "c").expect("both are there").may_overlap());

        let stage = Stage::new("early").before("main").system_fn(logs("d", &log, &[]));
        schedule.edit().stage(stage).apply().expect("it is possible");
        assert_eq!(names(&schedule), ["d", "b", "c"]);
        assert_eq!(schedule.topo_groups(), [["early"], ["main"]]);
        assert_eq!(run(&mut schedule, &mut world, &log), ["b3", "c2", "d1"]);

        schedule.edit().remove_stage("main").apply().expect("it is there");
        assert_eq!(run(&mut schedule, &mut world, &log), ["d2"]);
    }
}

#[test]
fn an_edit_that_is_wrong_changes_nothing() {
    let (log, mut world) = (Log::default(), World::new());
    let stage = Stage::new("main").system_fn(logs("alpha", &log, &["x"])).system_fn(logs("beta", &log, &["y"]));
    let builder = Schedule::builder().stage(stage).deny_ambiguities();
    let mut schedule = builder.build().expect("they share nothing");
    let error = |edit: fencewright::Edit<'_>| edit.apply().expect_err("the edit is wrong").to_string();

    let text = error(schedule.edit().remove("beta").remove("alhpa"));
    assert_eq!(text, "no system is named `alhpa` in this schedule; did you mean `alpha`?");
    let text = error(schedule.edit().remove("beta").extend(Stage::new("mian")));
    assert_eq!(text, "no stage is named `mian` in this schedule; did you mean `main`?");
    let text = error(schedule.edit().remove("beta").remove_stage("other"));
    assert_eq!(text, "no stage is named `other` in this schedule");
    let text = error(schedule.edit().stage(Stage::new("main")));
    assert!(text.starts_with("two stages are named `main`"), "{text}");
    let text = error(schedule.edit().extend(Stage::new("main").system_fn(logs("gamma", &log, &["y"]))));
    assert!(text.starts_with("`beta` and `gamma` have no declared order"), "denied ambiguities stay denied: {text}");
    let text = error(schedule.edit().extend(Stage::new("main").system_fn(logs("gamma", &log, &[]).after("betta"))));
    assert!(text.contains("did you mean `beta`?"), "{text}");

    assert_eq!(names(&schedule), ["alpha", "beta"]);
    assert_eq!(run(&mut schedule, &mut world, &log), ["alpha1", "beta1"]);
}

#[test]
fn order_by_way_of_what_is_removed_stays() {
    let (log, mut world) = (Log::default(), World::new());
    let main = Stage::new("two")
        .after("one")
        .system_fn(logs("c", &log, &[]).after("b"))
        .system_fn(logs("b", &log, &[]).after("a"))
        .system_fn(logs("a", &log, &[]));
    let builder = Schedule::builder().stage(Stage::new("three").after("two")).stage(main).stage(Stage::new("one"));
    let mut schedule = builder.build().expect("a schedule");
    assert_eq!(names(&schedule), ["a", "b", "c"]);
    schedule.edit().remove("b").apply().expect("it is there");
    assert!(!schedule.explain("a", "c").expect("both are there").may_overlap());
    assert_eq!(run(&mut schedule, &mut world, &log), ["a1", "c1"]);
    schedule.edit().remove_stage("two").apply().expect("it is there");
    assert_eq!(schedule.topo_groups(), [["one"], ["three"]]);
}

#[test]
fn a_system_keeps_its_name_when_its_namesake_goes() {
    let log = Log::default();
    let stage = (0..3).fold(Stage::new("main"), |stage, _| stage.system_fn(logs("blur", &log, &[])));
    let mut schedule = Schedule::builder().stage(stage).build().expect("a schedule");
    schedule.edit().remove("blur").remove("blur#1").apply().expect("both are there");
    assert_eq!(names(&schedule), ["blur#2"]);
    schedule.edit().extend(Stage::new("main").system_fn(logs("blur", &log, &[]))).apply().expect("it is possible");
    assert_eq!(names(&schedule), ["blur#2", "blur"]);
}

struct Paused(bool);

#[derive(fencewright::System)]
#[reads(Paused)]
struct Playing;

impl Condition for Playing {
    fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {
        Ok(!cx.read::<Paused>()?.0)
    }
}

#[test]
fn who_joins_a_stage_runs_on_its_conditions() {
    let (log, mut world) = (Log::default(), World::new());
    let stage = Stage::new("main").run_if(Playing).system_fn(logs("a", &log, &[]));
    let mut schedule = Schedule::builder().stage(stage).build().expect("a schedule");
    schedule.edit().extend(Stage::new("main").system_fn(logs("b", &log, &[]))).apply().expect("it is possible");
    world.insert(Paused(true));
    assert_eq!(run(&mut schedule, &mut world, &log), [""; 0]);
    world.insert(Paused(false));
    assert_eq!(run(&mut schedule, &mut world, &log), ["a1", "b1"]);
    let error = schedule.edit().remove("Playing").apply().expect_err("others look at its answer").to_string();
    assert_eq!(error, "`Playing` is a condition of stage `main`; remove it with `remove_stage`");

    // A part brings a condition for its own systems.
    let part = Stage::new("main").run_if(fencewright::Not(Playing)).system_fn(logs("c", &log, &[]));
    schedule.edit().extend(part).apply().expect("it is possible");
    assert_eq!(run(&mut schedule, &mut world, &log), ["a2", "b2"]);
}

#[test]
fn who_stays_has_seen_what_it_has_seen() {
    struct Score;
    let log = Log::default();
    let watch = |log: &Log, name: &'static str| {
        let log = Arc::clone(log);
        let system = SystemFn::new(name, move |cx| {
            if cx.changed::<Score>() {
                log.lock().expect("nobody panics").push(name.to_owned());
            }
            Ok(())
        });
        system.reads(Key::of::<Score>("Score"))
    };
    let mut world = World::new();
    world.insert(Score);
    let stage = Stage::new("main").system_fn(watch(&log, "old"));
    let mut schedule = Schedule::builder().stage(stage).build().expect("a schedule");
    assert_eq!(run(&mut schedule, &mut world, &log), ["old"]);
    schedule.edit().extend(Stage::new("main").system_fn(watch(&log, "new"))).apply().expect("it is possible");
    assert_eq!(run(&mut schedule, &mut world, &log), ["new"]);
    world.insert(Score);
    assert_eq!(run(&mut schedule, &mut world, &log), ["new", "old"]);
}

#[test]
fn learned_costs_stay() {
    let slow = |name: &str| {
        SystemFn::new(name, |_| {
            thread::sleep(Duration::from_millis(1));
            Ok(())
        })
    };
    let stage = Stage::new("main").system_fn(slow("a")).system_fn(slow("b"));
    let mut schedule = Schedule::builder().stage(stage).threads(Threads::Inline).build().expect("a schedule");
    schedule.run(&mut World::new()).expect("no system fails");
    let before = schedule.costs_ns();
    assert!(before.iter().all(|&ns| ns >= 1_000_000));
    let part = Stage::new("early").before("main").system_fn(slow("c"));
    schedule.edit().remove("a").stage(part).apply().expect("it is possible");
    assert_eq!(schedule.costs_ns()[1], before[1], "`b` is known");
    assert_ne!(schedule.costs_ns()[0], before[0], "`c` is not");
}

#[test]
fn a_recording_goes_on_and_a_replay_ends() {
    let (log, mut world) = (Log::default(), World::new());
    let stage = Stage::new("main").system_fn(logs("a", &log, &[])).system_fn(logs("b", &log, &[]));
    let mut schedule = Schedule::builder().stage(stage).build().expect("a schedule");
    schedule.record();
    run(&mut schedule, &mut world, &log);
    schedule.edit().remove("a").apply().expect("it is there");
    run(&mut schedule, &mut world, &log);
    let recording = schedule.take_recording();
    let counts: Vec<_> = recording.runs().iter().map(|run| run.slices().len()).collect();
    assert_eq!(counts, [2, 1]);
    let trace = recording.to_perfetto();
    assert_eq!((trace.matches(r#""name":"a""#).count(), trace.matches(r#""name":"b""#).count()), (1, 2));

    let last = recording.runs()[1].clone();
    schedule.set_order(RunOrder::Replayed(last.clone())).expect("it is of this schedule");
    schedule.edit().extend(Stage::new("main").system_fn(logs("c", &log, &[]))).apply().expect("it is possible");
    assert_eq!(run(&mut schedule, &mut world, &log), ["b3", "c1"]);
    assert!(schedule.set_order(RunOrder::Replayed(last)).is_err());
}

#[test]
fn a_local_schedule_is_edited_too() {
    #[derive(fencewright::System)]
    #[writes(u32)]
    struct Here(Rc<u32>);
    impl fencewright::Run for Here {
        fn run(&mut self, cx: &Cx<'_, Self>) -> fencewright::Outcome {
            *cx.write::<u32>()? += *self.0;
            Ok(())
        }
    }
    let mut world = World::new();
    world.insert(0_u32);
    let shared = Rc::new(1);
    let stage = Stage::new("main").main_thread(Here(Rc::clone(&shared)));
    let mut schedule = Schedule::builder().local_stage(stage).build().expect("a schedule");
    schedule.run(&mut world).expect("no system fails");
    let part = Stage::new("main").main_thread(Here(Rc::new(10)));
    schedule.edit().local_extend(part).remove("Here").apply().expect("it is possible");
    assert_eq!(Rc::strong_count(&shared), 1, "what is removed is dropped");
    schedule.run(&mut world).expect("no system fails");
    assert_eq!(world.get::<u32>(), Some(&11));
}

/// Makes a system that reads the even and writes the odd ones of the keys in the mask.
fn touches(name: &str, mask: u64) -> SystemFn {
    const KEYS: [&str; 5] = ["k0", "k1", "k2", "k3", "k4"];
    let system = SystemFn::new(name, |_| Ok(()));
    let keys = (0..5).filter(|bit| mask >> bit & 1 == 1);
    keys.fold(system, |system, bit| {
        let key = Key::named(KEYS[bit]);
        if bit % 2 == 0 { system.reads(key) } else { system.writes(key) }
    })
}

/// After any edits a schedule has the order of one that was built with these systems at once.
#[test]
fn edits_end_where_a_fresh_build_does() {
    let stage = |number: usize| Stage::new(format!("s{number}"));
    for seed in 0..if cfg!(miri) { 1 } else { 20 } {
        let mut random = Random(seed);
        let builder = (0..3).fold(Schedule::builder(), |builder, number| builder.stage(stage(number)));
        let mut schedule = builder.build().expect("a schedule");
        let mut there: Vec<(usize, String, u64)> = Vec::new();
        for step in 0..if cfg!(miri) { 8 } else { 30 } {
            let mut edit = schedule.edit();
            for part in 0..random.below(4) {
                if !there.is_empty() && random.below(3) == 0 {
                    let (_, name, _) = there.remove(random.below(there.len() as u64) as usize);
                    edit = edit.remove(name);
                } else {
                    let (number, name, mask) = (random.below(3) as usize, format!("{step}_{part}"), random.below(32));
                    edit = edit.extend(stage(number).system_fn(touches(&name, mask)));
                    there.push((number, name, mask));
                }
            }
            edit.apply().expect("it is possible");
            let fresh = (0..3).fold(Schedule::builder(), |builder, number| {
                let systems = there.iter().filter(|(of, ..)| *of == number);
                builder.stage(systems.fold(stage(number), |all, (_, name, mask)| all.system_fn(touches(name, *mask))))
            });
            let fresh = fresh.build().expect("a schedule");
            assert_eq!(names(&schedule), names(&fresh), "seed {seed}, step {step}");
            assert_eq!(schedule.dag(), fresh.dag(), "seed {seed}, step {step}");
            schedule.run(&mut World::new()).expect("no system fails");
        }
    }
}
