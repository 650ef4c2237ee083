//! What the tests share: systems declared by hand, and threads.
#![allow(dead_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fencewright::Threads;

/// Declares a system type as the derive does.
#[macro_export]
macro_rules! system {
    ($name:ident, reads($($read:ty),*), writes($($write:ty),*)) => {
        $(impl ::fencewright::Reads<$read> for $name {})*
        $(
            impl ::fencewright::Reads<$write> for $name {}
            impl ::fencewright::Writes<$write> for $name {}
        )*
        impl ::fencewright::ResourceAccess for $name {
            const READS: &'static [::fencewright::Key] = &[$(::fencewright::Key::of::<$read>(stringify!($read))),*];
            const WRITES: &'static [::fencewright::Key] = &[$(::fencewright::Key::of::<$write>(stringify!($write))),*];
        }
        impl ::fencewright::System for $name {
            const INFO: ::fencewright::SystemInfo = ::fencewright::SystemInfo {
                name: stringify!($name),
                type_name: ::core::any::type_name::<Self>,
                at: ::core::panic::Location::caller(),
                reads: <Self as ::fencewright::ResourceAccess>::READS,
                writes: <Self as ::fencewright::ResourceAccess>::WRITES,
                annotations: &[],
                uses_self: false,
            };
        }
    };
}

/// Declares a system type whose behaviour is a closure.
#[macro_export]
macro_rules! does {
    ($name:ident, reads($($read:ty),*), writes($($write:ty),*)) => {
        struct $name(Box<dyn FnMut(&::fencewright::Cx<'_, $name>) -> ::fencewright::Outcome + Send>);
        $crate::system!($name, reads($($read),*), writes($($write),*));
        impl $name {
            fn new(body: impl FnMut(&::fencewright::Cx<'_, Self>) -> ::fencewright::Outcome + Send + 'static) -> Self {
                Self(Box::new(body))
            }
        }
        impl ::fencewright::Run for $name {
            fn run(&mut self, cx: &::fencewright::Cx<'_, Self>) -> ::fencewright::Outcome {
                (self.0)(cx)
            }
        }
    };
}

/// Makes a pool of its own.
pub(crate) fn pool(threads: usize) -> Threads {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of a few threads");
    Threads::Pool(Arc::new(pool))
}

/// A place to meet that nobody waits at for ever: overlap is offered, never promised.
#[derive(Default)]
pub(crate) struct Rendezvous(AtomicUsize);

impl Rendezvous {
    /// Waits until `all` have come; `false` if they do not in time.
    pub(crate) fn meet(&self, all: usize) -> bool {
        self.0.fetch_add(1, Ordering::AcqRel);
        let since = Instant::now();
        while self.0.load(Ordering::Acquire) < all {
            if since.elapsed() > Duration::from_millis(200) {
                return false;
            }
            thread::yield_now();
        }
        true
    }
}

/// Random numbers of a seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
