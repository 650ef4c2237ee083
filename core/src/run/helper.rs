//! What the pool is asked to run: a helper of a run, or of a loop.

use std::cell::Cell;
use std::sync::Arc;

use crate::run::executor::{Crew, Lease, Real};
use crate::run::inside::Inside;
use crate::run::progress::{Alone, Watch};
use crate::run::standing::{Standing, become_known, standing};

/// A helper that looks on lets the pool use its thread each time it has looked so often for news.
const LOOKS_BEFORE_YIELDING: u32 = 128;

/// One kind of job for all, so that all begin by the same calls: their depth on the stack is compared.
pub(crate) enum Helper {
    /// Helps the runs of an executor.
    OfRuns(Arc<Crew<Real>>),
    /// Helps a loop. Names what its caller has in progress, if that is all in one system.
    OfLoop(Arc<Lease<Real>>, Option<Alone>),
}

impl Helper {
    #[inline(never)]
    pub(crate) fn begin(self) {
        let standing = standing();
        match self {
            Self::OfRuns(crew) => serve(&crew, standing),
            Self::OfLoop(lease, alone) => {
                if may_help(standing, alone) {
                    help(&lease);
                }
            }
        }
    }
}

/// A system begins on the worker's loop, and nowhere else.
fn serve(crew: &Crew<Real>, standing: Standing) {
    let may_begin = match standing {
        Standing::Floor => true,
        Standing::Stranger => crew.as_a_stranger(|| become_known(Watch::begin())),
        Standing::Above | Standing::Inside => false,
    };
    if !may_begin {
        return crew.dismiss();
    }
    let looks = Cell::new(0_u32);
    crew.serve(help, || {
        looks.set(looks.get() + 1);
        // Nothing of ours is below a helper that looks on, so its thread may do the pool's other work.
        if looks.get().is_multiple_of(LOOKS_BEFORE_YIELDING) {
            rayon::yield_now();
        }
    });
}

/// A piece of a system's loop may also begin on pieces of the same system, where nobody else's can be: that is how rayon's own loops are.
///
/// The loop cannot end before this has entered it, so what its caller has in progress has not ended either.
fn may_help(standing: Standing, alone: Option<Alone>) -> bool {
    match standing {
        Standing::Floor => true,
        Standing::Stranger | Standing::Above => {
            let watch = Watch::begin();
            alone.is_some_and(|alone| watch.is_only(alone)) || (standing == Standing::Stranger && become_known(watch))
        }
        Standing::Inside => false,
    }
}

fn help(lease: &Lease<Real>) -> bool {
    let _inside = Inside::enter();
    lease.help()
}
