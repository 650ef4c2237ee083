//! The executor against its plain twin, and what it promises about threads.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::{Claim, Dag, Executor, FaultKind};
use crate::run::Threads;

/// Miri is some thousand times slower.
const SEEDS: u64 = if cfg!(miri) { 2 } else { 200 };
const THREADS: &[usize] = if cfg!(miri) { &[1, 3] } else { &[1, 2, 4, 8] };

/// How many random graphs there are for each number of threads: few, unless the environment asks for more.
fn seeds() -> u64 {
    std::env::var("FENCEWRIGHT_GRAPHS").ok().and_then(|count| count.parse().ok()).unwrap_or(SEEDS)
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

fn pool(threads: usize) -> Threads {
    Threads::Pool(Arc::new(ThreadPoolBuilder::new().num_threads(threads).build().expect("a few threads")))
}

fn dag(nodes: usize, edges: &[(usize, usize)]) -> Dag {
    Dag::new(vec![false; nodes], edges.iter().copied(), edges.iter().copied())
}

/// An executor that has not run yet calls helpers whatever its nodes do: it knows no costs.
fn run_once(dag: Dag, threads: &Threads, work: impl Fn(usize) + Sync) {
    let faults = Executor::<()>::new(dag).run(threads, &|claim: Claim| {
        work(claim.node());
        Ok(())
    });
    assert!(faults.is_empty());
}

/// Fails if `work` does not return in time.
fn watched(work: impl FnOnce() + Send + 'static) {
    let (done, waits) = mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        let _ = done.send(());
    });
    // Miri's clock counts instructions.
    let limit = if cfg!(miri) { Duration::from_hours(1) } else { Duration::from_mins(1) };
    match waits.recv_timeout(limit) {
        Ok(()) | Err(RecvTimeoutError::Disconnected) => worker.join().expect("it does not panic"),
        Err(RecvTimeoutError::Timeout) => panic!("it does not end"),
    }
}

fn random_edges(random: &mut Random, nodes: usize) -> Vec<(usize, usize)> {
    let mut edges: Vec<_> = (0..random.below(nodes * 2)).map(|_| (random.below(nodes), random.below(nodes))).collect();
    edges.retain(|(first, second)| first < second);
    edges
}

#[test]
fn every_node_runs_once_and_after_what_it_waits_for() {
    for &threads in THREADS {
        let threads = pool(threads);
        for seed in 0..seeds() {
            let mut random = Random(seed);
            let nodes = 1 + random.below(if cfg!(miri) { 8 } else { 80 });
            let edges = random_edges(&mut random, nodes);
            let mut executor = Executor::<()>::new(dag(nodes, &edges));
            let ends: Vec<AtomicU64> = (0..nodes).map(|_| AtomicU64::new(0)).collect();
            for run in 1..=if cfg!(miri) { 2 } else { 5 } {
                let faults = executor.run(&threads, &|claim: Claim| {
                    for &(first, second) in &edges {
                        if second == claim.node() {
                            assert_eq!(
                                ends[first].load(Ordering::Relaxed),
                                run,
                                "{first} before {second}, seed {seed}"
                            );
                        }
                    }
                    ends[claim.node()].fetch_add(1, Ordering::Relaxed);
                    Ok(())
                });
                assert!(faults.is_empty(), "seed {seed}: {faults:?}");
                assert!(ends.iter().all(|end| end.load(Ordering::Relaxed) == run), "seed {seed}");
            }
        }
    }
}

#[test]
fn failures_are_the_same_on_any_number_of_threads() {
    let pools: Vec<Threads> = THREADS.iter().map(|&threads| pool(threads)).collect();
    for seed in 0..SEEDS {
        let mut random = Random(seed);
        let nodes = 1 + random.below(if cfg!(miri) { 6 } else { 20 });
        let edges = random_edges(&mut random, nodes);
        let failing: BTreeSet<usize> = (0..=random.below(4)).map(|_| random.below(nodes)).collect();
        let outcome = |threads: &Threads| {
            let ran: Vec<AtomicUsize> = (0..nodes).map(|_| AtomicUsize::new(0)).collect();
            let mut executor = Executor::<usize>::new(dag(nodes, &edges));
            let faults = executor.run(threads, &|claim: Claim| {
                let node = claim.node();
                ran[node].fetch_add(1, Ordering::Relaxed);
                match (failing.contains(&node), node % 2) {
                    (true, 0) => Err(node),
                    (true, _) => std::panic::resume_unwind(Box::new(node)),
                    (false, _) => Ok(()),
                }
            });
            let failed = |fault: super::Fault<usize>| match fault.kind {
                FaultKind::Failed(node) => (fault.node, node),
                FaultKind::Panicked(payload) => (fault.node, *payload.downcast().expect("a node")),
            };
            let faults: Vec<_> = faults.into_iter().map(failed).collect();
            assert!(faults.iter().all(|(node, payload)| node == payload));
            let ran: Vec<usize> = ran.into_iter().map(AtomicUsize::into_inner).collect();
            assert!(executor.run(threads, &|_| Ok(())).is_empty(), "the next run is not the worse for it");
            (faults, ran)
        };
        let alone = outcome(&pools[0]);
        assert!(alone.0.is_sorted());
        for threads in &pools[1..] {
            assert_eq!(outcome(threads), alone, "seed {seed}");
        }
    }
}

