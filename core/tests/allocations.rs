//! Runs allocate nothing of their own once they are warm. Without a harness, whose threads would be counted too.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fencewright::{Key, Schedule, Stage, SystemFn, Threads, World};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: hands everything on to the system's allocator.
#[expect(unsafe_code, reason = "an allocator that counts")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's duties are those of the allocator behind.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Sixty systems of which each works for so long and each third writes one resource.
fn schedule(threads: Threads, work: Duration) -> Schedule {
    let stage = (0..60).fold(Stage::new("all"), |stage, index| {
        let system = SystemFn::new(format!("s{index}"), move |_| {
            let start = Instant::now();
            while start.elapsed() < work {}
            Ok(())
        });
        stage.system_fn(if index % 3 == 0 { system.writes(Key::named("shared")) } else { system })
    });
    Schedule::builder().stage(stage).threads(threads).build().expect("nothing is wrong with it")
}

/// Returns how many allocations so many runs make once they are warm.
fn allocations(schedule: &mut Schedule, runs: usize) -> usize {
    let mut world = World::new();
    let mut run = |times: usize| (0..times).for_each(|_| schedule.run(&mut world).expect("no system fails"));
    run(50);
    // Helpers of the first runs may still be on their way.
    std::thread::sleep(Duration::from_millis(50));
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    run(runs);
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// A warm run allocates nothing but what the pool does for each helper.
fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    pool.broadcast(|_| ());
    let pool = Threads::Pool(Arc::new(pool));

    assert_eq!(allocations(&mut schedule(Threads::Inline, Duration::ZERO), 200), 0, "on the caller's thread");
    assert_eq!(allocations(&mut schedule(pool.clone(), Duration::ZERO), 200), 0, "inline beside a pool");

    // With helpers: rayon boxes each job and now and then a block of its queue. At most one helper at a time is called here, and
    // it stays for a while, so a run calls few.
    let runs = 100;
    let with_helpers = allocations(&mut schedule(pool, Duration::from_micros(20)), runs);
    assert!(with_helpers <= runs * 4, "{with_helpers} allocations in {runs} runs");
    println!("0 allocations inline, {with_helpers} by the pool in {runs} runs with helpers ... ok");
}
