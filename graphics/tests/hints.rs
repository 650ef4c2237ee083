//! Hints and plans as text, compared with the files in `golden`; the Rust that they contain is compiled.
//!
//! `FENCEWRIGHT_BLESS=1` writes the files anew.

use std::fs;
use std::path::Path;

use fencewright::{Cx, Outcome, Run, Schedule, System};
use fencewright_graphics::plan::{Options, PassOrder, Topology};
use fencewright_graphics::{AutoBarriers, BarrierHints, GpuBuffer, GpuImage, GpuResourceAccess, Prev, ProgramHints};

struct VertexData;
struct RenderTarget;
struct SceneDepth;
struct BloomTexture;
struct HistoryTexture;
struct SwapchainImage;

#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<VertexData>)]
struct UploadMeshes;

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<VertexData>)]
#[writes(discard GpuImage<RenderTarget>, GpuImage<SceneDepth> as DepthStencilClear)]
struct DrawScene;

/// Reads one mip of the bloom texture and writes the next.
#[derive(System, AutoBarriers)]
#[reads(GpuImage<BloomTexture>[mip = self.level] as ComputeSampled)]
#[writes(GpuImage<BloomTexture>[mip = self.level + 1] as ComputeStorageWrite)]
struct Downsample {
    level: u32,
}

#[derive(System)]
#[reads(GpuImage<RenderTarget> as ComputeSampled, Prev<GpuImage<HistoryTexture>>)]
#[writes(GpuImage<HistoryTexture> as ComputeStorageWrite)]
struct Accumulate;

#[derive(System, AutoBarriers)]
#[reads(GpuImage<HistoryTexture>)]
#[writes(GpuImage<SwapchainImage>)]
#[pass(raster)]
struct Tonemap;

#[derive(System, AutoBarriers)]
#[writes(discard GpuImage<RenderTarget>)]
struct DrawAside;

#[derive(System, AutoBarriers)]
#[writes(discard GpuImage<BloomTexture> as ColorAttachment)]
struct DrawGlow;

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<VertexData> as ComputeStorage, GpuImage<BloomTexture> as ComputeSampled)]
#[pass(compute)]
struct Gather;

macro_rules! idle {
    ($($name:ident)+) => {
        $(impl Run for $name {
            fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
                Ok(())
            }
        })+
    };
}
idle!(UploadMeshes DrawScene Downsample Accumulate Tonemap DrawAside DrawGlow Gather);

/// An upload, and what draws it, declared in the other order.
#[derive(Schedule)]
struct Small {
    #[stage(after = "upload")]
    render: (DrawScene,),
    upload: (UploadMeshes,),
}

#[derive(Schedule)]
struct Full {
    upload: (UploadMeshes,),
    #[stage(after = "upload")]
    render: (DrawScene, Downsample, Downsample),
    #[stage(after = "render")]
    post: (Accumulate, Tonemap),
}

fn schedule() -> Schedule {
    let render = (DrawScene, Downsample { level: 0 }, Downsample { level: 1 });
    Full { upload: (UploadMeshes,), render, post: (Accumulate, Tonemap) }.schedule().expect("the stages are in order")
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
    let plan = schedule().barrier_plan().expect("the schedule can be planned");
    golden("plan.txt", &plan.to_string());
    golden("plan.dot", &plan.to_dot());
    golden("plan.json", &(plan.to_json() + "\n"));
    golden("plan.rs", &plan.to_rust());
    golden("plan.h", &plan.to_c("full"));
    golden("calls.txt", &plan.to_calls());
    let value: serde_json::Value = serde_json::from_str(&plan.to_json()).expect("it is JSON");
    assert_eq!(value["calls"].as_array().map(Vec::len), Some(plan.calls.len()));
    assert_eq!(value["passes"][1]["name"], "DrawScene");
}

/// The call before `Gather` also waits for `DrawAside`, which a better order avoids.
#[derive(Schedule)]
struct OneStage {
    all: (UploadMeshes, DrawAside, DrawGlow, Gather),
}

/// Here `DrawAside` cannot come after `DrawGlow`.
#[derive(Schedule)]
struct TwoStages {
    first: (UploadMeshes, DrawAside),
    #[stage(after = "first")]
    second: (DrawGlow, Gather),
}

#[test]
fn a_report_in_a_better_order_moves_passes_inside_their_stage() {
    let one = OneStage { all: (UploadMeshes, DrawAside, DrawGlow, Gather) }.schedule();
    let two = TwoStages { first: (UploadMeshes, DrawAside), second: (DrawGlow, Gather) }.schedule();
    let [one, two] = [one, two].map(|schedule| schedule.expect("the stages are in order"));
    let report = |schedule: &Schedule, order| {
        let found = schedule.barrier_report_on(&Topology::one(), order, Options::default());
        let (plan, report) = found.expect("it can be planned");
        let systems: Vec<_> = plan.passes.iter().map(|pass| pass.system).collect();
        (systems, report.calls, report.false_pairs.len())
    };
    let declared = (vec![0, 1, 2, 3], 2, 1);
    assert_eq!(report(&one, PassOrder::Declared), declared);
    assert_eq!(report(&one, PassOrder::Reordered), (vec![0, 2, 1, 3], 2, 0));
    assert_eq!(report(&two, PassOrder::Declared), declared);
    assert_eq!(report(&two, PassOrder::Reordered), declared);
}

/// The Rust of a plan, as someone would paste it: that it compiles is the test.
#[allow(unsafe_code, dead_code, unreachable_pub, reason = "recording a barrier is unsafe in ash; compiled, not called")]
mod pasted {
    include!("golden/plan.rs");
}
