//! Every interleaving of two threads, and every value that a weak memory lets them read.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::engine::{self, Claim, Crew, Facade, Fault, FaultKind, Faults, Lease, Orders, Run, Tally};
use crate::graph::Graph;

/// The world of loom, with the orderings that `W` chooses.
struct Loom<W>(PhantomData<W>);

trait Choice: 'static {
    const ORDERS: Orders;
}

struct Sound;

impl Choice for Sound {
    const ORDERS: Orders = Orders::SOUND;
}

impl<W: Choice> Facade for Loom<W> {
    type Atomic = loom::sync::atomic::AtomicUsize;
    type Cell<T> = loom::cell::UnsafeCell<T>;
    type Parker = loom::sync::Notify;
    type Patience = OneLook;
    const ORDERS: Orders = W::ORDERS;
}

impl engine::Atomic for loom::sync::atomic::AtomicUsize {
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

impl<T> engine::Cell<T> for loom::cell::UnsafeCell<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }
    fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        self.with(read)
    }
    fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        self.with_mut(write)
    }
}

impl engine::Parker for loom::sync::Notify {
    fn new() -> Self {
        Self::new()
    }
    fn park(&self) {
        self.wait();
    }
    fn unpark(&self) {
        self.notify();
    }
}

/// Looks once, so that a model has an end.
struct OneLook;

impl engine::Patience for OneLook {
    fn new() -> Self {
        Self
    }
    fn wait(&mut self) -> bool {
        false
    }
}

/// What a node does, beside touching the data.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Well,
    Fails,
    Panics,
}

/// One model: `runs` runs of `graph` by the caller and at most `helpers` helpers, in which `fate` says who fails.
struct Model {
    graph: Graph,
    fates: Vec<Fate>,
    runs: usize,
    helpers: usize,
    /// Whether the helper is there from the start, rather than called when something is left over.
    early: bool,
    /// Whether the helper is a stranger, who may help only if it sees the caller pause.
    stranger: bool,
    /// The first of these, when it runs on the helper, does not return before the second has run. The caller is then the only
    /// one who can run the second, so a wake that gets lost is a deadlock.
    meeting: Option<(usize, usize)>,
}

impl Model {
    fn of(graph: Graph) -> Self {
        let fates = vec![Fate::Well; graph.pinned.len()];
        Self { graph, fates, runs: 1, helpers: 1, early: false, stranger: false, meeting: None }
    }

    /// Checks every interleaving with at most `preemptions` forced switches; returns how many there were.
    fn check<W: Choice>(self, preemptions: usize) -> usize {
        let interleavings = Arc::new(AtomicUsize::new(0));
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(preemptions);
        let seen = Arc::clone(&interleavings);
        builder.check(move || {
            seen.fetch_add(1, Ordering::Relaxed);
            self.once::<W>();
        });
        interleavings.load(Ordering::Relaxed)
    }

    fn once<W: Choice>(&self) {
        let nodes = self.graph.pinned.len();
        let crew = Arc::new(Crew::<Loom<W>>::new(nodes));
        let waiting: Vec<_> =
            self.graph.predecessors.iter().map(|list| loom::sync::atomic::AtomicUsize::new(list.len())).collect();
        let faults = Faults::<Loom<W>, usize>::new(nodes);
        // Node n writes cell n and reads those of its predecessors: loom reports each access that nothing orders.
        let data = Shared((0..nodes).map(|_| loom::cell::UnsafeCell::new(0)).collect());
        let caller = loom::thread::current().id();
        let left = AtomicUsize::new(self.helpers);
        let met = loom::sync::Notify::new();
        let paused = Arc::new(loom::sync::atomic::AtomicUsize::new(0));

        let call = || {
            if left.load(Ordering::Relaxed) > 0 && crew.call(1) {
                left.fetch_sub(1, Ordering::Relaxed);
                let (crew, paused, stranger) = (Arc::clone(&crew), Arc::clone(&paused), self.stranger);
                loom::thread::spawn(move || {
                    if stranger && !crew.as_a_stranger(|| paused.load(Ordering::Relaxed) != 0) {
                        return crew.dismiss();
                    }
                    crew.serve(Lease::help, || ());
                });
            }
        };
        if self.early {
            call();
        }
        for round in 1..=self.runs {
            let work = |claim: Claim| {
                let node = claim.node();
                assert!(
                    !self.graph.pinned[node] || loom::thread::current().id() == caller,
                    "a pinned node on a helper"
                );
                for &earlier in &self.graph.predecessors[node] {
                    assert_eq!(data.read(earlier as usize), round, "{earlier} comes before {node}");
                }
                data.count(node);
                if let Some((first, second)) = self.meeting {
                    if node == second {
                        met.notify();
                    } else if node == first && loom::thread::current().id() != caller {
                        met.wait();
                    }
                }
                match self.fates[node] {
                    Fate::Well => Ok(()),
                    Fate::Fails => Err(node),
                    Fate::Panics => std::panic::panic_any(node),
                }
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
                // Nobody is inside a system: loom reports a read beside its write.
                (0..nodes).for_each(|node| _ = data.read(node));
                paused.store(1, Ordering::Relaxed);
            };
            run.lead(&call, &pause, &|parker| engine::Parker::park(parker));
            self.check_outcome(round, &faults, &data);
        }
    }

