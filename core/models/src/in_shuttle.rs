//! Larger runs than loom can follow: a hundred systems, four threads, thousands of random schedules.

use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use shuttle::rand::{Rng as _, thread_rng};

use crate::engine::{self, Claim, Crew, Facade, Faults, Lease, Orders, Run};
use crate::graph::Graph;

/// The world of shuttle: it switches threads at each step, and knows no weak orderings.
struct Shuttle;

impl Facade for Shuttle {
    type Atomic = shuttle::sync::atomic::AtomicUsize;
    type Cell<T> = std::cell::UnsafeCell<T>;
    type Parker = Parker;
    type Patience = FewLooks;
    const ORDERS: Orders = Orders::SOUND;
}

impl engine::Atomic for shuttle::sync::atomic::AtomicUsize {
    fn new(value: usize) -> Self {
        Self::new(value)
    }
    fn load(&self, order: Ordering) -> usize {
        self.load(order)
    }
    fn store(&self, value: usize, order: Ordering) {
        self.store(value, order);
    }
    fn fetch_add(&self, value: usize, order: Ordering) -> usize {
        self.fetch_add(value, order)
    }
    fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
        self.fetch_sub(value, order)
    }
    fn fetch_or(&self, value: usize, order: Ordering) -> usize {
        self.fetch_or(value, order)
    }
    fn fetch_and(&self, value: usize, order: Ordering) -> usize {
        self.fetch_and(value, order)
    }
    fn replace(&self, current: usize, new: usize, order: Ordering) -> bool {
        self.compare_exchange(current, new, order, Ordering::Relaxed).is_ok()
    }
}

impl<T> engine::Cell<T> for std::cell::UnsafeCell<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }
    fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.get())
    }
    fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.get())
    }
}

#[derive(Default)]
struct Parker {
    token: shuttle::sync::Mutex<bool>,
    given: shuttle::sync::Condvar,
}

impl engine::Parker for Parker {
    fn new() -> Self {
        Self::default()
    }
    fn park(&self) {
        let mut token = self.token.lock().unwrap();
        while !*token {
            token = self.given.wait(token).unwrap();
        }
        *token = false;
    }
    fn unpark(&self) {
        *self.token.lock().unwrap() = true;
        self.given.notify_one();
    }
}

struct FewLooks(u32);

impl engine::Patience for FewLooks {
    fn new() -> Self {
        Self(0)
    }
    fn wait(&mut self) -> bool {
        shuttle::thread::yield_now();
        self.0 += 1;
        self.0 < 3
    }
}

/// Systems with random accesses, and the graph of their hazards in program order.
struct Frame {
    graph: Graph,
    reads: Vec<Vec<usize>>,
    writes: Vec<usize>,
    resources: usize,
}

impl Frame {
    fn random(systems: usize, resources: usize) -> Self {
        let mut random = thread_rng();
        let mut pick = || random.gen_range(0..resources);
        let writes: Vec<usize> = (0..systems).map(|_| pick()).collect();
        let reads: Vec<Vec<usize>> =
            writes.iter().map(|write| [pick(), pick()].into_iter().filter(|read| read != write).collect()).collect();
        let mut edges = Vec::new();
        for second in 0..systems {
            for first in 0..second {
                let hazard = writes[first] == writes[second]
                    || reads[second].contains(&writes[first])
                    || reads[first].contains(&writes[second]);
                if hazard {
                    edges.push((first, second));
                }
            }
        }
        let mut graph = Graph::new(systems, edges);
        graph.pinned.iter_mut().for_each(|pinned| *pinned = random.gen_ratio(1, 20));
        Self { graph, reads, writes, resources }
    }

