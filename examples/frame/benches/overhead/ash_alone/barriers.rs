//! The barriers of the plan, with the handles of the frame.

use fencewright_graphics::plan::Plan;
use fencewright_graphics::{CallStructures, RawHandle};

use super::Meshes;
use crate::gpu::Contents;

/// Fills in the barriers before each pass, and those at the end.
pub fn calls(plan: &Plan, contents: &Contents, meshes: &Meshes, turn: usize) -> Vec<CallStructures> {
    let handles = handles(plan, contents, meshes, turn);
    let call =
        |gap| plan.call(gap).map_or_else(CallStructures::default, |call| CallStructures::new(&call.barriers, &handles));
    (0..=plan.passes.len()).map(call).collect()
}

/// Finds the handle of each resource of a plan by its name.
fn handles(plan: &Plan, contents: &Contents, meshes: &Meshes, turn: usize) -> Vec<RawHandle> {
    let handle = |name: &String| match name.as_str() {
        "GpuBuffer<CameraUniform>" => RawHandle::Buffer(contents.camera.raw()),
        "GpuBuffer<ViewUniform>" => RawHandle::Buffer(contents.views.raw()),
        "GpuBuffer<AnchorStorage>" => RawHandle::Buffer(contents.anchors.raw()),
        "GpuBuffer<ObjectStorage>" => RawHandle::Buffer(contents.objects.raw()),
        "GpuBuffer<InstanceStorage>" => RawHandle::Buffer(contents.instances.raw()),
        "GpuBuffer<Particles>" => RawHandle::Buffer(contents.particles.raw()),
        "GpuBuffer<MeshVertexData>" => RawHandle::Buffer(meshes.vertices),
        "GpuBuffer<MeshIndexData>" => RawHandle::Buffer(meshes.indices),
        "GpuBuffer<DustVertexData>" => RawHandle::Buffer(meshes.dust),
        "GpuBuffer<IndirectDraws>" => RawHandle::Buffer(contents.draws[0].raw()),
        "GpuBuffer<IndirectDraws>#1" => RawHandle::Buffer(contents.draws[1].raw()),
        "GpuBuffer<IndirectDraws>#2" => RawHandle::Buffer(contents.draws[2].raw()),
        "GpuBuffer<PictureStaging>" => RawHandle::Buffer(contents.picture_out.raw()),
        "GpuImage<BaseColorTexture>" => RawHandle::Image(contents.base_colors.raw()),
        "GpuImage<ShadowDepth>" => RawHandle::Image(contents.shadow.raw()),
        "GpuImage<AlbedoRenderTarget>" => RawHandle::Image(contents.albedo.raw()),
        "GpuImage<NormalRenderTarget>" => RawHandle::Image(contents.normal.raw()),
        "GpuImage<SceneDepth>" => RawHandle::Image(contents.depth.raw()),
        "GpuImage<Light>" => RawHandle::Image(contents.light.raw()),
        "GpuImage<History>" => RawHandle::Image(contents.history[turn].raw()),
        "Prev<GpuImage<History>>" => RawHandle::Image(contents.history[1 - turn].raw()),
        "GpuImage<Bloom>" => RawHandle::Image(meshes.bloom),
        "GpuImage<Glow>" => RawHandle::Image(meshes.glow),
        "GpuImage<PictureRenderTarget>" => RawHandle::Image(contents.picture.raw()),
        other => panic!("the frame has got `{other}`: add it here"),
    };
    plan.resources.iter().map(handle).collect()
}
