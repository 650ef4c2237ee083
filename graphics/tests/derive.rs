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
#[queue(graphics)]
struct DrawScene {
    source: u32,
}

#[derive(System)]
#[reads(Time)]
#[writes(Position)]
struct Integrate;

fn has_auto_barriers<S: System>() -> bool {
    S::INFO.annotation::<PassInfo>().is_some_and(|pass| pass.auto_barriers)
}

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
    let declared = include_str!("derive.rs").lines().nth(at.line() as usize - 1).expect("a line of this file");
    assert_eq!(&declared[at.column() as usize - 1..], "Position)]", "the type itself: {at}");
    let info = <Integrate as System>::INFO;
    assert_eq!(info.name, "Integrate");
    assert!(info.annotations.is_empty() && !info.uses_self);
}

#[test]
fn gpu_facts_say_what_was_declared() {
    let pass = <DrawScene as GpuResourceAccess>::PASS;
    assert_eq!(pass.kind, PassKind::Raster);
    assert_eq!(pass.queue, Queue::Graphics);
    assert!(!pass.auto_barriers);
    assert_eq!(
        names(DrawScene::gpu_reads()),
        ["GpuBuffer<VertexData> as VertexAttribute", "Prev<GpuImage<Bloom>> as FragmentSampled"]
    );
    assert_eq!(names(DrawScene::gpu_writes()), ["GpuImage<SceneRenderTarget> as ColorAttachment"]);
    let [vertices, bloom, target] = pass.accesses else { panic!("three accesses") };
    assert_eq!(
        [vertices.inferred, bloom.inferred, target.inferred],
        [Some("VertexData"), None, Some("SceneRenderTarget")]
    );
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

mod spellings {
    //! What a type is, is asked of the compiler: aliases, paths and renamed imports with a usage mean the same.

    use fencewright_graphics::usage::ComputeStorage as Scratch;
    use fencewright_graphics::{GpuBuffer as Buf, Queue, prelude::*};

    use super::{has_auto_barriers, names};
    use fencewright::prelude::*;

    struct ParticleData;
    struct Events<T>(std::marker::PhantomData<T>);
    struct Mip<const N: u32>;
    type Particles = GpuBuffer<ParticleData>;
    type Of<T> = GpuBuffer<Events<T>>;

    trait Technique {
        type Target;
    }
    struct Shadow;
    impl Technique for Shadow {
        type Target = GpuImage<Mip<3>>;
    }

    #[derive(System)]
    #[reads(Particles as ComputeUniform, Of<u32> as usage::ComputeStorage, ::fencewright_graphics::GpuImage<Mip<1>> as ComputeSampled)]
    #[writes(Buf<Mip<2>> as self::Scratch, concurrent <Shadow as Technique>::Target as ComputeStorageWrite)]
    struct Mixed;

    #[test]
    fn aliases_paths_and_projections_are_what_they_stand_for() {
        let pass = <Mixed as GpuResourceAccess>::PASS;
        let expected = [
            "Particles as ComputeUniform",
            "Of<u32> as ComputeStorage",
            "::fencewright_graphics::GpuImage<Mip<1>> as ComputeSampled",
            "Buf<Mip<2>> as ComputeStorage",
            "<Shadow as Technique>::Target as ComputeStorageWrite",
        ];
        assert_eq!(names(pass.accesses.iter()), expected);
        let markers: Vec<_> = pass.accesses.iter().map(|access| (access.key.marker)()).collect();
        assert!(markers[0].ends_with("ParticleData") && markers[1].ends_with("Events<u32>"), "{markers:?}");
        assert!(markers[4].ends_with("Mip<3>"), "{markers:?}");
        assert!(pass.accesses[4].concurrent);
    }

    /// One system type for every level, and every element.
    #[derive(System)]
    #[reads(GpuImage<Mip<N>>[mip = self.level, layer = .., instance = 1] as ComputeSampled)]
    #[writes(GpuImage<Mip<N>>[mip = { let next = self.level + 1; next }] as ComputeStorage, GpuBuffer<Events<T>>[bytes = 0..self.len()] as ComputeStorage)]
    struct Chain<const N: u32, T>
    where
        T: Send,
    {
        level: u32,
        items: Vec<T>,
    }

    impl<const N: u32, T: Send> Chain<N, T> {
        fn len(&self) -> u64 {
            u64::try_from(self.items.len() * size_of::<T>()).unwrap_or(u64::MAX)
        }
    }

    #[test]
    fn parts_are_expressions_of_the_value() {
        let mut declaration = fencewright::Declaration::default();
        Chain::<7, u64> { level: 2, items: vec![0; 4] }.declare(&mut declaration);
        let parts = &declaration.get::<fencewright_graphics::PassDecl>().expect("the parts are annotated").parts;
        assert_eq!((parts[0].mips.start, parts[0].instance, parts[1].mips.start), (2, Some(1), 3));
        assert_eq!((parts[2].bytes.start, parts[2].bytes.end), (0, Some(32)));
    }

    macro_rules! level {
        ($name:ident, $image:ty, $level:expr) => {
            #[derive(System, AutoBarriers)]
            #[reads($image[mip = self.level, aspect = Color] as ComputeSampled)]
            #[writes($image[mip = self.level + $level] as ComputeStorage)]
            struct $name {
                level: u32,
            }
        };
    }

    level!(Downsample, GpuImage<Mip<0>>, 1);

    #[test]
    fn declarations_pass_through_macros() {
        let mut declaration = fencewright::Declaration::default();
        Downsample { level: 4 }.declare(&mut declaration);
        let parts = &declaration.get::<fencewright_graphics::PassDecl>().expect("the parts are annotated").parts;
        assert_eq!((parts[0].mips.start, parts[1].mips.start), (4, 5));
        assert_eq!(parts[0].aspect, Some(Aspect::Color));
        assert!(has_auto_barriers::<Downsample>());
        assert_eq!(<Downsample as GpuResourceAccess>::PASS.accesses[0].key.spelled, "GpuImage<Mip<0>>");
    }

    mod renamed {
        pub(super) use ::fencewright as fw;
        pub(super) use ::fencewright_graphics as gfx;
    }

    #[derive(System, AutoBarriers)]
    #[system(crate = self::renamed::fw, graphics = renamed::gfx)]
    #[writes(GpuBuffer<ParticleData> as ComputeStorage)]
    struct Elsewhere;

    #[test]
    fn the_crates_are_found_under_other_names() {
        assert!(has_auto_barriers::<Elsewhere>());
        assert_eq!(<Elsewhere as System>::INFO.name, "Elsewhere");
    }

    #[derive(AutoBarriers, System)]
    #[writes(GpuBuffer<ParticleData> as ComputeStorage)]
    #[queue(compute)]
    struct FlagFirst;

    #[test]
    fn the_flag_may_stand_first() {
        assert!(has_auto_barriers::<FlagFirst>());
        assert_eq!(<FlagFirst as GpuResourceAccess>::PASS.queue, Queue::Compute);
    }

    /// A user's own `Prev` and `GpuBuffer`-like names stay CPU data where nothing says GPU.
    struct Prev<T>(std::marker::PhantomData<T>);

    #[derive(System)]
    #[reads(self::Prev<ParticleData>)]
    struct Own;

    #[test]
    fn a_type_of_the_user_named_prev_is_cpu_data() {
        assert_eq!(<Own as fencewright::ResourceAccess>::reads().len(), 1);
        let _ = std::marker::PhantomData::<Prev<u8>>;
    }
}