    fn check_outcome<W: Choice>(&self, round: usize, faults: &Faults<Loom<W>, usize>, data: &Shared) {
        let failing: Vec<usize> = (0..self.fates.len()).filter(|&node| self.fates[node] != Fate::Well).collect();
        let skipped: Vec<usize> = failing.iter().flat_map(|&node| self.graph.depends_on(node)).collect();
        for node in 0..self.fates.len() {
            assert_eq!(data.read(node), if skipped.contains(&node) { 0 } else { round }, "runs of node {node}");
        }
        let found: Vec<usize> = faults
            .take()
            .into_iter()
            .map(|fault: Fault<usize>| {
                match fault.kind {
                    FaultKind::Failed(node) => assert_eq!(node, fault.node),
                    FaultKind::Panicked(payload) => assert_eq!(payload.downcast_ref(), Some(&fault.node)),
                }
                fault.node
            })
            .collect();
        let expected: Vec<usize> = failing.into_iter().filter(|node| !skipped.contains(node)).collect();
        assert_eq!(found, expected);
    }
}

/// How often each node has run, in cells that nothing but the executor protects.
struct Shared(Vec<loom::cell::UnsafeCell<usize>>);

impl Shared {
    fn read(&self, node: usize) -> usize {
        // SAFETY: loom checks that no write is concurrent.
        self.0[node].with(|value| unsafe { *value })
    }

    fn count(&self, node: usize) {
        // SAFETY: loom checks that no access is concurrent.
        self.0[node].with_mut(|value| unsafe { *value += 1 });
    }
}

// SAFETY: loom checks every access.
unsafe impl Sync for Shared {}

const PREEMPTIONS: usize = 3;

#[test]
fn every_graph_of_four_systems() {
    let mut interleavings = 0;
    for graph in Graph::all_of_four() {
        interleavings += Model::of(graph).check::<Sound>(PREEMPTIONS);
    }
    println!("{interleavings} interleavings");
}

#[test]
fn a_helper_that_is_there_before_the_run() {
    for graph in Graph::all_of_four() {
        Model { early: true, ..Model::of(graph) }.check::<Sound>(2);
    }
}

#[test]
fn a_pause_for_strangers_is_between_systems() {
    for graph in Graph::all_of_four() {
        Model { stranger: true, ..Model::of(graph) }.check::<Sound>(1);
    }
    // One who is known is there as well, and may be inside.
    for edges in [&[][..], &[(0, 2), (1, 2)], &[(0, 1), (0, 2)]] {
        let graph = Graph::new(3, edges.iter().copied());
        Model { stranger: true, runs: 2, helpers: 2, ..Model::of(graph) }.check::<Sound>(1);
    }
}

/// A thread that executes a piece of a run's loop looks twice. Other runs share the tally, before, beside and after.
#[test]
fn a_tally_is_never_empty_for_one_who_is_below_a_run() {
    loom::model(|| {
        let tally = Arc::new(Tally::new(loom::sync::atomic::AtomicUsize::new(0)));
        let other = Arc::clone(&tally);
        let other = loom::thread::spawn(move || {
            other.begin();
            other.end();
        });
        for _ in 0..2 {
            tally.begin();
            let piece = Arc::clone(&tally);
            let piece = loom::thread::spawn(move || {
                let first = piece.look();
                assert!(!first.has_ended_by(first) && !first.has_ended_by(piece.look()), "{first:?}");
            });
            piece.join().expect("a piece does not panic");
            tally.end();
        }
        other.join().expect("the other run does not panic");
    });
}

/// One who came during a run, and is not below it, sees that it has ended, though the next has begun.
#[test]
fn a_tally_remembers_that_it_was_empty() {
    loom::model(|| {
        let tally = Arc::new(Tally::new(loom::sync::atomic::AtomicUsize::new(0)));
        tally.begin();
        let first = tally.look();
        assert!(!first.has_ended_by(tally.look()));
        let next = Arc::clone(&tally);
        tally.end();
        let next = loom::thread::spawn(move || next.begin());
        assert!(first.has_ended_by(tally.look()));
        next.join().expect("the next run does not panic");
        assert!(first.has_ended_by(tally.look()));
        assert_eq!(tally.look().in_progress(), 1);
    });
}