#[test]
fn what_a_failure_needs_not_is_not_skipped() {
    // 1 waits for 0 but can do without it; 2 waits for it by way of 1 and cannot.
    for threads in [1, 2] {
        let dag = Dag::new(vec![false; 3], [(0, 1), (1, 2)].into_iter(), [(0, 2)].into_iter());
        let ran = Mutex::new(Vec::new());
        Executor::<()>::new(dag).run(&pool(threads), &|claim: Claim| {
            ran.lock().expect("nobody panics").push(claim.node());
            if claim.node() == 0 { Err(()) } else { Ok(()) }
        });
        assert_eq!(ran.into_inner().expect("nobody panics"), [0, 1]);
    }
}

#[test]
fn one_thread_means_the_callers() {
    let caller = thread::current().id();
    for threads in [Threads::Inline, pool(1)] {
        run_once(dag(20, &[]), &threads, |_| assert_eq!(thread::current().id(), caller));
    }
}

#[test]
fn pinned_nodes_run_on_the_callers_thread() {
    let caller = thread::current().id();
    for seed in 0..SEEDS {
        let mut random = Random(seed);
        let nodes = if cfg!(miri) { 8 } else { 30 };
        let pinned: Vec<bool> = (0..nodes).map(|_| random.below(3) == 0).collect();
        let edges = random_edges(&mut random, nodes);
        let dag = Dag::new(pinned.clone(), edges.into_iter(), std::iter::empty());
        run_once(dag, &pool(3), |node| assert!(!pinned[node] || thread::current().id() == caller));
    }
}

