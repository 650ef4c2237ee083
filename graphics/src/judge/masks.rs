//! What stage and access masks mean: aliases, the order of the pipelines, and which stage performs which access.
//!
//! Facts of the `<sync>` section of the Vulkan registry, one row each.

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

/// A set of pipeline stages without aliases, plus [`TRANSITION`].
pub(super) type Stages = u64;
/// A set of accesses without aliases.
pub(super) type Accesses = u64;

/// Stands in for layout and ownership transitions, which belong to no pipeline stage: only queue-wide scopes contain it.
pub(super) const TRANSITION: Stages = 1 << 63;
pub(super) const HOST: Stages = S::HOST.as_raw();
pub(super) const HOST_READ: Accesses = A::HOST_READ.as_raw();
pub(super) const HOST_WRITE: Accesses = A::HOST_WRITE.as_raw();

macro_rules! stages {
    ($($name:ident)|+) => { 0 $(| S::$name.as_raw())+ };
}
macro_rules! accesses {
    ($($name:ident)|+) => { 0 $(| A::$name.as_raw())+ };
}

const PRE_RASTERIZATION: Stages = stages!(
    VERTEX_SHADER
        | TESSELLATION_CONTROL_SHADER
        | TESSELLATION_EVALUATION_SHADER
        | GEOMETRY_SHADER
        | TASK_SHADER_EXT
        | MESH_SHADER_EXT
        | CLUSTER_CULLING_SHADER_HUAWEI
);
const VERTEX_INPUT: Stages = stages!(INDEX_INPUT | VERTEX_ATTRIBUTE_INPUT);
const TRANSFER: Stages = stages!(COPY | BLIT | RESOLVE | CLEAR | ACCELERATION_STRUCTURE_COPY_KHR);
const FRAGMENT: Stages =
    stages!(EARLY_FRAGMENT_TESTS | FRAGMENT_SHADER | LATE_FRAGMENT_TESTS | COLOR_ATTACHMENT_OUTPUT);
const GRAPHICS: Stages = PRE_RASTERIZATION
    | VERTEX_INPUT
    | FRAGMENT
    | stages!(
        DRAW_INDIRECT
            | CONDITIONAL_RENDERING_EXT
            | TRANSFORM_FEEDBACK_EXT
            | FRAGMENT_SHADING_RATE_ATTACHMENT_KHR
            | FRAGMENT_DENSITY_PROCESS_EXT
            | INVOCATION_MASK_HUAWEI
    );
const SHADERS: Stages = PRE_RASTERIZATION | stages!(FRAGMENT_SHADER | COMPUTE_SHADER | RAY_TRACING_SHADER_KHR);

/// Every stage of the device: all but HOST.
pub(super) const DEVICE: Stages = GRAPHICS
    | TRANSFER
    | SHADERS
    | stages!(
        COMMAND_PREPROCESS_NV
            | ACCELERATION_STRUCTURE_BUILD_KHR
            | SUBPASS_SHADER_HUAWEI
            | MICROMAP_BUILD_EXT
            | OPTICAL_FLOW_NV
            | VIDEO_DECODE_KHR
            | VIDEO_ENCODE_KHR
    );

