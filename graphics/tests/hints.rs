//! Hints and plans as text, compared with the files in `golden`; the Rust that they contain is compiled.
//!
//! `FENCEWRIGHT_BLESS=1` writes the files anew.

use std::fs;
use std::path::Path;

use fencewright::{Cx, Declaration, Outcome, Run, Schedule, ScheduleSpec, Stage, StageInfo, System};
use fencewright_graphics::{
    AccessInfo, AutoBarriers, BarrierHints, Compute, GpuBuffer, GpuImage, GpuResourceAccess, Part, PassDecl, Prev,
    ProgramHints, Raster, Transfer, usage,
};

struct VertexData;
struct RenderTarget;
struct SceneDepth;
struct BloomTexture;
struct HistoryTexture;
struct SwapchainImage;

/// Writes what `#[derive(System, AutoBarriers)]` writes.
macro_rules! pass {
    ($name:ident, $kind:ident, auto = $auto:literal, [$($access:expr),* $(,)?] $(, parts($this:ident) = $parts:expr)?) => {
        impl fencewright::ResourceAccess for $name {
            const READS: &'static [fencewright::Key] = &[];
            const WRITES: &'static [fencewright::Key] = &[];
        }
        impl GpuResourceAccess for $name {
            type Pass = $kind;
            const PASS: fencewright_graphics::PassInfo = fencewright_graphics::PassInfo {
                kind: <$kind as fencewright_graphics::Pass>::KIND,
                queue: fencewright_graphics::Queue::Graphics,
                auto_barriers: $auto,
                accesses: &[$($access),*],
            };
        }
        impl System for $name {
            const INFO: fencewright::SystemInfo = fencewright::SystemInfo {
                name: stringify!($name),
                type_name: std::any::type_name::<Self>,
                at: std::panic::Location::caller(),
                reads: &[],
                writes: &[],
                annotations: &[&<Self as GpuResourceAccess>::PASS],
                uses_self: false,
            };
            $(fn declare(&self, declaration: &mut Declaration) {
                let $this = self;
                declaration.annotate(PassDecl { parts: $parts });
            })?
        }
        impl Run for $name {
            fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
                Ok(())
            }
        }
    };
}

struct UploadMeshes;
pass!(
    UploadMeshes,
    Transfer,
    auto = true,
    [AccessInfo::write::<GpuBuffer<VertexData>, usage::CopyDestination, Transfer>("GpuBuffer<VertexData>"),]
);
impl AutoBarriers for UploadMeshes {}

struct DrawScene;
pass!(
    DrawScene,
    Raster,
    auto = true,
    [
        AccessInfo::read::<GpuBuffer<VertexData>, usage::VertexAttribute, Raster>("GpuBuffer<VertexData>").inferred(),
        AccessInfo::write::<GpuImage<RenderTarget>, usage::ColorAttachmentClear, Raster>("GpuImage<RenderTarget>")
            .discard(),
        AccessInfo::write::<GpuImage<SceneDepth>, usage::DepthStencilClear, Raster>("GpuImage<SceneDepth>").inferred(),
    ]
);
impl AutoBarriers for DrawScene {}

/// Reads one mip of the bloom texture and writes the next.
struct Downsample {
    level: u32,
}
pass!(
    Downsample,
    Compute,
    auto = true,
    [
        AccessInfo::read::<GpuImage<BloomTexture>, usage::ComputeSampled, Compute>("GpuImage<BloomTexture>")
            .part(Part::whole, true),
        AccessInfo::write::<GpuImage<BloomTexture>, usage::ComputeStorageWrite, Compute>("GpuImage<BloomTexture>")
            .part(Part::whole, true),
    ],
    parts(this) = vec![Part::whole().mip(this.level), Part::whole().mip(this.level + 1)]
);
impl AutoBarriers for Downsample {}

struct Accumulate;
pass!(
    Accumulate,
    Compute,
    auto = false,
    [
        AccessInfo::read::<GpuImage<RenderTarget>, usage::ComputeSampled, Compute>("GpuImage<RenderTarget>"),
        AccessInfo::read::<Prev<GpuImage<HistoryTexture>>, usage::ComputeSampled, Compute>(
            "Prev<GpuImage<HistoryTexture>>"
        ),
        AccessInfo::write::<GpuImage<HistoryTexture>, usage::ComputeStorageWrite, Compute>("GpuImage<HistoryTexture>"),
    ]
);

