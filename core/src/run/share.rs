//! Sharing out work among the threads of a run.
//!
//! No grain to choose: a thread takes a share of what is left, so shares start large and end small, and threads that get
//! the cheap ones take more of them. Where calls may be cheap, the first are tried alone: all may be done before a helper is here.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::run::threads::Threads;

/// So many shares for each thread, if all cost the same.
const SHARES: usize = 4;

/// Of so many calls the first are tried, whatever they are.
const TRY_FIRST: usize = 256;

/// What a helper must save to be worth its call.
const WORTH: Duration = Duration::from_micros(10);

/// For so long the first are tried.
const TRIAL: Duration = Duration::from_nanos(2500);

/// How many times as long each step of a trial is: a clock is read after each.
const GROWTH: usize = 4;

/// How long a share is at least, where it is known: taking one costs a lock.
const SHARE: Duration = Duration::from_micros(1);

/// Work that can be shared out.
pub(crate) trait Work: Send {
    fn len(&self) -> usize;
    fn take_front(&mut self, count: usize) -> Self;
}

impl Threads {
    /// Hands out shares of `all` until nothing is left; of many calls, the first are tried.
    #[inline]
    pub(crate) fn share_out<W: Work>(&self, all: W, f: &(impl Fn(W) + Sync)) {
        if all.len() >= TRY_FIRST { self.share_out_tried(all, f) } else { self.share_out_at_once(all, 1, f) }
    }

    /// Does the first of the work alone, and hands out shares of the rest if that pays.
    #[inline]
    pub(crate) fn share_out_tried<W: Work>(&self, mut all: W, f: &(impl Fn(W) + Sync)) {
        let lanes = self.lanes();
        match if lanes < 2 { Tried::NoHelpers } else { try_first(&mut all, lanes, f) } {
            Tried::NoHelpers => f(all),
            Tried::Helpers { least } => self.share_out_at_once(all, least, f),
        }
    }

    /// Hands out shares of at least so many calls.
    #[inline]
    fn share_out_at_once<W: Work>(&self, all: W, least: usize, f: &(impl Fn(W) + Sync)) {
        let lanes = self.lanes();
        if lanes < 2 || all.len() < 2 {
            return f(all);
        }
        let helpers = all.len() - 1;
        let rest = Mutex::new(all);
        let claim = || {
            let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
            let left = rest.len();
            (left > 0).then(|| rest.take_front((left / (SHARES * lanes)).max(least).min(left)))
        };
        self.fork(helpers, &|| {
            while let Some(part) = claim() {
                f(part);
            }
        });
    }
}

/// What the first calls have shown of the rest.
enum Tried {
    /// It is not worth a helper, if there is any.
    NoHelpers,
    /// It is, in shares of at least so many calls.
    Helpers { least: usize },
}

/// Does the first of the work, in growing steps.
#[inline]
fn try_first<W: Work>(all: &mut W, lanes: usize, f: &impl Fn(W)) -> Tried {
    let start = Instant::now();
    let (mut done, mut step) = (0, 1);
    while all.len() > 0 {
        let count = step.min(all.len());
        f(all.take_front(count));
        done += count;
        step *= GROWTH;
        let took = start.elapsed();
        if took > TRIAL {
            return judge(took.as_secs_f64() / done as f64, all.len(), lanes);
        }
    }
    Tried::NoHelpers
}

/// Judges by what a call takes, in seconds, whether `left` of them are worth helpers.
fn judge(call: f64, left: usize, lanes: usize) -> Tried {
    let saved = call * left as f64 * (lanes - 1) as f64 / lanes as f64;
    if saved < WORTH.as_secs_f64() {
        return Tried::NoHelpers;
    }
    Tried::Helpers { least: (SHARE.as_secs_f64() / call) as usize + 1 }
}

impl Work for Range<usize> {
    fn len(&self) -> usize {
        self.end - self.start
    }

    fn take_front(&mut self, count: usize) -> Self {
        let front = self.start..self.start + count;
        self.start = front.end;
        front
    }
}

/// Elements, and the index of the first.
pub(crate) struct Numbered<'a, T> {
    pub(crate) start: usize,
    pub(crate) items: &'a mut [T],
}

impl<T: Send> Work for Numbered<'_, T> {
    fn len(&self) -> usize {
        self.items.len()
    }

    fn take_front(&mut self, count: usize) -> Self {
        let (front, rest) = std::mem::take(&mut self.items).split_at_mut(count);
        self.items = rest;
        let start = self.start;
        self.start += count;
        Self { start, items: front }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn least(call_ns: f64, left: usize, lanes: usize) -> Option<usize> {
        match judge(call_ns * 1e-9, left, lanes) {
            Tried::NoHelpers => None,
            Tried::Helpers { least } => Some(least),
        }
    }

    #[test]
    fn helpers_must_save_their_call() {
        assert_eq!(least(1.0, 10_000, 2), None, "10 us are left");
        assert_eq!(least(3.0, 10_000, 2), Some(334), "a microsecond of them");
        assert_eq!(least(1.0, 10_000, 64), None, "all of it is saved, and that is too little");
        assert_eq!(least(1e6, 1, 2), Some(1), "half of one call, if it could be halved");
        assert_eq!(least(1e6, 0, 2), None);
    }

    #[test]
    fn of_dear_calls_only_the_first_is_tried() {
        let mut work = 0..100;
        let tried = try_first(&mut work, 2, &|part| {
            assert_eq!(part, 0..1);
            std::thread::sleep(Duration::from_millis(1));
        });
        assert_eq!(work, 1..100);
        assert!(matches!(tried, Tried::Helpers { least: 1 }));
    }
}