/// The stages of each pipeline, earliest first.
const PIPELINES: [&[S]; 5] = [
    &[
        S::DRAW_INDIRECT,
        S::INDEX_INPUT,
        S::VERTEX_ATTRIBUTE_INPUT,
        S::VERTEX_SHADER,
        S::TESSELLATION_CONTROL_SHADER,
        S::TESSELLATION_EVALUATION_SHADER,
        S::GEOMETRY_SHADER,
        S::TRANSFORM_FEEDBACK_EXT,
        S::FRAGMENT_SHADING_RATE_ATTACHMENT_KHR,
        S::EARLY_FRAGMENT_TESTS,
        S::FRAGMENT_SHADER,
        S::LATE_FRAGMENT_TESTS,
        S::COLOR_ATTACHMENT_OUTPUT,
    ],
    &[
        S::DRAW_INDIRECT,
        S::TASK_SHADER_EXT,
        S::MESH_SHADER_EXT,
        S::FRAGMENT_SHADING_RATE_ATTACHMENT_KHR,
        S::EARLY_FRAGMENT_TESTS,
        S::FRAGMENT_SHADER,
        S::LATE_FRAGMENT_TESTS,
        S::COLOR_ATTACHMENT_OUTPUT,
    ],
    &[
        S::FRAGMENT_DENSITY_PROCESS_EXT,
        S::EARLY_FRAGMENT_TESTS,
        S::FRAGMENT_SHADER,
        S::LATE_FRAGMENT_TESTS,
        S::COLOR_ATTACHMENT_OUTPUT,
    ],
    &[S::DRAW_INDIRECT, S::COMPUTE_SHADER],
    &[S::DRAW_INDIRECT, S::RAY_TRACING_SHADER_KHR],
];

/// The stages that stand for several others.
const STAGE_ALIASES: [(S, Stages); 5] = [
    (S::VERTEX_INPUT, VERTEX_INPUT),
    (S::PRE_RASTERIZATION_SHADERS, PRE_RASTERIZATION),
    (S::ALL_TRANSFER, TRANSFER),
    (S::ALL_GRAPHICS, GRAPHICS),
    (S::ALL_COMMANDS, DEVICE),
];

/// Which stages perform an access, and whether it writes.
struct AccessRow {
    access: A,
    stages: Stages,
    writes: bool,
}

const fn read(access: A, stages: Stages) -> AccessRow {
    AccessRow { access, stages, writes: false }
}

const fn write(access: A, stages: Stages) -> AccessRow {
    AccessRow { access, stages, writes: true }
}

const BUILDS: Stages = stages!(ACCELERATION_STRUCTURE_BUILD_KHR | MICROMAP_BUILD_EXT);