#[test]
fn a_pool_that_is_busy_does_not_hold_a_run_up() {
    watched(|| {
        let threads = pool(2);
        let go_on = Arc::new(AtomicBool::new(false));
        for _ in 0..2 {
            let go_on = Arc::clone(&go_on);
            threads.spawn(move || {
                while !go_on.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
            });
        }
        let ran = AtomicUsize::new(0);
        // The helper that each of them calls waits in the pool's queue, and they all end without it.
        let runs = if cfg!(miri) { 2 } else { 10 };
        for _ in 0..runs {
            run_once(dag(20, &[]), &threads, |_| {
                ran.fetch_add(1, Ordering::Relaxed);
            });
        }
        assert_eq!(ran.load(Ordering::Relaxed), runs * 20);
        go_on.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_late_helper_takes_part_in_the_run_that_it_finds() {
    watched(|| {
        let Threads::Pool(pool) = pool(2) else { unreachable!("a pool was asked for") };
        let threads = Threads::Pool(Arc::clone(&pool));
        let mut executor = Executor::<()>::new(dag(8, &[]));
        for _ in 0..if cfg!(miri) { 3 } else { 300 } {
            let here = AtomicUsize::new(0);
            assert!(
                executor
                    .run(&threads, &|_| {
                        here.fetch_add(1, Ordering::Relaxed);
                        Ok(())
                    })
                    .is_empty()
            );
            // Frees what the work borrowed: a helper that came too late would touch it.
            assert_eq!(here.into_inner(), 8);
        }
        drop(executor);
        drop(threads);
        pool.install(|| ());
    });
}

#[test]
fn runs_nest() {
    watched(|| {
        let threads = pool(3);
        let inner: Vec<Mutex<Executor<()>>> = (0..6).map(|_| Mutex::new(Executor::new(dag(6, &[(0, 5)])))).collect();
        let ran = AtomicUsize::new(0);
        run_once(dag(6, &[(0, 1)]), &threads, |node| {
            let faults = inner[node].lock().expect("nobody panics").run(&threads, &|_| {
                ran.fetch_add(1, Ordering::Relaxed);
                Ok(())
            });
            assert!(faults.is_empty());
        });
        assert_eq!(ran.load(Ordering::Relaxed), 36);
    });
}

#[test]
fn runs_work_from_inside_the_pool_and_from_the_global_one() {
    watched(|| {
        let Threads::Pool(pool) = pool(2) else { unreachable!("a pool was asked for") };
        let ran = AtomicUsize::new(0);
        let count = |_| {
            ran.fetch_add(1, Ordering::Relaxed);
        };
        pool.install(|| {
            run_once(dag(9, &[(0, 8)]), &Threads::Pool(Arc::clone(&pool)), count);
            run_once(dag(9, &[(0, 8)]), &Threads::Current, count);
        });
        run_once(dag(9, &[(0, 8)]), &Threads::Current, count);
        assert_eq!(ran.load(Ordering::Relaxed), 27);
    });
}

/// A thread that waits in a `join` runs whatever job it finds. If it found another node, that would wait for the lock below it.
#[test]
fn a_parallel_loop_under_a_lock_does_not_meet_another_system() {
    watched(|| {
        let threads = pool(2);
        let Threads::Pool(pool) = &threads else { unreachable!("a pool was asked for") };
        let lock = Mutex::new(0_u64);
        for _ in 0..if cfg!(miri) { 1 } else { 100 } {
            let mut executor = Executor::<()>::new(dag(8, &[(0, 7)]));
            let faults = pool.install(|| {
                executor.run(&threads, &|_| {
                    let mut sum = lock.lock().expect("nobody panics");
                    *sum += (0..64_u64).into_par_iter().map(std::hint::black_box).sum::<u64>();
                    Ok(())
                })
            });
            assert!(faults.is_empty());
        }
    });
}

#[test]
fn a_system_never_starts_on_a_thread_that_is_inside_one() {
    thread_local! {
        static INSIDE: AtomicBool = const { AtomicBool::new(false) };
    }
    watched(|| {
        let threads = pool(3);
        for _ in 0..if cfg!(miri) { 1 } else { 100 } {
            run_once(dag(12, &[(0, 4), (1, 5)]), &threads, |_| {
                assert!(!INSIDE.with(|inside| inside.swap(true, Ordering::Relaxed)), "a system below a system");
                rayon::join(thread::yield_now, thread::yield_now);
                INSIDE.with(|inside| inside.store(false, Ordering::Relaxed));
            });
        }
    });
}

#[test]
fn a_broadcast_from_a_helper_reaches_the_waiting_caller() {
    watched(|| {
        let threads = pool(2);
        let Threads::Pool(pool) = &threads else { unreachable!("a pool was asked for") };
        pool.install(|| {
            run_once(dag(2, &[]), &threads, |_| {
                rayon::broadcast(|_| ());
            });
        });
    });
}

#[test]
fn a_lease_is_lent_once_at_a_time() {
    let lease = super::Lease::<super::Real>::new();
    lease.lend(&|| (), |_| {
        let again = catch_unwind(AssertUnwindSafe(|| lease.lend(&|| (), |_| ())));
        assert!(again.is_err());
    });
    lease.lend(&|| (), |_| assert!(lease.help(), "it is open again"));
    assert!(!lease.help(), "it is closed");
}

#[test]
#[cfg_attr(miri, ignore = "measures")]
fn nodes_that_do_nothing_stay_with_the_caller_once_that_is_known() {
    let mut executor = Executor::<()>::new(dag(10, &[]));
    let threads = pool(2);
    for _ in 0..5 {
        executor.run(&threads, &|_| Ok(()));
    }
    assert!(!executor.is_worth_helpers(&threads));
}

#[test]
#[cfg_attr(miri, ignore = "measures")]
fn what_costs_nothing_at_first_and_much_later_gets_helpers_in_time() {
    let mut executor = Executor::<()>::new(dag(10, &[]));
    let threads = pool(2);
    for _ in 0..1_000 {
        executor.run(&threads, &|_| Ok(()));
    }
    let slow = |_: Claim| {
        thread::sleep(Duration::from_millis(1));
        Ok(())
    };
    let helped = (0..40).find(|_| {
        executor.run(&threads, &slow);
        executor.is_worth_helpers(&threads)
    });
    assert!(helped.is_some());
}

#[test]
#[cfg_attr(miri, ignore = "measures")]
fn runs_in_a_row_leave_the_pool_its_other_work() {
    watched(|| {
        let threads = pool(2);
        let mut executor = Executor::<()>::new(dag(8, &[]));
        let others = Arc::new(AtomicUsize::new(0));
        for run in 0.. {
            if run < 100 {
                let others = Arc::clone(&others);
                threads.spawn(move || {
                    others.fetch_add(1, Ordering::Relaxed);
                });
            } else if others.load(Ordering::Relaxed) == 100 {
                break;
            }
            executor.run(&threads, &|_| {
                thread::sleep(Duration::from_micros(50));
                Ok(())
            });
        }
    });
}
