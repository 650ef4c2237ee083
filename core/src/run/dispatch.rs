//! Data parallelism on the threads of a schedule: many calls, each with a number or an element of its own.
//!
//! No grain to choose: see `share`.

use std::fmt;
use std::ops::Range;

use crate::job::Job;
use crate::run::inside::Inside;
use crate::run::share::Numbered;
use crate::run::threads::Threads;

/// One call of a grid, named as shaders name theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Invocation {
    /// Its place in the whole grid: `group * size + local`.
    pub global: [u32; 3],
    /// Its place in its group.
    pub local: [u32; 3],
    /// The place of its group.
    pub group: [u32; 3],
}

/// Jobs that may borrow what outlives them. Given by [`Threads::scope`].
pub struct Scope<'a, 's> {
    /// Nothing, where every job runs at once on the calling thread.
    scope: Option<&'a rayon::Scope<'s>>,
}

impl Threads {
    /// Calls `f` with each number below `count`; returns when every call has.
    ///
    /// # Panics
    ///
    /// Panics if a call does. Those that had started have ended by then.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// let sum = AtomicU64::new(0);
    /// fencewright::Threads::Current.dispatch(1000, |id| {
    ///     sum.fetch_add(id as u64, Ordering::Relaxed);
    /// });
    /// assert_eq!(sum.into_inner(), 499_500);
    /// ```
    pub fn dispatch(&self, count: usize, f: impl Fn(usize) + Sync) {
        self.share_out(0..count, &|part: Range<usize>| part.for_each(&f));
    }

    /// Calls `f` with each element and its index; returns when every call has.
    ///
    /// # Panics
    ///
    /// Panics if a call does. Those that had started have ended by then.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut squares = vec![0; 1000];
    /// fencewright::Threads::Current.dispatch_with(&mut squares, |id, square| *square = id * id);
    /// assert_eq!(squares[31], 961);
    /// ```
    pub fn dispatch_with<T: Send>(&self, items: &mut [T], f: impl Fn(usize, &mut T) + Sync) {
        self.share_out(Numbered { start: 0, items }, &|part: Numbered<'_, T>| {
            part.items.iter_mut().enumerate().for_each(|(index, item)| f(part.start + index, item));
        });
    }

    /// Calls `f` for each cell of a grid, `x` fastest; a grid of one or two dimensions is 1 in the others.
    ///
    /// # Panics
    ///
    /// Panics if a call does: those that had started have ended by then. Panics if the grid has more cells than a `usize` counts.
    #[track_caller]
    pub fn dispatch_grid(&self, size: [u32; 3], f: impl Fn([u32; 3]) + Sync) {
        self.dispatch(volume(size), |id| f(cell(size, id)));
    }

    /// Calls `f` for each invocation of `groups` groups of `size` invocations, as `vkCmdDispatch` would: a group stays on
    /// one thread, and its invocations come in order.
    ///
    /// # Panics
    ///
    /// Panics if a call does: those that had started have ended by then. Panics if there are more groups, or more invocations in a
    /// group, than a `usize` counts, or more invocations along an axis than a `u32` does.
    #[track_caller]
    pub fn dispatch_groups(&self, groups: [u32; 3], size: [u32; 3], f: impl Fn(Invocation) + Sync) {
        let invocations = volume(size);
        for (axis, name) in ["x", "y", "z"].into_iter().enumerate() {
            let (groups, size) = (groups[axis], size[axis]);
            assert!(
                groups.checked_mul(size).is_some(),
                "{groups} groups of {size} along {name} are more than 2^32 - 1"
            );
        }
        if invocations == 0 {
            return;
        }
        self.dispatch_grid(groups, |group| {
            for id in 0..invocations {
                let local = cell(size, id);
                let global = std::array::from_fn(|axis| group[axis] * size[axis] + local[axis]);
                f(Invocation { global, local, group });
            }
        });
    }

    /// Runs all jobs; returns when every one has ended.
    ///
    /// # Panics
    ///
    /// Panics if a job does. Those that had started have ended by then.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut left, mut right) = (0, 0);
    /// let jobs: [Box<dyn FnOnce() + Send>; 2] = [Box::new(|| left = 1), Box::new(|| right = 2)];
    /// fencewright::Threads::Current.join_all(jobs);
    /// assert_eq!((left, right), (1, 2));
    /// ```
    pub fn join_all<J: Job>(&self, jobs: impl IntoIterator<Item = J>) {
        let mut jobs: Vec<Option<J>> = jobs.into_iter().map(Some).collect();
        self.dispatch_with(&mut jobs, |_, job| job.take().into_iter().for_each(Job::run_once));
    }

    /// Calls `work` with a scope that takes jobs; returns when it and every job have ended. Jobs may borrow from outside.
    ///
    /// # Panics
    ///
    /// Panics if `work` or a job does. Jobs that had started have ended by then.
    ///
    /// # Examples
    ///
    /// ```
    /// let text = String::from("borrowed");
    /// fencewright::Threads::Current.scope(|scope| {
    ///     scope.spawn(|_| assert_eq!(text.len(), 8));
    /// });
    /// ```
    pub fn scope<'s, R>(&self, work: impl FnOnce(&Scope<'_, 's>) -> R) -> R {
        match self {
            Self::Inline => work(&Scope { scope: None }),
            Self::Current | Self::Pool(_) => self.rayon_scope(|scope| work(&Scope { scope: Some(scope) })),
        }
    }
}

impl<'s> Scope<'_, 's> {
    /// Adds a job. On [`Threads::Inline`] it runs at once.
    pub fn spawn(&self, job: impl FnOnce(&Scope<'_, 's>) + Send + 's) {
        match self.scope {
            None => job(self),
            Some(scope) => scope.spawn(|scope| {
                let _inside = Inside::enter();
                job(&Scope { scope: Some(scope) });
            }),
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

#[track_caller]
fn volume(size: [u32; 3]) -> usize {
    let [x, y, z] = size;
    if size.contains(&0) {
        return 0;
    }
    let sides = size.into_iter().map(|side| side as usize);
    let volume = sides.into_iter().try_fold(1_usize, usize::checked_mul);
    volume
        .unwrap_or_else(|| panic!("a grid of {x} x {y} x {z} has more cells than can be counted; dispatch parts of it"))
}

const fn cell(size: [u32; 3], id: usize) -> [u32; 3] {
    let (x, y) = (size[0] as usize, size[1] as usize);
    [(id % x) as u32, (id / x % y) as u32, (id / (x * y)) as u32]
}