const ACCESSES: &[AccessRow] = &[
    read(A::INDIRECT_COMMAND_READ, stages!(DRAW_INDIRECT | ACCELERATION_STRUCTURE_BUILD_KHR)),
    read(A::INDEX_READ, stages!(INDEX_INPUT)),
    read(A::VERTEX_ATTRIBUTE_READ, stages!(VERTEX_ATTRIBUTE_INPUT)),
    read(A::UNIFORM_READ, SHADERS),
    read(A::INPUT_ATTACHMENT_READ, stages!(FRAGMENT_SHADER | SUBPASS_SHADER_HUAWEI)),
    // What SHADER_READ means beyond the accesses it is an alias of: the inputs of builds.
    read(A::SHADER_READ, BUILDS),
    read(A::SHADER_SAMPLED_READ, SHADERS | stages!(SUBPASS_SHADER_HUAWEI)),
    read(A::SHADER_STORAGE_READ, SHADERS | stages!(SUBPASS_SHADER_HUAWEI)),
    write(A::SHADER_STORAGE_WRITE, SHADERS | stages!(SUBPASS_SHADER_HUAWEI)),
    read(A::SHADER_BINDING_TABLE_READ_KHR, stages!(RAY_TRACING_SHADER_KHR)),
    read(A::DESCRIPTOR_BUFFER_READ_EXT, SHADERS),
    read(A::COLOR_ATTACHMENT_READ, stages!(COLOR_ATTACHMENT_OUTPUT | FRAGMENT_SHADER)),
    read(A::COLOR_ATTACHMENT_READ_NONCOHERENT_EXT, stages!(COLOR_ATTACHMENT_OUTPUT)),
    write(A::COLOR_ATTACHMENT_WRITE, stages!(COLOR_ATTACHMENT_OUTPUT)),
    read(A::DEPTH_STENCIL_ATTACHMENT_READ, stages!(EARLY_FRAGMENT_TESTS | LATE_FRAGMENT_TESTS | FRAGMENT_SHADER)),
    write(A::DEPTH_STENCIL_ATTACHMENT_WRITE, stages!(EARLY_FRAGMENT_TESTS | LATE_FRAGMENT_TESTS)),
    read(A::TRANSFER_READ, stages!(COPY | BLIT | RESOLVE | ACCELERATION_STRUCTURE_COPY_KHR) | BUILDS),
    write(A::TRANSFER_WRITE, TRANSFER | BUILDS),
    read(A::HOST_READ, HOST),
    write(A::HOST_WRITE, HOST),
    write(A::TRANSFORM_FEEDBACK_WRITE_EXT, stages!(TRANSFORM_FEEDBACK_EXT)),
    read(A::TRANSFORM_FEEDBACK_COUNTER_READ_EXT, stages!(DRAW_INDIRECT | TRANSFORM_FEEDBACK_EXT)),
    write(A::TRANSFORM_FEEDBACK_COUNTER_WRITE_EXT, stages!(TRANSFORM_FEEDBACK_EXT)),
    read(A::CONDITIONAL_RENDERING_READ_EXT, stages!(CONDITIONAL_RENDERING_EXT)),
    read(A::COMMAND_PREPROCESS_READ_NV, stages!(COMMAND_PREPROCESS_NV)),
    write(A::COMMAND_PREPROCESS_WRITE_NV, stages!(COMMAND_PREPROCESS_NV)),
    read(A::FRAGMENT_SHADING_RATE_ATTACHMENT_READ_KHR, stages!(FRAGMENT_SHADING_RATE_ATTACHMENT_KHR)),
    read(A::FRAGMENT_DENSITY_MAP_READ_EXT, stages!(FRAGMENT_DENSITY_PROCESS_EXT)),
    read(
        A::ACCELERATION_STRUCTURE_READ_KHR,
        SHADERS | stages!(ACCELERATION_STRUCTURE_BUILD_KHR | ACCELERATION_STRUCTURE_COPY_KHR),
    ),
    write(
        A::ACCELERATION_STRUCTURE_WRITE_KHR,
        stages!(ACCELERATION_STRUCTURE_BUILD_KHR | ACCELERATION_STRUCTURE_COPY_KHR),
    ),
    read(A::INVOCATION_MASK_READ_HUAWEI, stages!(INVOCATION_MASK_HUAWEI)),
    read(A::MICROMAP_READ_EXT, BUILDS),
    write(A::MICROMAP_WRITE_EXT, stages!(MICROMAP_BUILD_EXT)),
    read(A::OPTICAL_FLOW_READ_NV, stages!(OPTICAL_FLOW_NV)),
    write(A::OPTICAL_FLOW_WRITE_NV, stages!(OPTICAL_FLOW_NV)),
    read(A::VIDEO_DECODE_READ_KHR, stages!(VIDEO_DECODE_KHR)),
    write(A::VIDEO_DECODE_WRITE_KHR, stages!(VIDEO_DECODE_KHR)),
    read(A::VIDEO_ENCODE_READ_KHR, stages!(VIDEO_ENCODE_KHR)),
    write(A::VIDEO_ENCODE_WRITE_KHR, stages!(VIDEO_ENCODE_KHR)),
];

/// The accesses that stand for several others.
///
/// `SHADER_READ` does not contain `UNIFORM_READ`.
const SHADER_READ: Accesses =
    accesses!(SHADER_READ | SHADER_SAMPLED_READ | SHADER_STORAGE_READ | SHADER_BINDING_TABLE_READ_KHR);

/// Attachment accesses: in raster order inside a pass.
const ATTACHMENT: Accesses = accesses!(
    COLOR_ATTACHMENT_READ | COLOR_ATTACHMENT_WRITE | DEPTH_STENCIL_ATTACHMENT_READ | DEPTH_STENCIL_ATTACHMENT_WRITE
);

