//! What `#[derive(System)]` writes, written by hand: the contract between the derives and the two crates.
#![forbid(unsafe_code)]

use fencewright::{Declaration, System};
use fencewright_graphics::{GpuBuffer, GpuImage, GpuResourceAccess};

struct Time;
struct Position;
struct VertexData;
struct Bloom;

// #[derive(System, AutoBarriers)]
// #[reads(Time, GpuBuffer<VertexData> as ComputeStorage)]
// #[writes(Position, GpuImage<Bloom>[mip = self.level + 1, layer = 0] as ComputeStorage)]
struct Downsample<T: 'static> {
    level: u32,
    _more: std::marker::PhantomData<fn() -> T>,
}

const _: () = {
    impl<T: 'static> ::fencewright::Reads<Time> for Downsample<T> {}
    impl<T: 'static> ::fencewright::Reads<Position> for Downsample<T> {}
    impl<T: 'static> ::fencewright::Writes<Position> for Downsample<T> {}
    impl<T: 'static> ::fencewright_graphics::Uses<GpuBuffer<VertexData>> for Downsample<T> {}
    impl<T: 'static> ::fencewright_graphics::Uses<GpuImage<Bloom>> for Downsample<T> {}

    impl<T: 'static> ::fencewright::ResourceAccess for Downsample<T> {
        const READS: &'static [::fencewright::Key] = &[::fencewright::Key::of::<Time>("Time")];
        const WRITES: &'static [::fencewright::Key] = &[::fencewright::Key::of::<Position>("Position")];
    }

    impl<T: 'static> ::fencewright_graphics::GpuResourceAccess for Downsample<T> {
        type Pass = ::fencewright_graphics::Compute;
        const PASS: ::fencewright_graphics::PassInfo = ::fencewright_graphics::PassInfo {
            kind: <Self::Pass as ::fencewright_graphics::Pass>::KIND,
            queue: ::fencewright_graphics::Queue::Graphics,
            auto_barriers: {
                #[allow(unused_imports)]
                use ::fencewright_graphics::__private::NoAuto as _;
                ::fencewright_graphics::__private::AutoProbe::<Self>::AUTO
            },
            accesses: &[
                ::fencewright_graphics::AccessInfo::read::<
                    GpuBuffer<VertexData>,
                    ::fencewright_graphics::usage::ComputeStorage,
                    Self::Pass,
                >("GpuBuffer<VertexData>"),
                ::fencewright_graphics::AccessInfo::write::<
                    GpuImage<Bloom>,
                    ::fencewright_graphics::usage::ComputeStorage,
                    Self::Pass,
                >("GpuImage<Bloom>")
                .part(|| ::fencewright_graphics::Part::whole().layer(0), true),
            ],
        };
    }

    impl<T: 'static> ::fencewright::System for Downsample<T> {
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

    // The probe of a CPU type, one for each.
    const _: () = {
        #[allow(unused_imports)]
        use ::fencewright::__private::Fallback as _;
        ::fencewright::__private::cpu(::fencewright::__private::Probe::<Time>::WHAT);
    };
};

// #[derive(AutoBarriers)]
impl<T: 'static> ::fencewright_graphics::AutoBarriers for Downsample<T> {}

#[test]
fn the_expansion_compiles_and_says_what_was_declared() {
    let info = <Downsample<u8> as System>::INFO;
    assert_eq!(info.name, "Downsample");
    let pass = info.annotation::<fencewright_graphics::PassInfo>().expect("the pass is an annotation");
    assert!(pass.auto_barriers);
    assert_eq!(Downsample::<u8>::gpu_reads().count(), 1);
    let system = Downsample::<u8> { level: 3, _more: std::marker::PhantomData };
    let mut declaration = Declaration::default();
    system.declare(&mut declaration);
    let decl = declaration.get::<fencewright_graphics::PassDecl>().expect("the parts are annotated");
    assert_eq!(decl.parts[1].mips.start, 4);
    assert!(pass.accesses[0].at.file().ends_with("by_hand.rs"));
}
