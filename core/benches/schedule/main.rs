//! What a schedule costs beside a plain loop, and how close it comes to the bound.
//!
//! `cargo bench -p fencewright --bench schedule [-- WORD ..]` prints the sections whose names contain one of the words.
//! The loop calls the same boxed closures in program order. Peers are in `core/benches/peers`.
#![allow(missing_docs, unreachable_pub)]

mod builds;
mod forks;
mod frames;
mod measure;
mod queries;
mod work;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fencewright::{Helpers, Key, Schedule, Stage, SystemFn, Threads, World};

use frames::Frame;
use measure::{Case, Turns, measure};
use work::{Clock, spin};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let clock = Clock::calibrate();
    let pool = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads"));
    let bench = Bench { clock, threads: Threads::Pool(pool) };
    let sections: [Section; 13] = [
        ("builds", |_| builds::builds()),
        ("empty", Bench::empty),
        ("tiny", Bench::tiny),
        ("many", Bench::many),
        ("mixed", Bench::mixed),
        ("short", Bench::short),
        ("random", Bench::random),
        ("what-if", Bench::what_if),
        ("busy", Bench::busy),
        ("means", Bench::means),
        ("forks", |_| forks::forks()),
        ("queries", |bench| queries::queries(&bench.threads)),
        ("rows", |bench| {
            queries::rows();
            queries::rows_in_shares(&bench.threads);
        }),
    ];
    for (name, section) in sections {
        if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
            println!("\n== {name}");
            section(&bench);
        }
    }
}

