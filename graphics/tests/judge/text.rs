//! Verdicts as people read them.

use crate::write::{barrier, call, memory, pass, scope, submit, verdict};

fn judged(resources: &str, commands: &[String]) -> String {
    verdict(&format!("{{\"resources\": [{resources}], \"events\": [{}]}}", submit("graphics", commands))).to_string()
}

const BUFFER: &str = "{\"buffer\": \"particles\", \"bytes\": 64}";

fn buffer(name: &str, text: &str, note: &str) -> String {
    pass(name, &[format!("{{\"buffer\": \"particles\", {}, \"note\": \"{note}\"}}", scope(text))])
}

#[test]
fn a_missing_barrier() {
    let write = buffer("Simulate", "COMPUTE_SHADER / SHADER_STORAGE_WRITE", "ComputeStorage at src/simulate.rs:12");
    let read = buffer("Draw", "VERTEX_ATTRIBUTE_INPUT / VERTEX_ATTRIBUTE_READ", "VertexAttribute at src/draw.rs:34");
    assert_eq!(
        judged(BUFFER, &[write, read]),
        "\
MISSING BARRIER: buffer `particles` bytes 0..64, read-after-write
  after   `Simulate` writes at COMPUTE_SHADER / SHADER_STORAGE_WRITE (read-after-write) [`graphics`, event 0, command 0] (ComputeStorage at src/simulate.rs:12)
  before  `Draw` at VERTEX_ATTRIBUTE_INPUT / VERTEX_ATTRIBUTE_READ [`graphics`, event 0, command 1] (VertexAttribute at src/draw.rs:34)
  add a call right before `Draw`:
    bytes 0..64
      first   COMPUTE_SHADER / SHADER_STORAGE_WRITE
      second  VERTEX_ATTRIBUTE_INPUT / VERTEX_ATTRIBUTE_READ
"
    );
}

#[test]
fn a_call_to_paste() {
    let image = "{\"image\": \"GpuImage<SceneColor>#1\", \"aspects\": \"COLOR\", \"start\": {\"layout\": \"GENERAL\"}}";
    let sample = scope("FRAGMENT_SHADER / SHADER_SAMPLED_READ");
    let read = format!("{{\"image\": \"GpuImage<SceneColor>#1\", {sample}, \"layout\": \"READ_ONLY_OPTIMAL\"}}");
    let json = format!("{{\"resources\": [{image}], \"events\": [{}]}}", submit("graphics", &[pass("Post", &[read])]));
    assert_eq!(
        verdict(&json).missing[0].rust(),
        "\
let barriers = [
    vk::ImageMemoryBarrier2::default()
        .src_stage_mask(vk::PipelineStageFlags2::empty())
        .src_access_mask(vk::AccessFlags2::empty())
        .dst_stage_mask(vk::PipelineStageFlags2::FRAGMENT_SHADER)
        .dst_access_mask(vk::AccessFlags2::SHADER_SAMPLED_READ)
        .old_layout(vk::ImageLayout::GENERAL)
        .new_layout(vk::ImageLayout::READ_ONLY_OPTIMAL)
        .image(scene_color_1)
        .subresource_range(vk::ImageSubresourceRange { aspect_mask: vk::ImageAspectFlags::COLOR, base_mip_level: 0, level_count: 1, base_array_layer: 0, layer_count: 1 }),
];
let call = vk::DependencyInfo::default().image_memory_barriers(&barriers);
unsafe { device.cmd_pipeline_barrier2(commands, &call) };
"
    );
}

#[test]
fn a_transition_whose_second_scope_is_too_narrow() {
    let image = "{\"image\": \"scene\", \"aspects\": \"COLOR\"}";
    let write = "COLOR_ATTACHMENT_OUTPUT / COLOR_ATTACHMENT_WRITE";
    let layouts = "\"image\": \"scene\", \"old_layout\": \"UNDEFINED\", \"new_layout\": \"ATTACHMENT_OPTIMAL\"";
    let draw = format!("{{\"image\": \"scene\", {}, \"layout\": \"ATTACHMENT_OPTIMAL\"}}", scope(write));
    let commands = [call(&[barrier("NONE", "COLOR_ATTACHMENT_OUTPUT", layouts)]), pass("Draw", &[draw])];
    assert_eq!(
        judged(image, &commands),
        "\
MISSING BARRIER: image `scene` COLOR mips 0..1 layers 0..1, write-after-write
  after   the transition UNDEFINED -> ATTACHMENT_OPTIMAL at COLOR_ATTACHMENT_OUTPUT / NONE (write-after-write) [`graphics`, event 0, command 0] (before `Draw`)
  before  `Draw` at COLOR_ATTACHMENT_OUTPUT / COLOR_ATTACHMENT_WRITE [`graphics`, event 0, command 1]
  widen structure 0 of the call at event 0, command 0:
    second  + COLOR_ATTACHMENT_OUTPUT / COLOR_ATTACHMENT_WRITE
"
    );
}

#[test]
fn nothing_is_missing() {
    let write = buffer("Simulate", "COMPUTE_SHADER / SHADER_STORAGE_WRITE", "");
    let go = call(&[memory("COMPUTE_SHADER / SHADER_STORAGE_WRITE", "COPY / TRANSFER_READ")]);
    assert_eq!(judged(BUFFER, &[write, go, buffer("Copy", "COPY / TRANSFER_READ", "")]), "nothing is missing\n");
}

#[test]
fn a_wait_for_nothing_and_a_read_of_the_host() {
    let json = "{\"resources\": [{\"buffer\": \"particles\", \"bytes\": 64}], \"events\": [
        {\"submit\": \"graphics\", \"waits\": [{\"semaphore\": \"done\", \"value\": 7}], \"commands\": [
            {\"pass\": \"Fill\", \"accesses\": [
                {\"buffer\": \"particles\", \"stages\": \"CLEAR\", \"access\": \"TRANSFER_WRITE\"}]}]},
        {\"host_read\": \"check\", \"buffer\": \"particles\"}]}";
    assert_eq!(
        verdict(json).to_string(),
        "\
NEVER SIGNALLED: semaphore `done`, nothing signals what is waited for
  before  the wait [`graphics`, event 0, command 0]
  signal value 7 or more, or do not wait for it

MISSING BARRIER: buffer `particles` bytes 0..64, read-after-write
  after   `Fill` writes at CLEAR / TRANSFER_WRITE (read-after-write) [`graphics`, event 0, command 0]
  before  host `check` [host, event 1]
  add a call after the device's access, before what the host waits for:
    bytes 0..64
      first   CLEAR / TRANSFER_WRITE
      second  HOST / HOST_READ
  wait on the host, before its access, for a point that `graphics` signals after the device's
"
    );
}
