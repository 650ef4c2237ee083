//! What `#[derive(System)]` writes, written by hand: the contract between the derives and the two crates.
#![forbid(unsafe_code)]

use std::marker::PhantomData;

use fencewright::{Declaration, System};
use fencewright_graphics::{AutoBarriers, GpuBuffer, GpuImage, PassDecl, PassInfo};

struct Time;
struct Position;
struct StorageParticles;
struct Bloom;

/// The system, derived.
mod derived {
    use super::*;

    #[derive(System, AutoBarriers)]
    #[reads(Time, GpuBuffer<StorageParticles>)]
    #[writes(Position, GpuImage<Bloom>[mip = self.level + 1, layer = 0] as ComputeStorage)]
    pub(super) struct Downsample<T> {
        pub(super) level: u32,
        pub(super) _more: PhantomData<fn() -> T>,
    }
}

/// The same system, by hand.
struct Downsample<T> {
    level: u32,
    _more: PhantomData<fn() -> T>,
}

#[doc(hidden)]
const _: () = {
    // The permissions: each has the place of its type in the declaration.
    impl<T> ::fencewright::Reads<Time> for Downsample<T> where T: 'static {}
    impl<T> ::fencewright::Reads<Position> for Downsample<T> where T: 'static {}
    impl<T> ::fencewright::Writes<Position> for Downsample<T> where T: 'static {}

    impl<T> ::fencewright::ResourceAccess for Downsample<T>
    where
        T: 'static,
    {
        const READS: &'static [::fencewright::Key] = &[::fencewright::Key::of::<Time>("Time")];
        const WRITES: &'static [::fencewright::Key] = &[::fencewright::Key::of::<Position>("Position")];
    }

    impl<T> ::fencewright_graphics::Uses<GpuBuffer<StorageParticles>> for Downsample<T> where T: 'static {}
    impl<T> ::fencewright_graphics::Uses<GpuImage<Bloom>> for Downsample<T> where T: 'static {}

    impl<T> ::fencewright_graphics::GpuResourceAccess for Downsample<T>
    where
        T: 'static,
    {
        type Pass = ::fencewright_graphics::Compute;
        const PASS: ::fencewright_graphics::PassInfo = ::fencewright_graphics::PassInfo {
            kind: ::fencewright_graphics::PassKind::Compute,
            queue: ::fencewright_graphics::Queue::Graphics,
            auto_barriers: {
                #[allow(unused_imports)]
                use ::fencewright_graphics::__private::NoAuto as _;
                ::fencewright_graphics::__private::AutoProbe::<Self>::AUTO
            },
            accesses: &[
                ::fencewright_graphics::AccessInfo::read::<
                    GpuBuffer<StorageParticles>,
                    ::fencewright_graphics::usage::ComputeStorage,
                    Self::Pass,
                >("GpuBuffer<StorageParticles>")
                .inferred("StorageParticles"),
                ::fencewright_graphics::AccessInfo::write::<
                    GpuImage<Bloom>,
                    ::fencewright_graphics::usage::ComputeStorage,
                    Self::Pass,
                >("GpuImage<Bloom>")
                .part(|| ::fencewright_graphics::Part::whole().layer(0), true),
            ],
        };
    }

    impl<T> ::fencewright::System for Downsample<T>
    where
        T: 'static,
    {
        const INFO: ::fencewright::SystemInfo = ::fencewright::SystemInfo {
            name: "Downsample",
            type_name: ::core::any::type_name::<Self>,
            at: ::core::panic::Location::caller(),
            reads: <Self as ::fencewright::ResourceAccess>::READS,
            writes: <Self as ::fencewright::ResourceAccess>::WRITES,
            annotations: &[&<Self as ::fencewright_graphics::GpuResourceAccess>::PASS],
            uses_self: true,
        };

        fn declare(&self, declaration: &mut ::fencewright::Declaration) {
            declaration.annotate(::fencewright_graphics::PassDecl {
                parts: ::std::vec![
                    ::fencewright_graphics::Part::whole(),
                    ::fencewright_graphics::Part::whole().mip(self.level + 1).layer(0),
                ],
            });
        }
    }

    // Is each CPU type one, behind any alias?
    #[allow(dead_code, unused_imports, clippy::extra_unused_type_parameters)]
    const fn __what_each_type_is<T>()
    where
        T: 'static,
    {
        use ::fencewright::__private::Fallback as _;
        ::fencewright::__private::cpu(::fencewright::__private::Probe::<Time>::WHAT);
        ::fencewright::__private::cpu(::fencewright::__private::Probe::<Position>::WHAT);
    }
};

impl<T> ::fencewright_graphics::AutoBarriers for Downsample<T> where T: 'static {}

/// Everything that the type and a value say, but for the places.
fn said<S: System>(system: &S) -> String {
    let info = S::INFO;
    let keys = |keys: &[fencewright::Key]| keys.iter().map(fencewright::Key::spelled).collect::<Vec<_>>();
    let pass = info.annotation::<PassInfo>().expect("the pass is an annotation");
    let accesses = pass.accesses.iter().map(|access| {
        let known = (access.part)();
        (access.key.id, access.key.spelled, access.access, access.usage.name, access.inferred, access.uses_self, known)
    });
    let mut declaration = Declaration::default();
    system.declare(&mut declaration);
    let parts = &declaration.get::<PassDecl>().expect("the parts are annotated").parts;
    format!(
        "{} {:?} {:?} {} {:?} {:?} {} {:#?} {parts:#?}",
        info.name,
        keys(info.reads),
        keys(info.writes),
        info.uses_self,
        pass.kind,
        pass.queue,
        pass.auto_barriers,
        accesses.collect::<Vec<_>>(),
    )
}

#[test]
fn the_derive_says_what_is_written_by_hand() {
    let by_hand = Downsample::<u8> { level: 3, _more: PhantomData };
    let derived = derived::Downsample::<u8> { level: 3, _more: PhantomData };
    assert_eq!(said(&by_hand), said(&derived));
}
