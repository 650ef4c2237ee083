//! Which pipeline stages a scope reaches: the stages it names and, in the first scope, logically earlier ones, in the
//! second, logically later ones (Vulkan specification, "Pipeline Stages" and `synchronization-pipeline-stages-order`).

use ash::vk::PipelineStageFlags2 as S;

/// The stages of each pipeline, in logical order. Stages in none of them stand alone.
const PIPELINES: [&[S]; 4] = [
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
    &[S::DRAW_INDIRECT, S::COMPUTE_SHADER],
    &[S::DRAW_INDIRECT, S::RAY_TRACING_SHADER_KHR],
];

/// The stages that stand for several.
const GROUPS: [(S, &[S]); 4] = [
    (S::ALL_TRANSFER, &[S::COPY, S::BLIT, S::RESOLVE, S::CLEAR, S::ACCELERATION_STRUCTURE_COPY_KHR]),
    (S::VERTEX_INPUT, &[S::INDEX_INPUT, S::VERTEX_ATTRIBUTE_INPUT]),
    (
        S::PRE_RASTERIZATION_SHADERS,
        &[
            S::VERTEX_SHADER,
            S::TESSELLATION_CONTROL_SHADER,
            S::TESSELLATION_EVALUATION_SHADER,
            S::GEOMETRY_SHADER,
            S::TASK_SHADER_EXT,
            S::MESH_SHADER_EXT,
        ],
    ),
    (
        S::ALL_GRAPHICS,
        &[
            S::DRAW_INDIRECT,
            S::INDEX_INPUT,
            S::VERTEX_ATTRIBUTE_INPUT,
            S::VERTEX_SHADER,
            S::TESSELLATION_CONTROL_SHADER,
            S::TESSELLATION_EVALUATION_SHADER,
            S::GEOMETRY_SHADER,
            S::TASK_SHADER_EXT,
            S::MESH_SHADER_EXT,
            S::TRANSFORM_FEEDBACK_EXT,
            S::CONDITIONAL_RENDERING_EXT,
            S::FRAGMENT_SHADING_RATE_ATTACHMENT_KHR,
            S::FRAGMENT_DENSITY_PROCESS_EXT,
            S::EARLY_FRAGMENT_TESTS,
            S::FRAGMENT_SHADER,
            S::LATE_FRAGMENT_TESTS,
            S::COLOR_ATTACHMENT_OUTPUT,
        ],
    ),
];

/// The bits that are not stages of work on the device.
const NOT_WORK: S = S::from_raw(S::TOP_OF_PIPE.as_raw() | S::BOTTOM_OF_PIPE.as_raw() | S::ALL_COMMANDS.as_raw());

/// Every stage of work on the device.
const ALL: S = S::from_raw(!(NOT_WORK.as_raw() | S::HOST.as_raw()));

/// Replaces the stages that stand for several by those.
pub(super) fn stages(named: S) -> S {
    if named.contains(S::ALL_COMMANDS) {
        return ALL | (named & S::HOST);
    }
    let mut stages = named;
    for (group, members) in GROUPS {
        if named.contains(group) {
            stages = members.iter().fold(stages, |stages, member| stages | *member);
        }
    }
    stages & S::from_raw(!NOT_WORK.as_raw())
}

/// Returns all stages that a first scope reaches: those named and the logically earlier ones.
pub(super) fn first(named: S) -> S {
    if named.contains(S::BOTTOM_OF_PIPE) {
        return ALL;
    }
    let named = stages(named);
    PIPELINES.iter().fold(named, |reached, pipeline| {
        let end = pipeline.iter().rposition(|stage| named.contains(*stage)).map_or(0, |last| last + 1);
        pipeline[..end].iter().fold(reached, |reached, stage| reached | *stage)
    })
}

/// Returns all stages that a second scope reaches: those named and the logically later ones.
pub(super) fn second(named: S) -> S {
    if named.contains(S::TOP_OF_PIPE) {
        return ALL;
    }
    let named = stages(named);
    PIPELINES.iter().fold(named, |reached, pipeline| {
        let start = pipeline.iter().position(|stage| named.contains(*stage)).unwrap_or(pipeline.len());
        pipeline[start..].iter().fold(reached, |reached, stage| reached | *stage)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_scopes_add_earlier_stages_and_second_scopes_later_ones() {
        assert_eq!(first(S::FRAGMENT_SHADER) & S::LATE_FRAGMENT_TESTS, S::NONE);
        assert!(first(S::FRAGMENT_SHADER).contains(S::EARLY_FRAGMENT_TESTS | S::VERTEX_SHADER | S::MESH_SHADER_EXT));
        assert!(second(S::FRAGMENT_SHADER).contains(S::LATE_FRAGMENT_TESTS | S::COLOR_ATTACHMENT_OUTPUT));
        assert_eq!(second(S::FRAGMENT_SHADER) & S::EARLY_FRAGMENT_TESTS, S::NONE);
        assert_eq!(second(S::COMPUTE_SHADER), S::COMPUTE_SHADER);
        assert_eq!(first(S::COMPUTE_SHADER), S::COMPUTE_SHADER | S::DRAW_INDIRECT);
        assert_eq!((first(S::BLIT), second(S::BLIT)), (S::BLIT, S::BLIT));
    }

    #[test]
    fn stages_that_stand_for_several_are_those() {
        assert!(stages(S::ALL_TRANSFER).contains(S::COPY | S::CLEAR | S::BLIT | S::RESOLVE));
        assert!(second(S::VERTEX_INPUT).contains(S::INDEX_INPUT | S::COLOR_ATTACHMENT_OUTPUT));
        assert_eq!((first(S::TOP_OF_PIPE), second(S::BOTTOM_OF_PIPE)), (S::NONE, S::NONE));
        assert!(first(S::BOTTOM_OF_PIPE).contains(S::COMPUTE_SHADER) && second(S::TOP_OF_PIPE).contains(S::COPY));
        assert!(first(S::ALL_COMMANDS).contains(S::COPY | S::COMPUTE_SHADER | S::COLOR_ATTACHMENT_OUTPUT));
    }
}
