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

/// For each stage, by its bit, all that it stands for.
const MEMBERS: [u64; 64] = {
    let mut table = [0; 64];
    let mut bit = 0;
    while bit < 64 {
        table[bit] = (1 << bit) & !NOT_WORK.as_raw();
        bit += 1;
    }
    let mut group = 0;
    while group < GROUPS.len() {
        table[GROUPS[group].0.as_raw().trailing_zeros() as usize] |= all_of(GROUPS[group].1, 0, GROUPS[group].1.len());
        group += 1;
    }
    table[S::ALL_COMMANDS.as_raw().trailing_zeros() as usize] = ALL.as_raw();
    table
};

/// For each stage, by its bit, all that a first scope with it reaches.
const EARLIER: [u64; 64] = reach(Side::First);

/// For each stage, by its bit, all that a second scope with it reaches.
const LATER: [u64; 64] = reach(Side::Second);

#[derive(Clone, Copy)]
enum Side {
    First,
    Second,
}

const fn all_of(stages: &[S], start: usize, end: usize) -> u64 {
    let (mut all, mut at) = (0, start);
    while at < end {
        all |= stages[at].as_raw();
        at += 1;
    }
    all
}

const fn reach(side: Side) -> [u64; 64] {
    let mut table = MEMBERS;
    let mut bit = 0;
    while bit < 64 {
        let members = MEMBERS[bit];
        let mut pipeline = 0;
        while pipeline < PIPELINES.len() {
            let stages = PIPELINES[pipeline];
            let mut at = 0;
            while at < stages.len() {
                if members & stages[at].as_raw() != 0 {
                    table[bit] |= match side {
                        Side::First => all_of(stages, 0, at),
                        Side::Second => all_of(stages, at, stages.len()),
                    };
                }
                at += 1;
            }
            pipeline += 1;
        }
        bit += 1;
    }
    let everything = match side {
        Side::First => S::BOTTOM_OF_PIPE,
        Side::Second => S::TOP_OF_PIPE,
    };
    table[everything.as_raw().trailing_zeros() as usize] = ALL.as_raw();
    table
}

fn look_up(table: &[u64; 64], named: S) -> S {
    let (mut bits, mut found) = (named.as_raw(), 0);
    while bits != 0 {
        found |= table[bits.trailing_zeros() as usize];
        bits &= bits - 1;
    }
    S::from_raw(found)
}

/// Replaces the stages that stand for several by those.
pub(crate) fn stages(named: S) -> S {
    look_up(&MEMBERS, named)
}

/// Returns all stages that a first scope reaches: those named and the logically earlier ones.
pub(crate) fn first(named: S) -> S {
    look_up(&EARLIER, named)
}

/// Returns all stages that a second scope reaches: those named and the logically later ones.
pub(crate) fn second(named: S) -> S {
    look_up(&LATER, named)
}

/// Lists the stages that a mask names.
pub(crate) fn bits(stages: S) -> impl Iterator<Item = S> {
    let mut left = stages.as_raw();
    std::iter::from_fn(move || {
        let bit = left & left.wrapping_neg();
        left &= !bit;
        (bit != 0).then_some(S::from_raw(bit))
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
