//! Fork and join inside of a system: what a `join` costs that nobody steals, how unbalanced work balances, what `dispatch` adds to a loop.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fencewright::{Schedule, Stage, SystemFn, Threads, World};

use crate::work::{Random, spin, time};

const TRIES: usize = 9;
const CALLS: usize = 1_000_000;

fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = rayon::join(|| fib(n - 1), || fib(n - 2));
    a + b
}

fn fib_loop(n: u64) -> u64 {
    if n < 2 { n } else { black_box(fib_loop(black_box(n - 1))) + fib_loop(n - 2) }
}

/// The joins of `fib(n)`.
fn joins(n: u64) -> u64 {
    if n < 2 { 0 } else { 1 + joins(n - 1) + joins(n - 2) }
}

/// Ways to put `size` queens on a board, the first rows given.
fn queens(size: u32, row: u32, columns: u32, down: u32, up: u32) -> u64 {
    if row == size {
        return 1;
    }
    let free = !(columns | down | up) & ((1 << size) - 1);
    let place = |bit: u32| queens(size, row + 1, columns | bit, (down | bit) << 1, (up | bit) >> 1);
    let bits: Vec<u32> = (0..size).map(|column| 1 << column).filter(|bit| free & bit != 0).collect();
    if row > 3 {
        return bits.into_iter().map(place).sum();
    }
    let sum = AtomicU64::new(0);
    rayon::scope(|scope| {
        for bit in bits {
            let (sum, place) = (&sum, &place);
            scope.spawn(move |_| {
                sum.fetch_add(place(bit), Ordering::Relaxed);
            });
        }
    });
    sum.into_inner()
}

/// A tree whose shape is random: most of it below one child, found only by going there.
fn tree(seed: u64, depth: u32) -> u64 {
    spin(200);
    let mut random = Random(seed);
    let children = if depth == 0 { 0 } else { random.below(4) };
    let seeds: Vec<u64> = (0..children).map(|_| random.next()).collect();
    1 + all(&seeds, depth.saturating_sub(1))
}

/// The trees of some children, shared out by halves.
fn all(seeds: &[u64], depth: u32) -> u64 {
    match seeds {
        [] => 0,
        [one] => tree(*one, depth),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            let (a, b) = rayon::join(|| all(left, depth), || all(right, depth));
            a + b
        }
    }
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..TRIES).map(|_| time(&mut run)).collect();
    times.sort();
    times[TRIES / 2]
}

/// What it takes in a pool of so many threads, bare and inside of a system.
fn bare_and_in_a_system(threads: usize, work: fn() -> u64) -> [Duration; 2] {
    let pool = std::sync::Arc::new(rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads"));
    let bare = median(|| {
        pool.install(|| black_box(work()));
    });
    let system = SystemFn::new("work", move |_| {
        black_box(work());
        Ok(())
    });
    let stage = Stage::new("all").system_fn(system);
    let mut schedule = Schedule::builder().stage(stage).threads(Threads::Current).build().expect("a schedule");
    let mut world = World::new();
    let inside = median(|| pool.install(|| schedule.run(&mut world)).expect("no system fails"));
    [bare, inside]
}

pub fn forks() {
    const N: u64 = 27;
    let plain = median(|| {
        black_box(fib_loop(N));
    });
    println!(
        "| work | threads | loop ms | rayon ms | in a system ms | ns a join |\n| --- | --- | --- | --- | --- | --- |"
    );
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    for threads in [1, 2] {
        let [bare, inside] = bare_and_in_a_system(threads, || fib(N));
        let join = (inside.saturating_sub(plain)).as_nanos() as f64 / joins(N) as f64;
        println!("| fib({N}) | {threads} | {:.2} | {:.2} | {:.2} | {join:.1} |", ms(plain), ms(bare), ms(inside));
        let [bare, inside] = bare_and_in_a_system(threads, || queens(11, 0, 0, 0, 0));
        println!("| 11 queens | {threads} | | {:.2} | {:.2} | |", ms(bare), ms(inside));
        let [bare, inside] = bare_and_in_a_system(threads, || tree(12, 24));
        println!("| random tree of {} | {threads} | | {:.2} | {:.2} | |", tree(12, 24), ms(bare), ms(inside));
    }

    let body = |id: usize| {
        black_box(id.wrapping_mul(7));
    };
    let plain = median(|| (0..CALLS).for_each(body));
    println!("\n| {CALLS} calls of `dispatch` | of the loop |\n| --- | --- |");
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let threads = Threads::Pool(std::sync::Arc::new(pool));
        let took = median(|| threads.dispatch(CALLS, body));
        println!("| {} threads | {:.2} |", threads.lanes(), took.as_secs_f64() / plain.as_secs_f64());
    }
}
