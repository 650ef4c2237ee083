//! `#[derive(System)]` against what it stands for, written by hand in `by_hand.rs`.
#![forbid(unsafe_code)]

use fencewright::{Declaration, ResourceAccess, System};
use fencewright_graphics::{
    Access, AccessInfo, AutoBarriers, GpuBuffer, GpuImage, GpuResourceAccess, PassDecl, PassInfo, PassKind, Prev, Queue,
};

struct Time;
struct Position;
struct VertexData;
struct SceneRenderTarget;
struct Bloom;

#[derive(System, AutoBarriers)]
#[reads(Time, GpuBuffer<VertexData> as ComputeStorage)]
#[writes(Position, GpuImage<Bloom>[mip = self.level + 1, layer = 0] as ComputeStorage)]
struct Downsample<T> {
    level: u32,
    _more: std::marker::PhantomData<fn() -> T>,
}

#[derive(System)]
#[reads(Position, GpuBuffer<VertexData>, Prev<GpuImage<Bloom>>[instance = self.source] as FragmentSampled)]
#[writes(discard GpuImage<SceneRenderTarget>)]
#[queue(compute)]
struct DrawScene {
    source: u32,
}

#[derive(System)]
#[reads(Time)]
#[writes(Position)]
struct Integrate;

fn names(accesses: impl Iterator<Item = &'static AccessInfo>) -> Vec<String> {
    accesses.map(|access| format!("{} as {}", access.key.spelled, access.usage.name)).collect()
}

#[test]
fn cpu_facts_say_what_was_declared_and_where() {
    let keys = |keys: &[fencewright::Key]| keys.iter().map(fencewright::Key::spelled).collect::<Vec<_>>();
    assert_eq!(keys(Integrate::reads()), ["Time"]);
    assert_eq!(keys(Integrate::writes()), ["Position"]);
    assert_eq!(Integrate::reads()[0].id(), fencewright::KeyId::Type(std::any::TypeId::of::<Time>()));
    let at = Integrate::writes()[0].at();
    assert!(at.file().ends_with("derive.rs"));
    assert_eq!(at.column(), 10, "the type itself: {at}");
    let info = <Integrate as System>::INFO;
    assert_eq!(info.name, "Integrate");
    assert!(info.annotations.is_empty() && !info.uses_self);
}

#[test]
fn gpu_facts_say_what_was_declared() {
    let pass = <DrawScene as GpuResourceAccess>::PASS;
    assert_eq!(pass.kind, PassKind::Raster);
    assert_eq!(pass.queue, Queue::Compute);
    assert!(!pass.auto_barriers);
    assert_eq!(
        names(DrawScene::gpu_reads()),
        ["GpuBuffer<VertexData> as VertexAttribute", "Prev<GpuImage<Bloom>> as FragmentSampled"]
    );
    assert_eq!(names(DrawScene::gpu_writes()), ["GpuImage<SceneRenderTarget> as ColorAttachment"]);
    let [vertices, bloom, target] = pass.accesses else { panic!("three accesses") };
    assert!(vertices.inferred && target.inferred && !bloom.inferred);
    assert!(target.discard && !target.concurrent);
    assert!(bloom.previous && bloom.uses_self);
    assert_eq!((bloom.part)().instance, None);
    assert_eq!(bloom.key.id, <Downsample<u8> as GpuResourceAccess>::PASS.accesses[1].key.id);
    assert_eq!(target.access, Access::Write);
}

#[test]
fn values_declare_their_parts() {
    let info = <Downsample<u8> as System>::INFO;
    assert!(info.uses_self);
    assert!(info.annotation::<PassInfo>().expect("the pass is an annotation").auto_barriers);
    let part = (<Downsample<u8> as GpuResourceAccess>::PASS.accesses[1].part)();
    assert_eq!((part.mips.end, part.layers.end), (None, Some(1)), "the mip is only known of a value");

    let system = Downsample::<u8> { level: 3, _more: std::marker::PhantomData };
    let mut declaration = Declaration::default();
    system.declare(&mut declaration);
    let parts = &declaration.get::<PassDecl>().expect("the parts are annotated").parts;
    assert_eq!((parts[1].mips.start, parts[1].mips.end), (4, Some(5)));
}
