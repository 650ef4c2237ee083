//! Many calls at once, named as shaders name theirs: numbers, elements, grids; scopes that borrow, and jobs that are joined.
//!
//! There is no grain to choose: cheap calls stay on this thread, dear ones are shared out as threads come free.
//!
//! `cargo run --release --example dispatch`

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use fencewright::{Job, Threads};
use fencewright_examples::println;

/// A job of a type of its own; closures are jobs as well.
#[derive(Job)]
#[job(method = "decode")]
struct Decode<'a> {
    bytes: &'a [u8],
    sum: &'a AtomicU32,
}

impl Decode<'_> {
    fn decode(self) {
        self.sum.fetch_add(self.bytes.iter().copied().map(u32::from).sum(), Ordering::Relaxed);
    }
}

fn main() {
    // rayon's current pool; inside a system it is `cx.threads()`.
    let threads = Threads::Current;

    let calls = AtomicUsize::new(0);
    threads.dispatch(1_000_000, |_id| {
        calls.fetch_add(1, Ordering::Relaxed);
    });
    println!("dispatch: {} calls", calls.into_inner());

    let mut squares = vec![0_u64; 10_000];
    threads.dispatch_with(&mut squares, |id, square| *square = (id * id) as u64);
    println!("dispatch_with: the last square is {}", squares[9_999]);

    // A picture of 64 x 48, in groups of 8 x 8 as a compute shader would have them.
    let (width, height) = (64, 48);
    let pixels: Vec<AtomicU32> = (0..width * height).map(|_| AtomicU32::new(0)).collect();
    threads.dispatch_groups([width / 8, height / 8, 1], [8, 8, 1], |at| {
        let [x, y, _] = at.global;
        pixels[(y * width + x) as usize].store(at.group[0] + at.group[1], Ordering::Relaxed);
    });
    println!("dispatch_groups: the last pixel is {}", pixels[pixels.len() - 1].load(Ordering::Relaxed));

    // What a scope's jobs borrow outlives them: the scope waits.
    let text = "jobs may borrow what outlives the scope";
    let (words, letters) = (AtomicUsize::new(0), AtomicUsize::new(0));
    threads.scope(|scope| {
        scope.spawn(|_| words.store(text.split(' ').count(), Ordering::Relaxed));
        scope.spawn(|_| letters.store(text.chars().filter(|c| *c != ' ').count(), Ordering::Relaxed));
    });
    println!("scope: {words:?} words of {letters:?} letters");

    let (bytes, sum) = ([1_u8; 4096], AtomicU32::new(0));
    threads.join_all(bytes.chunks(512).map(|bytes| Decode { bytes, sum: &sum }));
    println!("join_all: {sum:?}");
    assert_eq!((squares[9_999], sum.into_inner(), words.into_inner()), (99_980_001, 4096, 7));
}