const ALL_READS: Accesses = all_of(false);
const ALL_WRITES: Accesses = all_of(true);

const fn all_of(writes: bool) -> Accesses {
    let mut all = 0;
    let mut row = 0;
    while row < ACCESSES.len() {
        if ACCESSES[row].writes == writes {
            all |= ACCESSES[row].access.as_raw();
        }
        row += 1;
    }
    all
}

/// Every access there is.
pub(super) const EVERY_ACCESS: Accesses = ALL_READS | ALL_WRITES;

/// Replaces aliases by the stages they stand for; `TOP_OF_PIPE` and `BOTTOM_OF_PIPE` perform no access.
pub(super) fn exact_stages(mask: S) -> Stages {
    STAGE_ALIASES
        .iter()
        .filter(|(alias, _)| mask.contains(*alias))
        .fold(mask.as_raw() & (DEVICE | HOST), |stages, (_, means)| stages | means)
}

/// Returns the stages of a first synchronization scope: those named, and all that are logically earlier.
pub(super) fn first_stages(mask: S) -> Stages {
    if mask.contains(S::BOTTOM_OF_PIPE) {
        return DEVICE | (mask.as_raw() & HOST);
    }
    with_neighbours(exact_stages(mask), |pipeline, at| &pipeline[..at])
}

/// Returns the stages of a second synchronization scope: those named, and all that are logically later.
pub(super) fn second_stages(mask: S) -> Stages {
    if mask.contains(S::TOP_OF_PIPE) {
        return DEVICE | (mask.as_raw() & HOST);
    }
    with_neighbours(exact_stages(mask), |pipeline, at| &pipeline[at + 1..])
}

