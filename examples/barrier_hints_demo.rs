//! What can be known of a frame's barriers before anything runs: no device, no window, no Vulkan library.
//!
//! ```text
//! cargo run --release --example barrier_hints_demo
//! ```
//!
//! The declarations below are all that the output comes from.

use std::fmt::Write;

use fencewright::prelude::*;
use fencewright::{Key, ResourceAccess};
use fencewright_graphics::prelude::*;
use fencewright_graphics::{Access, AccessInfo};

// Resources and components of the CPU are plain types; markers name the contents of GPU buffers and images.
struct Time;
struct Velocity;
struct Position;
struct Camera;

struct VertexData;
struct IndexData;
struct CameraUniform;
struct AlbedoTexture;
struct SceneDepth;
struct HdrRenderTarget;
struct SwapchainImage;

/// Touches the CPU alone: it has no pass.
#[derive(System)]
#[reads(Time, Velocity)]
#[writes(Position)]
struct Integrate;

/// Copies what the CPU prepared: reads CPU data, writes GPU buffers.
#[derive(System, AutoBarriers)]
#[reads(Position, Camera)]
#[writes(GpuBuffer<VertexData>, GpuBuffer<IndexData>, GpuBuffer<CameraUniform>)]
struct UploadMeshes;

/// Reads CPU data and four GPU resources, and draws into two images.
#[derive(System, AutoBarriers)]
#[reads(Camera, GpuBuffer<VertexData>, GpuBuffer<IndexData>, GpuBuffer<CameraUniform>, GpuImage<AlbedoTexture>)]
#[writes(discard GpuImage<HdrRenderTarget>, discard GpuImage<SceneDepth>)]
struct DrawScene;

/// Samples what was drawn. It derives no `AutoBarriers`, so its barriers are its own work: the hints say which.
#[derive(System)]
#[reads(GpuImage<HdrRenderTarget> as FragmentSampled)]
#[writes(discard GpuImage<SwapchainImage>)]
struct Tonemap;

#[derive(Schedule)]
struct Frame {
    simulate: (Integrate,),
    #[stage(after = "simulate")]
    upload: (UploadMeshes,),
    #[stage(after = "upload")]
    render: (DrawScene,),
    #[stage(after = "render")]
    post: (Tonemap,),
}

fn main() {
    fencewright_examples::print(demo());
}

fn demo() -> String {
    let mut out = String::new();
    section(&mut out, "1. Usages follow from names", &inference_table());
    section(&mut out, "2. What one system asks for", &one_system());
    section(&mut out, "3. What the frame needs, stage by stage", &Frame::barrier_hints());
    out
}

fn section(out: &mut String, title: &str, text: &str) {
    let _ = write!(out, "{title}\n{}\n\n{text}\n", "=".repeat(title.len()));
}

/// Lists how each name above was understood: by its words, the direction, and the kind of the pass.
fn inference_table() -> String {
    let mut out = line(["system", "", "resource", "usage", "layout", "stages"]);
    rows::<UploadMeshes>(&mut out, "UploadMeshes");
    rows::<DrawScene>(&mut out, "DrawScene");
    rows::<Tonemap>(&mut out, "Tonemap");
    out + "\n* written out; every other usage follows from the marker's name\n"
}

fn rows<S: GpuResourceAccess>(out: &mut String, system: &str) {
    for requirement in S::requirements().accesses {
        let AccessInfo { key, access, usage, inferred, .. } = requirement.declared;
        let direction = match access {
            Access::Read => "reads",
            Access::Write => "writes",
        };
        let usage = format!("{}{}", usage.name, if inferred.is_some() { "" } else { " *" });
        let layout = requirement.layout.map(|layout| usage::layout_name(layout).to_string()).unwrap_or_default();
        let stages = usage::stage_names(requirement.stages).to_string();
        out.push_str(&line([system, direction, key.spelled, &usage, &layout, &stages]));
    }
}

fn line([system, direction, resource, usage, layout, stages]: [&str; 6]) -> String {
    let line = format!("{system:<14}{direction:<8}{resource:<28}{usage:<23}{layout:<20}{stages}");
    format!("{}\n", line.trim_end())
}

/// Tells a mixed system's CPU side, which orders it among systems, and its GPU side, which asks for barriers.
fn one_system() -> String {
    let spelled = |keys: &[Key]| keys.iter().map(Key::spelled).collect::<Vec<_>>().join(", ");
    let mut out = format!("On the CPU, UploadMeshes reads {}.\n", spelled(UploadMeshes::reads()));
    let _ = writeln!(out, "On the CPU, DrawScene reads {}.\n", spelled(DrawScene::reads()));
    out + &DrawScene::barrier_requirements()
}

#[test]
fn it_prints_what_it_always_printed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/barrier_hints_demo.txt");
    if std::env::var_os("FENCEWRIGHT_BLESS").is_some() {
        std::fs::write(path, demo()).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(path).expect("the golden file can be read");
    assert_eq!(demo(), expected, "FENCEWRIGHT_BLESS=1 writes {path} anew");
}
