//! What is wrong with a declaration and the compiler cannot see: an error where the schedule is built.
#![forbid(unsafe_code)]

use fencewright::prelude::*;
use fencewright_graphics::DeclarationError;
use fencewright_graphics::prelude::*;

struct Bloom;
struct ParticleData;
type Particles = GpuBuffer<ParticleData>;

/// Puts a system into a schedule, and returns what is wrong with it.
fn problem<S: Run + Send>(system: S) -> Option<(DeclarationError, String)> {
    let error = Schedule::builder().stage(Stage::new("only").system(system)).build().err()?;
    let source = std::error::Error::source(&error).expect("the cause");
    Some((source.downcast_ref::<DeclarationError>().expect("a declaration error").clone(), error.to_string()))
}

macro_rules! idle {
    ($($system:ident)+) => {
        $(impl Run for $system {
            fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
                Ok(())
            }
        })+
    };
}

#[derive(System)]
#[reads(GpuImage<Bloom>[mip = self.from] as ComputeSampled)]
#[writes(GpuImage<Bloom>[mip = self.to] as ComputeStorage)]
struct Blur {
    from: u32,
    to: u32,
}

#[derive(System)]
#[reads(GpuBuffer<ParticleData>[bytes = 0..self.middle] as ComputeStorage, Prev<GpuImage<Bloom>> as ComputeSampled)]
#[writes(GpuBuffer<ParticleData>[bytes = self.middle..] as ComputeStorage, GpuImage<Bloom> as ComputeStorageWrite)]
struct Halves {
    middle: u64,
}

#[derive(System)]
#[writes(GpuImage<Bloom>[instance = self.0] as ComputeStorage, GpuImage<Bloom>[instance = self.1] as ComputeStorageWrite)]
struct PingPong(u32, u32);

#[derive(System)]
#[reads(GpuImage<Bloom>[aspect = Depth] as DepthStencil, GpuImage<Bloom> as FragmentSampled)]
#[pass(raster)]
struct DepthTestedAndSampled;

#[derive(System)]
#[reads(GpuImage<Bloom>[aspect = Depth] as DepthStencil)]
#[writes(GpuImage<Bloom>[aspect = Stencil] as DepthStencil)]
struct StencilOnly;

#[derive(System)]
#[writes(concurrent GpuBuffer<ParticleData> as VertexStorage, concurrent GpuBuffer<ParticleData> as FragmentStorage)]
struct Atomics;

#[derive(System)]
#[writes(GpuImage<Bloom>[layer = self.0..self.1] as ComputeStorage)]
struct Layers(u32, u32);

#[derive(System)]
#[writes(Particles[mip = self.0] as ComputeStorage)]
struct MipOfBuffer(u32);

idle!(Blur Halves PingPong DepthTestedAndSampled StencilOnly Atomics Layers MipOfBuffer);

#[test]
fn parts_that_are_apart_are_fine() {
    assert_eq!(problem(Blur { from: 0, to: 1 }), None);
    assert_eq!(problem(Halves { middle: 64 }), None);
    assert_eq!(problem(PingPong(0, 1)), None);
    assert_eq!(problem(StencilOnly), None);
    assert_eq!(problem(Layers(0, 2)), None);
}

#[test]
fn readers_and_concurrent_writers_may_overlap() {
    assert_eq!(problem(DepthTestedAndSampled), None);
    assert_eq!(problem(Atomics), None);
}

#[test]
fn parts_that_overlap_with_a_write_are_an_error_that_names_both() {
    let (error, text) = problem(Blur { from: 1, to: 1 }).expect("an overlap");
    assert!(matches!(error, DeclarationError::Overlap { resource: "GpuImage<Bloom>", .. }), "{error:?}");
    assert!(text.starts_with("system `Blur`: `GpuImage<Bloom>` is read as ComputeSampled ("), "{text}");
    assert!(text.contains(") and written as ComputeStorage ("), "{text}");
    assert!(text.matches("declaration.rs:").count() >= 2, "{text}");
    assert!(problem(PingPong(3, 3)).is_some_and(|(_, text)| text.contains("written as ComputeStorageWrite")));
}

#[test]
fn a_part_selects_something() {
    let (error, text) = problem(Layers(2, 2)).expect("an empty range");
    assert_eq!(error, DeclarationError::Empty { resource: "GpuImage<Bloom>", part: "layer", start: 2, end: 2 });
    assert!(text.contains("system `Layers`: `layer` of `GpuImage<Bloom>` selects nothing: 2..2"), "{text}");
    assert!(matches!(problem(Halves { middle: 0 }), Some((DeclarationError::Empty { part: "bytes", .. }, _))));
}

#[test]
fn a_buffer_behind_an_alias_has_no_mips() {
    let (_, text) = problem(MipOfBuffer(1)).expect("no such part");
    assert!(text.contains("`Particles` is a buffer and has no `mip`"), "{text}");
}

mod disguised {
    use super::*;

    mod scene {
        pub(super) struct Positions;
        pub(super) struct VertexData;
    }

    use scene::Positions as VertexPositions;

    #[derive(System)]
    #[reads(GpuBuffer<VertexPositions>)]
    #[pass(raster)]
    struct ByImport;

    #[derive(System)]
    #[reads(GpuBuffer<VertexPositions> as VertexAttribute, GpuBuffer<scene::VertexData>)]
    #[pass(raster)]
    struct Said;

    idle!(ByImport Said);

    #[test]
    fn a_usage_does_not_follow_from_another_name_of_the_marker() {
        let (error, text) = problem(ByImport).expect("a disguise");
        assert!(matches!(error, DeclarationError::Disguised { name: "VertexPositions", .. }), "{error:?}");
        assert!(text.contains("is another name of `declaration::disguised::scene::Positions`"), "{text}");
        assert!(text.contains("write `GpuBuffer<VertexPositions> as VertexAttribute` if that is meant"), "{text}");
        assert_eq!(problem(Said), None);
    }
}