fn with_neighbours(exact: Stages, side: impl Fn(&'static [S], usize) -> &'static [S]) -> Stages {
    let mut stages = exact;
    for pipeline in PIPELINES {
        for (at, stage) in pipeline.iter().enumerate() {
            if exact & stage.as_raw() != 0 {
                stages |= side(pipeline, at).iter().fold(0, |all, stage| all | stage.as_raw());
            }
        }
    }
    stages
}

/// Adds [`TRANSITION`] to the stages of a semaphore or fence operation when it spans all commands.
pub(super) fn queue_wide(mask: S, stages: Stages) -> Stages {
    if mask.contains(S::ALL_COMMANDS) { stages | TRANSITION } else { stages }
}

/// Replaces aliases by the accesses they stand for.
pub(super) fn exact_accesses(mask: A) -> Accesses {
    let mut all = mask.as_raw() & EVERY_ACCESS;
    if mask.contains(A::SHADER_READ) {
        all |= SHADER_READ;
    }
    if mask.contains(A::SHADER_WRITE) {
        all |= A::SHADER_STORAGE_WRITE.as_raw();
    }
    if mask.contains(A::MEMORY_READ) {
        all |= ALL_READS;
    }
    if mask.contains(A::MEMORY_WRITE) {
        all |= ALL_WRITES;
    }
    all
}

/// Returns those of `accesses` that write.
pub(super) const fn writes_of(accesses: Accesses) -> Accesses {
    accesses & ALL_WRITES
}

/// Says whether all of `accesses` are attachment accesses.
pub(super) const fn only_attachment(accesses: Accesses) -> bool {
    accesses & !ATTACHMENT == 0
}

/// Returns the accesses of `accesses` that `stage` performs.
pub(super) fn performed_by(stage: Stages, accesses: Accesses) -> Accesses {
    ACCESSES.iter().filter(|row| row.stages & stage != 0).fold(0, |all, row| all | (row.access.as_raw() & accesses))
}

/// Returns the accesses of a mask that none of the stages of the other performs: the specification forbids them.
pub(super) fn unperformed(stages: S, accesses: A) -> A {
    let (stages, metas) = (exact_stages(stages), A::MEMORY_READ | A::MEMORY_WRITE);
    let idle = |bit: &A| accesses.contains(*bit) && performed_by(stages, exact_accesses(*bit)) == 0;
    let bits = (0..u64::BITS).map(|bit| A::from_raw(1 << bit)).filter(|bit| !metas.contains(*bit));
    bits.filter(idle).fold(A::NONE, |all, bit| all | bit)
}

/// Returns each stage of a set, lowest bit first.
pub(super) fn each(mut stages: Stages) -> impl Iterator<Item = Stages> {
    std::iter::from_fn(move || {
        let lowest = stages & stages.wrapping_neg();
        stages ^= lowest;
        (lowest != 0).then_some(lowest)
    })
}

/// Returns a set of stages as flags, without [`TRANSITION`].
pub(super) const fn stage_flags(stages: Stages) -> vk::PipelineStageFlags2 {
    S::from_raw(stages & !TRANSITION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage;

    /// A stage or an access that the table does not know would be one that the judge does not see.
    #[test]
    fn every_usage_is_seen_in_all_its_stages_and_accesses() {
        for row in usage::ALL {
            for access in [row.read, row.write].into_iter().flatten().filter(|access| *access != A::NONE) {
                assert_eq!(unperformed(row.stages, access), A::NONE, "{}", row.name);
                for stage in each(row.stages.as_raw()).map(S::from_raw) {
                    let performed = performed_by(exact_stages(stage), exact_accesses(access));
                    assert_ne!(performed, 0, "{} in {stage:?}", row.name);
                }
            }
        }
    }

    #[test]
    fn every_stage_of_the_device_performs_something() {
        for stage in each(DEVICE | HOST) {
            assert_ne!(performed_by(stage, EVERY_ACCESS), 0, "{:?}", stage_flags(stage));
        }
    }

    #[test]
    fn every_access_is_performed_by_some_stage_and_has_one_row() {
        let bits = ACCESSES.iter().fold(0, |all, row| all | row.access.as_raw());
        assert_eq!(bits.count_ones() as usize, ACCESSES.len());
        assert!(ACCESSES.iter().all(|row| row.stages & (DEVICE | HOST) == row.stages && row.stages != 0));
        let metas = A::SHADER_READ | A::SHADER_WRITE | A::MEMORY_READ | A::MEMORY_WRITE;
        assert_eq!(exact_accesses(A::from_raw(u64::MAX) & !metas) & !EVERY_ACCESS, 0);
    }

    #[test]
    fn logical_order_follows_the_pipelines() {
        let later = |stage: S| stage_flags(second_stages(stage));
        let earlier = |stage: S| stage_flags(first_stages(stage));
        let fragment =
            S::EARLY_FRAGMENT_TESTS | S::FRAGMENT_SHADER | S::LATE_FRAGMENT_TESTS | S::COLOR_ATTACHMENT_OUTPUT;
        assert_eq!(later(S::EARLY_FRAGMENT_TESTS), fragment);
        assert_eq!(later(S::COLOR_ATTACHMENT_OUTPUT), S::COLOR_ATTACHMENT_OUTPUT);
        assert_eq!(earlier(S::COMPUTE_SHADER), S::COMPUTE_SHADER | S::DRAW_INDIRECT);
        assert_eq!(later(S::COMPUTE_SHADER), S::COMPUTE_SHADER);
        assert!(later(S::DRAW_INDIRECT).contains(S::COMPUTE_SHADER | S::VERTEX_SHADER | S::MESH_SHADER_EXT | fragment));
        assert!(!earlier(S::MESH_SHADER_EXT).intersects(S::VERTEX_SHADER));
        assert_eq!(earlier(S::COPY), S::COPY);
        assert_eq!((earlier(S::TOP_OF_PIPE), later(S::BOTTOM_OF_PIPE)), (S::NONE, S::NONE));
        assert_eq!(first_stages(S::ALL_COMMANDS), DEVICE);
        assert_eq!(first_stages(S::HOST), HOST);
    }
}