/// The helper of the first run may come, look on, or leave during the second.
#[test]
fn two_runs_and_a_late_helper() {
    for edges in [&[][..], &[(0, 2), (1, 2)], &[(0, 1), (0, 2)]] {
        let graph = Graph::new(3, edges.iter().copied());
        Model { runs: 2, early: true, ..Model::of(graph.clone()) }.check::<Sound>(2);
        Model { runs: 2, helpers: 2, ..Model::of(graph) }.check::<Sound>(2);
    }
}

#[test]
fn no_wake_is_lost() {
    meeting().into_iter().for_each(|model| assert!(model.check::<Sound>(PREEMPTIONS) > 1));
}

#[test]
fn errors_and_panics_skip_what_depends_on_them() {
    std::panic::set_hook(Box::new(|_| ()));
    for fate in [Fate::Fails, Fate::Panics] {
        for graph in Graph::all_of_four() {
            for failing in 0..3 {
                let mut model = Model::of(graph.clone());
                model.fates[failing] = fate;
                model.fates[2] = fate;
                model.check::<Sound>(1);
            }
        }
    }
}

#[test]
fn a_failed_run_leaves_nothing_for_the_next() {
    let mut model = Model { runs: 2, ..Model::of(Graph::new(3, [(0, 2), (1, 2)])) };
    model.fates[1] = Fate::Fails;
    model.check::<Sound>(2);
}

/// A parallel loop inside a system: a closure that is lent, and numbers that are claimed one by one.
#[test]
fn a_lent_loop_ends_when_everyone_has_left() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(|| {
        let lease = Arc::new(Lease::<Loom<Sound>>::new());
        let data = Shared((0..3).map(|_| loom::cell::UnsafeCell::new(0)).collect());
        let next = loom::sync::atomic::AtomicUsize::new(0);
        let work = || {
            while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < 3) {
                data.count(number);
            }
        };
        lease.lend(&work, |gate| {
            let late = Arc::clone(&lease);
            loom::thread::spawn(move || late.help());
            work();
            gate.close_when_all_have_left(&|parker| engine::Parker::park(parker));
        });
        assert!((0..3).all(|number| data.read(number) == 1));
    });
}

#[test]
fn pinned_systems_stay_with_the_caller() {
    for graph in Graph::all_of_four() {
        Model::of(graph.pin(1).pin(3)).check::<Sound>(2);
    }
}

/// Set for the child process in which a weakened model runs: loom may abort where it finds a fault while it unwinds.
const IN_CHILD: &str = "FENCEWRIGHT_WEAKENED";

/// Runs `models` with the orderings `W` in a process of its own, and checks that loom stops it.
fn must_fail<W: Choice>(test: &str, models: impl FnOnce() -> Vec<Model>) {
    if std::env::var_os(IN_CHILD).is_some() {
        models().into_iter().for_each(|model| assert!(model.check::<W>(PREEMPTIONS) > 0));
        return;
    }
    let this = std::env::current_exe().expect("the test has a file");
    let child = std::process::Command::new(this)
        .args(["--exact", "--nocapture", &format!("in_loom::{test}")])
        .env(IN_CHILD, "1")
        .output()
        .expect("the test can run itself");
    let said = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
    assert!(!child.status.success(), "loom finds nothing wrong with {test}");
    let found = ["Causality violation", "deadlock"].iter().any(|fault| said.contains(fault));
    assert!(found, "{test} fails for another reason:\n{said}");
}

/// Weakens one ordering to `Relaxed`.
macro_rules! weakened {
    ($($test:ident: $field:ident, $models:expr;)+) => { $(
        #[test]
        fn $test() {
            struct Weak;
            impl Choice for Weak {
                const ORDERS: Orders = Orders { $field: Ordering::Relaxed, ..Orders::SOUND };
            }
            must_fail::<Weak>(stringify!($test), $models);
        }
    )+ };
}

fn four() -> Vec<Model> {
    Graph::all_of_four().map(Model::of).collect()
}

/// Nothing but the start and the end of the run orders what these do with what the caller does.
fn unordered() -> Vec<Model> {
    vec![Model { early: true, ..Model::of(Graph::new(2, [])) }]
}

fn meeting() -> Vec<Model> {
    let graph = Graph::new(3, [(0, 1), (0, 2)]);
    let pinned = graph.clone().pin(2);
    [graph, pinned].map(|graph| Model { early: true, meeting: Some((1, 2)), ..Model::of(graph) }).into()
}

weakened! {
    without_signal: signal, four;
    without_publish: publish, four;
    without_claim: claim, four;
    without_open: open, unordered;
    without_enter: enter, unordered;
    without_leave: leave, unordered;
    without_close: close, unordered;
    without_announce: announce, meeting;
    without_sleep: sleep, meeting;
}
