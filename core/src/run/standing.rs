//! Where a helper that begins stands on its thread's stack: on the loop of the pool's worker, or on work that waits.
//!
//! A `join` that waits runs whatever job it finds. A thread that executes a piece of a system's `par_iter` and waits in it is inside no
//! system that we know of, but a system that it began there would stand between the loop and its end: if it wants a lock that the
//! loop's owner holds, both wait for ever. Rayon does not say how deep in its work a thread is, but the stack does. All helpers
//! begin by the same calls, so those that the worker's own loop begins are at one depth, the *floor*, and all others deeper.
//!
//! What must be known is the floor. The outermost depth seen so far is taken for it, once a helper was there at a time when no
//! piece of a system's loop can have been below it: when every run that was in progress as it came has ended while it stayed.
//! Until then the thread is a *stranger*, and does not help.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::run::inside::Inside;
use crate::run::progress::Watch;

/// A stranger may stay so long to become known. Whatever waits below it waits as long.
const STAY: Duration = Duration::from_millis(2);

/// It looks for news without a pause for so long.
const EAGER: Duration = Duration::from_micros(40);

/// And then each time after such a nap, unless the pool has work for it.
const NAP: Duration = Duration::from_micros(20);

/// A stranger that stayed in vain does not the next times, at most so many.
const MOST_SKIPPED: u32 = 256;

/// Whether a stranger has gone home as one, whose ever helper it was.
static MISSED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static FLOOR: Cell<Floor> = const { Cell::new(Floor { address: 0, known: false, skip: 0, next_skip: 1 }) };
}

/// What a thread knows about its floor.
#[derive(Clone, Copy)]
struct Floor {
    /// The outermost address that a helper began at. Stacks grow downwards on every target that `std` has threads on.
    address: usize,
    known: bool,
    /// How often a stranger is still to go at once, and how often after the next stay.
    skip: u32,
    next_skip: u32,
}

/// Where a helper stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// On the worker's loop, and on nothing else.
    Floor,
    /// Outermost so far, but perhaps on a piece of a system's loop.
    Stranger,
    /// On other work that waits, but in no system that this thread runs.
    Above,
    /// In a system that waits.
    Inside,
}

/// Returns where the helper stands that has just begun.
///
/// To be called by one function only, for its frames count.
#[inline(never)]
pub(crate) fn standing() -> Standing {
    if Inside::is() {
        return Standing::Inside;
    }
    let mark = 0_u8;
    let address = std::ptr::from_ref(std::hint::black_box(&mark)).addr();
    // Miri's stacks have no depth: each variable lies anywhere.
    step_on(if cfg!(miri) { 1 } else { address })
}

fn step_on(address: usize) -> Standing {
    let floor = FLOOR.get();
    if address > floor.address {
        // Whatever was taken for the floor is none.
        FLOOR.set(Floor { address, known: false, skip: 0, next_skip: 1 });
        return Standing::Stranger;
    }
    match (address == floor.address, floor.known) {
        (true, true) => Standing::Floor,
        (true, false) => Standing::Stranger,
        (false, _) => Standing::Above,
    }
}

/// Makes a stranger known, which has just begun; `false` if that takes too long.
///
/// Meanwhile the thread does the pool's other work. What it finds comes to lie above the stranger, so it is not in question.
pub(crate) fn become_known(mut watch: Watch) -> bool {
    let known = watch.all_has_ended() || (may_stay() && stay(&mut watch));
    if known {
        FLOOR.set(Floor { known, ..FLOOR.get() });
    } else {
        MISSED.store(true, Ordering::Relaxed);
    }
    known
}

/// Answers whether a stranger has gone home, anywhere in the process, since this was last answered with yes.
#[inline]
pub(crate) fn missed_one() -> bool {
    MISSED.load(Ordering::Relaxed) && MISSED.swap(false, Ordering::Relaxed)
}

fn may_stay() -> bool {
    let floor = FLOOR.get();
    let stays = floor.skip == 0;
    FLOOR.set(if stays {
        Floor { skip: floor.next_skip, next_skip: (floor.next_skip * 2).min(MOST_SKIPPED), ..floor }
    } else {
        Floor { skip: floor.skip - 1, ..floor }
    });
    stays
}

fn stay(watch: &mut Watch) -> bool {
    let since = Instant::now();
    loop {
        if watch.all_has_ended() {
            return true;
        }
        let stayed = since.elapsed();
        if stayed > STAY {
            return false;
        }
        if stayed < EAGER {
            std::hint::spin_loop();
        } else if rayon::yield_now() != Some(rayon::Yield::Executed) {
            thread::sleep(NAP);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FLOOR, Floor, MOST_SKIPPED, Standing, may_stay, step_on};

    #[test]
    fn a_depth_is_the_floor_once_it_is_known_and_nothing_was_further_out() {
        std::thread::spawn(|| {
            assert_eq!(step_on(100), Standing::Stranger);
            assert_eq!(step_on(100), Standing::Stranger);
            FLOOR.set(Floor { known: true, ..FLOOR.get() });
            assert_eq!(step_on(100), Standing::Floor);
            assert_eq!(step_on(90), Standing::Above);
            assert_eq!(step_on(101), Standing::Stranger, "so 100 was no floor");
            assert_eq!(step_on(100), Standing::Above);
            assert_eq!(step_on(101), Standing::Stranger);
        })
        .join()
        .expect("it does not panic");
    }

    #[test]
    fn a_stranger_stays_less_and_less_often() {
        std::thread::spawn(|| {
            let stays: Vec<u32> = (0..100).filter(|_| may_stay()).collect();
            assert_eq!(stays, [0, 2, 5, 10, 19, 36, 69]);
            (0..10_000).for_each(|_| _ = may_stay());
            assert!(FLOOR.get().skip <= MOST_SKIPPED);
            step_on(1);
            assert!(may_stay(), "further out than ever");
        })
        .join()
        .expect("it does not panic");
    }
}