type Section = (&'static str, fn(&Bench));

struct Bench {
    clock: Clock,
    threads: Threads,
}

impl Bench {
    /// A schedule whose systems work as the frame says.
    fn schedule(&self, frame: &Frame) -> impl FnMut() + use<> {
        let mut schedule = self.built(frame, self.threads.clone());
        let mut world = World::new();
        move || schedule.run(&mut world).expect("no system fails")
    }

    fn built(&self, frame: &Frame, threads: Threads) -> Schedule {
        let mut stage = Stage::new("all");
        for (index, system) in frame.systems.iter().enumerate() {
            let rounds = self.clock.rounds(system.us);
            let body = SystemFn::new(format!("s{index}"), move |_| {
                spin(rounds);
                Ok(())
            });
            let body = system.reads.iter().fold(body, |body, &read| body.reads(key(read)));
            stage = stage.system_fn(system.writes.iter().fold(body, |body, &write| body.writes(key(write))));
        }
        Schedule::builder().stage(stage).threads(threads).build().expect("a schedule")
    }

    /// A loop over closures that work as the frame says.
    fn plain_loop(&self, frame: &Frame) -> impl FnMut() + use<> {
        let mut bodies: Vec<Box<dyn FnMut() -> Result<(), String>>> = Vec::new();
        for system in &frame.systems {
            let rounds = self.clock.rounds(system.us);
            bodies.push(Box::new(move || {
                spin(rounds);
                Ok(())
            }));
        }
        move || bodies.iter_mut().for_each(|body| body().expect("no system fails"))
    }

    fn pair(&self, frame: &Frame, how: Turns) -> [Case<'static>; 2] {
        let mut cases = [Case::new(self.plain_loop(frame)), Case::new(self.schedule(frame))];
        measure(&mut cases, how);
        cases
    }

    fn empty(&self) {
        println!("| case | loop us | schedule us | ns per system |\n| --- | --- | --- | --- |");
        let mut frames = vec![("chain of 1000".to_owned(), Frame::chain(1000))];
        frames.push(("1000 that write the same".to_owned(), Frame::same_write(1000)));
        frames.extend([1, 10, 60, 100, 1000, 6000].map(|count| (format!("{count} empty"), Frame::free(count, 0.0))));
        for (name, frame) in frames {
            let count = frame.systems.len();
            let batch = (2000 / count).max(1);
            let [plain, ours] = self.pair(&frame, Turns { batch, ..Turns::default() });
            let each = ours.median_us() * 1e3 / count as f64;
            println!("| {name} | {:.2} | {:.2} | {each:.1} |", plain.median_us(), ours.median_us());
        }
    }

    fn tiny(&self) {
        let mut ratios: Vec<f64> = Vec::new();
        for seed in 0..20 {
            let frame = Frame::tiny(seed);
            let [plain, ours] = self.pair(&frame, Turns { batch: 10, ..Turns::default() });
            ratios.push(ours.median_us() / plain.median_us());
        }
        print_ratios("60 systems of 0.1 to 2 us, of the loop", &mut ratios);
    }

    fn many(&self) {
        for count in [60, 1000] {
            let [plain, ours] = self.pair(&Frame::free(count, 1.0), Turns::default());
            println!("{count} x 1 us: loop {:.0} us, schedule {:.1} us", plain.median_us(), ours.median_us());
        }
    }

    fn mixed(&self) {
        println!(
            "| frame of 590 us | bound | loop | back to back [p10 p90] | after 400 us idle [p10 p90] |\n| --- | --- | --- | --- | --- |"
        );
        for seed in [1, 2, 3] {
            let frame = Frame::mixed(seed, 64);
            let [plain, ours] = self.pair(&frame, Turns { runs: 40, ..Turns::default() });
            let idle = Turns { idle: Duration::from_micros(400), warm_up: 1, ..Turns::default() };
            let [_, after_idle] = self.pair(&frame, idle);
            println!(
                "| seed {seed} | {:.0} | {:.0} | {:.0} [{:.0} {:.0}] | {:.0} [{:.0} {:.0}] |",
                frame.bound_us(2),
                plain.median_us(),
                ours.median_us(),
                ours.percentile_us(10),
                ours.percentile_us(90),
                after_idle.median_us(),
                after_idle.percentile_us(10),
                after_idle.percentile_us(90),
            );
        }
    }

    /// Frames that are over in less time than it takes to wake somebody, or in little more, each after a time of idling.
    fn short(&self) {
        println!("| 8 systems of | loop us | schedule, of it | control: loop, of it |\n| --- | --- | --- | --- |");
        for us in [0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 25.0] {
            let frame = Frame::free(8, us);
            let mut cases =
                [self.plain_loop(&frame), self.plain_loop(&frame)].map(Case::new).into_iter().collect::<Vec<_>>();
            cases.push(Case::new(self.schedule(&frame)));
            let idle = Duration::from_micros(400);
            measure(&mut cases, Turns { rounds: 60, warm_up: 1, runs: 20, idle, ..Turns::default() });
            let [plain, control, ours] = [0, 1, 2].map(|case| cases[case].median_us());
            println!("| {us} us | {plain:.1} | {:.3} | {:.3} |", ours / plain, control / plain);
        }
    }

    fn random(&self) {
        self.hundred_frames(Duration::ZERO, "back to back");
        self.hundred_frames(Duration::from_micros(400), "after 400 us idle");
    }

    /// What a schedule says that a run takes, beside what it takes: of the costs that it was given, and of those that it has learned.
    fn what_if(&self) {
        for (threads, pool) in [(1, Threads::Inline), (2, self.threads.clone())] {
            for idle in [Duration::ZERO, Duration::from_micros(400)] {
                let helpers = if idle.is_zero() { Helpers::Awake } else { Helpers::Asleep };
                let (mut of_given, mut of_learned) = (Vec::new(), Vec::new());
                for seed in 0..60 {
                    let frame = Frame::mixed(2000 + seed, [32, 64, 128][seed as usize % 3]);
                    let mut schedule = self.built(&frame, pool.clone());
                    let mut world = World::new();
                    let turns = Turns { rounds: 3, warm_up: 20, runs: 30, idle, batch: 1 };
                    let measured_ns = {
                        let mut cases = [Case::new(|| schedule.run(&mut world).expect("no system fails"))];
                        measure(&mut cases, turns);
                        cases[0].median_us() * 1e3
                    };
                    let given: Vec<_> = frame.systems.iter().map(|system| (system.us * 1e3) as u64).collect();
                    of_given.push(schedule.expected_ns(&given, threads, helpers) as f64 / measured_ns);
                    of_learned.push(schedule.expected_ns(&schedule.costs_ns(), threads, helpers) as f64 / measured_ns);
                }
                let when = if idle.is_zero() { "back to back" } else { "after 400 us idle" };
                print_ratios(&format!("{threads} threads, {when}: expected of measured, costs given"), &mut of_given);
                print_ratios(
                    &format!("{threads} threads, {when}: expected of measured, costs learned"),
                    &mut of_learned,
                );
            }
        }
    }

    fn busy(&self) {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    spin(1000);
                }
            });
            self.hundred_frames(Duration::ZERO, "another thread busy");
            stop.store(true, Ordering::Relaxed);
        });
    }

    /// All runs of long turns, those that are tried in vain, too; for a machine that something else keeps busy.
    fn means(&self) {
        println!("| frame | loop us | schedule, of it: median | mean |\n| --- | --- | --- | --- |");
        for seed in 0..6 {
            let frame = Frame::mixed(3000 + seed, 64);
            let [plain, ours] = self.pair(&frame, Turns { warm_up: 0, runs: 100, rounds: 10, ..Turns::default() });
            let (median, mean) = (ours.median_us() / plain.median_us(), ours.mean_us() / plain.mean_us());
            println!("| {seed} | {:.0} | {median:.3} | {mean:.3} |", plain.median_us());
        }
    }

    fn hundred_frames(&self, idle: Duration, when: &str) {
        let (mut of_loop, mut of_bound) = (Vec::new(), Vec::new());
        for seed in 0..100 {
            let frame = Frame::mixed(1000 + seed, [32, 64, 128][seed as usize % 3]);
            let [plain, ours] = self.pair(&frame, Turns { rounds: 10, warm_up: 5, runs: 5, idle, batch: 1 });
            of_loop.push(plain.median_us() / ours.median_us());
            of_bound.push(ours.median_us() / frame.bound_us(2));
        }
        print_ratios(&format!("100 frames, {when}: faster than the loop"), &mut of_loop);
        print_ratios(&format!("100 frames, {when}: of the bound"), &mut of_bound);
    }
}

fn print_ratios(what: &str, ratios: &mut [f64]) {
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
    let at = |percent: usize| ratios[(ratios.len() - 1) * percent / 100];
    println!("{what}: median {:.3}, p10 {:.3}, p90 {:.3}, from {least:.3} to {most:.3}", at(50), at(10), at(90));
}

fn key(resource: usize) -> Key {
    Key::named(Box::leak(format!("r{resource}").into_boxed_str()))
}