struct Tonemap;
pass!(
    Tonemap,
    Raster,
    auto = true,
    [
        AccessInfo::read::<GpuImage<HistoryTexture>, usage::FragmentSampled, Raster>("GpuImage<HistoryTexture>"),
        AccessInfo::write::<GpuImage<SwapchainImage>, usage::ColorAttachmentClear, Raster>("GpuImage<SwapchainImage>"),
    ]
);
impl AutoBarriers for Tonemap {}

const fn stage(
    name: &'static str,
    after: &'static [&'static str],
    systems: &'static [&'static fencewright::SystemInfo],
) -> StageInfo {
    StageInfo { name, after, before: &[], systems, at: std::panic::Location::caller() }
}

/// The schedule of the README: an upload, and what draws it.
struct Small;
impl ScheduleSpec for Small {
    const STAGES: &'static [StageInfo] =
        &[stage("render", &["upload"], &[&DrawScene::INFO]), stage("upload", &[], &[&UploadMeshes::INFO])];
}

struct Full;
impl ScheduleSpec for Full {
    const STAGES: &'static [StageInfo] = &[
        stage("upload", &[], &[&UploadMeshes::INFO]),
        stage("render", &["upload"], &[&DrawScene::INFO, &Downsample::INFO, &Downsample::INFO]),
        stage("post", &["render"], &[&Accumulate::INFO, &Tonemap::INFO]),
    ];
}

fn schedule() -> Schedule {
    Schedule::builder()
        .stage(Stage::new("upload").system(UploadMeshes))
        .stage(
            Stage::new("render")
                .after("upload")
                .system(DrawScene)
                .system(Downsample { level: 0 })
                .system(Downsample { level: 1 }),
        )
        .stage(Stage::new("post").after("render").system(Accumulate).system(Tonemap))
        .build()
        .expect("the stages are in order")
}

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("FENCEWRIGHT_BLESS").is_some() {
        fs::write(&path, text).expect("the golden file can be written");
    }
    let expected = fs::read_to_string(&path).expect("the golden file can be read");
    assert_eq!(text, expected, "golden/{name} differs; FENCEWRIGHT_BLESS=1 writes it anew");
}

#[test]
fn an_upload_and_what_draws_it() {
    let hints = Small::barrier_hints();
    let line = "Between upload and render: COPY -> VERTEX_ATTRIBUTE_INPUT: UploadMeshes writes GpuBuffer<VertexData>, DrawScene reads it";
    assert!(hints.lines().any(|other| other == line), "{hints}");
    golden("small_hints.txt", &hints);
}

#[test]
fn hints_of_a_type_and_of_a_built_schedule() {
    golden("type_hints.txt", &Full::barrier_hints());
    golden("program_hints.txt", &schedule().program().barrier_hints());
}

#[test]
fn requirements_of_one_system() {
    golden(
        "requirements.txt",
        &format!("{}\n{}", DrawScene::barrier_requirements(), Downsample::barrier_requirements()),
    );
    let requirements = DrawScene::requirements();
    assert_eq!(requirements.accesses.len(), 3);
    assert_eq!(requirements.accesses[0].layout, None);
}

#[test]
fn a_plan_has_many_faces() {
    let plan = schedule().program().barrier_plan().expect("the schedule can be planned");
    golden("plan.txt", &plan.to_string());
    golden("plan.dot", &plan.to_dot());
    golden("plan.json", &(plan.to_json() + "\n"));
    golden("plan.rs", &plan.to_rust());
    let value: serde_json::Value = serde_json::from_str(&plan.to_json()).expect("it is JSON");
    assert_eq!(value["calls"].as_array().map(Vec::len), Some(plan.calls.len()));
    assert_eq!(value["passes"][1]["name"], "DrawScene");
}

/// The Rust of a plan, as someone would paste it: that it compiles is the test.
#[allow(unsafe_code, dead_code, unreachable_pub, reason = "recording a barrier is unsafe in ash; compiled, not called")]
mod pasted {
    include!("golden/plan.rs");
}
