//! Data parallelism on the threads of a schedule.

mod support;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use fencewright::{Invocation, Schedule, Stage, SystemFn, Threads, World};
use support::{Rendezvous, pool};

fn all() -> Vec<Threads> {
    vec![Threads::Inline, pool(1), pool(2), pool(4)]
}

#[test]
fn every_id_is_called_once() {
    for threads in all() {
        for count in [0, 1, 2, 7, 255, 256, if cfg!(miri) { 300 } else { 100_000 }] {
            let calls: Vec<AtomicU32> = (0..count).map(|_| AtomicU32::new(0)).collect();
            threads.dispatch(count, |id| {
                calls[id].fetch_add(1, Ordering::Relaxed);
            });
            assert!(calls.iter().all(|calls| calls.load(Ordering::Relaxed) == 1), "{count} on {}", threads.lanes());
            let mut items = vec![0; count];
            threads.dispatch_with(&mut items, |id, item| *item += id + 1);
            assert!(items.iter().enumerate().all(|(id, item)| *item == id + 1), "{count} on {}", threads.lanes());
        }
    }
}

#[test]
fn two_heavy_calls_overlap() {
    // Other tests run beside this one; a helper that comes while they are in the middle of something may be turned away.
    let overlap = (0..20).any(|_| {
        let (rendezvous, met) = (Rendezvous::default(), AtomicUsize::new(0));
        pool(2).dispatch(2, |_| {
            met.fetch_add(usize::from(rendezvous.meet(2)), Ordering::Relaxed);
        });
        met.into_inner() == 2
    });
    assert!(overlap);
}

#[test]
fn ids_of_a_grid_are_those_of_a_shader() {
    let (groups, size) = ([2, 3, 2], [4, 2, 1]);
    for threads in all() {
        let seen = Mutex::new(Vec::new());
        threads.dispatch_groups(groups, size, |id| seen.lock().expect("no panic").push(id));
        let mut wanted = Vec::new();
        for z in 0..groups[2] * size[2] {
            for y in 0..groups[1] * size[1] {
                for x in 0..groups[0] * size[0] {
                    let (global, group) = ([x, y, z], [x / size[0], y / size[1], z / size[2]]);
                    wanted.push(Invocation { global, local: [x % size[0], y % size[1], z % size[2]], group });
                }
            }
        }
        let mut seen = seen.into_inner().expect("no panic");
        let key = |id: &Invocation| (id.global[2], id.global[1], id.global[0]);
        seen.sort_by_key(key);
        assert_eq!(seen, wanted);
    }
    let cells = Mutex::new(BTreeSet::new());
    pool(2).dispatch_grid([3, 2, 1], |cell| assert!(cells.lock().expect("no panic").insert(cell)));
    assert_eq!(cells.into_inner().expect("no panic").len(), 6);
}

#[test]
fn a_grid_that_cannot_be_counted_is_refused_and_one_without_cells_does_nothing() {
    let refusal = |f: &dyn Fn()| {
        let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it cannot be counted");
        payload.downcast_ref::<String>().cloned().expect("a panic says something")
    };
    let threads = pool(2);
    let never = |_| panic!("nothing is called");
    let most = u32::MAX;
    threads.dispatch_grid([most, most, 0], |_| panic!("nothing is called"));
    threads.dispatch_groups([most, 1, 1], [1, most, 0], never);
    assert_eq!(
        refusal(&|| threads.dispatch_grid([most, most, 2], |_| panic!("nothing is called"))),
        "a grid of 4294967295 x 4294967295 x 2 has more cells than can be counted; dispatch parts of it"
    );
    assert!(refusal(&|| threads.dispatch_groups([1; 3], [most, most, 2], never)).starts_with("a grid of 4294967295 x"));
    assert_eq!(
        refusal(&|| threads.dispatch_groups([1, 1 << 31, 1], [1, 2, 1], never)),
        "2147483648 groups of 2 along y are more than 2^32 - 1"
    );
}

#[test]
fn a_panic_reaches_the_caller_after_the_others_have_ended() {
    for threads in all() {
        let ended = AtomicUsize::new(0);
        let jobs = (0..20).map(|index| {
            let ended = &ended;
            move || {
                assert_ne!(index, 19, "the last");
                ended.fetch_add(1, Ordering::Relaxed);
            }
        });
        assert!(catch_unwind(AssertUnwindSafe(|| threads.join_all(jobs))).is_err());
        assert_eq!(ended.load(Ordering::Relaxed), 19);
        threads.dispatch(100, |_| {});
    }
}

#[test]
fn jobs_within_jobs_need_no_more_threads() {
    fn nest(threads: &Threads, depth: usize, leaves: &AtomicUsize) {
        if depth == 0 {
            leaves.fetch_add(1, Ordering::Relaxed);
        } else {
            threads.join_all((0..2).map(|_| || nest(threads, depth - 1, leaves)));
        }
    }
    for threads in all() {
        let leaves = AtomicUsize::new(0);
        nest(&threads, 8, &leaves);
        assert_eq!(leaves.into_inner(), 256);
    }
}

#[test]
fn a_scope_borrows_and_waits() {
    for threads in all() {
        let sum = AtomicUsize::new(0);
        let numbers: Vec<usize> = (0..100).collect();
        threads.scope(|scope| {
            for part in numbers.chunks(10) {
                let sum = &sum;
                scope.spawn(move |scope| {
                    let (left, right) = part.split_at(5);
                    scope.spawn(move |_| {
                        sum.fetch_add(left.iter().sum(), Ordering::Relaxed);
                    });
                    sum.fetch_add(right.iter().sum(), Ordering::Relaxed);
                });
            }
        });
        assert_eq!(sum.into_inner(), 4950);
    }
}

#[test]
fn a_system_dispatches_on_the_schedules_threads() {
    let names = Mutex::new(BTreeSet::new());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).thread_name(|index| format!("ours {index}"));
    let threads = Threads::Pool(std::sync::Arc::new(pool.build().expect("a small pool")));
    let names: &'static Mutex<BTreeSet<String>> = Box::leak(Box::new(names));
    let caller = std::thread::current().id();
    let system = SystemFn::new("busy", move |cx| {
        cx.threads().dispatch(64, |_| {
            std::thread::yield_now();
            if std::thread::current().id() != caller {
                let name = std::thread::current().name().unwrap_or("no name").to_owned();
                names.lock().expect("no panic").insert(name);
            }
        });
        Ok(())
    });
    let mut schedule =
        Schedule::builder().threads(threads).stage(Stage::new("one").system_fn(system)).build().expect("one stage");
    schedule.run(&mut World::new()).expect("no system fails");
    assert!(names.lock().expect("no panic").iter().all(|name| name.starts_with("ours ")));
}