    /// Runs the frame twice with `helpers` helpers, and checks both against a plain loop.
    fn check(&self, helpers: usize, failing: Option<usize>) {
        let systems = self.writes.len();
        let crew = Arc::new(Crew::<Shuttle>::new(systems));
        let waiting: Vec<_> =
            self.graph.predecessors.iter().map(|list| shuttle::sync::atomic::AtomicUsize::new(list.len())).collect();
        let faults = Faults::<Shuttle, usize>::new(systems);
        let world: Vec<_> = (0..self.resources).map(|_| Resource::default()).collect();
        let caller = shuttle::thread::current().id();
        let running = AtomicUsize::new(0);
        let threads = Mutex::new(Vec::new());
        let paused = Arc::new(AtomicUsize::new(0));

        let call = || {
            if crew.call(helpers) {
                let crew = Arc::clone(&crew);
                let paused = Arc::clone(&paused);
                let thread = shuttle::thread::spawn(move || {
                    // Every other helper is a stranger.
                    let stranger = thread_rng().gen_ratio(1, 2);
                    if stranger && !crew.as_a_stranger(|| becomes_known(&paused)) {
                        return crew.dismiss();
                    }
                    crew.serve(Lease::help, || ());
                });
                threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
            }
        };
        let skipped = failing.map_or_else(Vec::new, |node| self.graph.depends_on(node));
        let mut expected = vec![0_usize; self.resources];
        for _ in 0..2 {
            let work = |claim: Claim| {
                let node = claim.node();
                assert!(!self.graph.pinned[node] || shuttle::thread::current().id() == caller);
                running.fetch_add(1, Ordering::Relaxed);
                let mut sum = node;
                self.reads[node].iter().for_each(|&read| sum = sum.wrapping_mul(31) + world[read].read());
                world[self.writes[node]].write(sum);
                running.fetch_sub(1, Ordering::Relaxed);
                if failing == Some(node) { Err(node) } else { Ok(()) }
            };
            let run = Run {
                crew: &*crew,
                graph: &self.graph,
                units: &self.graph,
                waiting: &waiting,
                faults: &faults,
                work: &work,
            };
            let pause = || {
                assert_eq!(running.load(Ordering::Relaxed), 0, "a pause beside a system");
                paused.fetch_add(1, Ordering::Relaxed);
            };
            run.lead(&call, &pause, &|parker| engine::Parker::park(parker));
            assert_eq!(running.load(Ordering::Relaxed), 0, "a helper is still inside");

            for node in (0..systems).filter(|node| !skipped.contains(node)) {
                let sum = self.reads[node].iter().fold(node, |sum, &read| sum.wrapping_mul(31) + expected[read]);
                expected[self.writes[node]] = expected[self.writes[node]].wrapping_mul(17) + sum;
            }
            let found: Vec<usize> = world.iter().map(Resource::read).collect();
            assert_eq!(found, expected);
            assert_eq!(faults.take().iter().map(|fault| fault.node).collect::<Vec<_>>(), Vec::from_iter(failing));
        }
        for thread in threads.into_inner().unwrap_or_else(PoisonError::into_inner) {
            thread.join().unwrap();
        }
    }
}

/// Stays for a few switches, until there was a pause.
fn becomes_known(paused: &AtomicUsize) -> bool {
    let before = paused.load(Ordering::Relaxed);
    (0..5).any(|_| {
        shuttle::thread::yield_now();
        paused.load(Ordering::Relaxed) != before
    })
}

/// A value that counts who borrows it, over a switch of threads.
#[derive(Default)]
struct Resource {
    value: AtomicUsize,
    /// Readers, or -1 for a writer.
    borrows: AtomicIsize,
}

impl Resource {
    fn read(&self) -> usize {
        assert!(self.borrows.fetch_add(1, Ordering::Relaxed) >= 0, "read beside a writer");
        shuttle::thread::yield_now();
        let value = self.value.load(Ordering::Relaxed);
        self.borrows.fetch_sub(1, Ordering::Relaxed);
        value
    }

    fn write(&self, sum: usize) {
        assert_eq!(self.borrows.swap(-1, Ordering::Relaxed), 0, "written beside another access");
        shuttle::thread::yield_now();
        self.value.store(self.value.load(Ordering::Relaxed).wrapping_mul(17).wrapping_add(sum), Ordering::Relaxed);
        self.borrows.store(0, Ordering::Relaxed);
    }
}

const SCHEDULES: usize = 3_000;

#[test]
fn a_hundred_systems_on_random_schedules() {
    shuttle::check_random(|| Frame::random(100, 48).check(3, None), SCHEDULES);
}

#[test]
fn a_hundred_systems_on_schedules_with_few_switches() {
    shuttle::check_pct(|| Frame::random(100, 48).check(3, None), SCHEDULES, 3);
}

#[test]
fn a_hundred_systems_one_of_which_fails() {
    shuttle::check_random(
        || {
            let failing = thread_rng().gen_range(0..100);
            Frame::random(100, 48).check(3, Some(failing));
        },
        SCHEDULES,
    );
}

#[test]
fn ten_systems_that_all_conflict_or_none() {
    shuttle::check_random(|| Frame::random(10, 1).check(2, None), SCHEDULES);
    shuttle::check_random(|| Frame::random(10, 1_000).check(2, None), SCHEDULES);
}
