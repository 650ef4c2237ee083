//! The counter that everyone is counted by: from what was submitted, by the rules of `docs/planner.md`.

use std::collections::BTreeSet;

use ash::vk::PipelineStageFlags2 as S;

use crate::frame::Frame;

/// What one frame cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// `vkCmdPipelineBarrier` and `vkCmdPipelineBarrier2`.
    pub(crate) calls: usize,
    pub(crate) structures: usize,
    pub(crate) transitions: usize,
    pub(crate) false_pairs: usize,
    /// Dependencies of render passes on what is outside of them.
    pub(crate) dependencies: usize,
    /// Dependencies inside the frame that no chain of structures orders.
    pub(crate) unordered: usize,
    /// Passes whose work was seen.
    pub(crate) passes: usize,
}

enum Step {
    /// The scopes of the structures of one call.
    Call(Vec<(u64, u64)>),
    Pass(usize),
}

/// Counts the lines of the layer.
pub(crate) fn count(frame: &Frame, text: &str) -> Counts {
    let mut counts = Counts::default();
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let (word, number) = line.trim().split_once(' ').unwrap_or((line, "0"));
        let number: usize = number.parse().unwrap_or_default();
        if word == "work" {
            // Passes count from one; what else is recorded has other numbers.
            let pass = number.wrapping_sub(1);
            let again = matches!(steps.last(), Some(Step::Pass(last)) if *last == pass);
            if pass < frame.passes.len() && !again {
                steps.push(Step::Pass(pass));
            }
            continue;
        }
        let mut scopes = Vec::new();
        for _ in 0..number {
            let fields: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
            let [kind, first, second, old, new] = fields[..] else { continue };
            let hex = |text| u64::from_str_radix(text, 16).unwrap_or_default();
            counts.transitions += usize::from((kind == "i" || kind == "a") && old != new);
            if kind == "a" {
                continue;
            }
            scopes.push((hex(first), hex(second)));
            counts.structures += usize::from(word == "barrier" && kind != "e");
            counts.dependencies += usize::from(word == "dependency");
        }
        counts.calls += usize::from(word == "barrier");
        steps.push(Step::Call(scopes));
    }
    counts.passes = steps
        .iter()
        .filter_map(|step| if let Step::Pass(pass) = step { Some(*pass) } else { None })
        .collect::<BTreeSet<_>>()
        .len();
    counts.false_pairs = false_pairs(frame, &steps).len();
    counts.unordered = unordered(frame, &steps);
    counts
}

/// Lists the passes that a structure orders although neither depends on the other.
fn false_pairs(frame: &Frame, steps: &[Step]) -> BTreeSet<(usize, usize)> {
    let reach = frame.reachable();
    let mut pairs = BTreeSet::new();
    let passes = |steps: &[Step]| -> Vec<usize> {
        steps.iter().filter_map(|step| if let Step::Pass(pass) = step { Some(*pass) } else { None }).collect()
    };
    for (at, step) in steps.iter().enumerate() {
        let Step::Call(scopes) = step else { continue };
        let (before, after) = (passes(&steps[..at]), passes(&steps[at..]));
        for (first, second) in scopes.iter().map(|(first, second)| (expanded(*first, true), expanded(*second, false))) {
            for &one in before.iter().filter(|pass| frame.stages(**pass) & first != 0) {
                for &other in after.iter().filter(|pass| frame.stages(**pass) & second != 0) {
                    if one != other && !reach[one][other] && !reach[other][one] {
                        pairs.insert((one, other));
                    }
                }
            }
        }
    }
    pairs
}

/// Counts accesses that depend on an earlier one of the frame, and that no chain of structures puts after it. A plain look at execution
/// alone, so that nobody is praised for barriers that are not there.
fn unordered(frame: &Frame, steps: &[Step]) -> usize {
    let mut missing = 0;
    for (at, step) in steps.iter().enumerate() {
        let Step::Pass(first) = step else { continue };
        for one in &frame.passes[*first].uses {
            let mut after = 0;
            for step in &steps[at + 1..] {
                match step {
                    Step::Call(scopes) => {
                        let chained = scopes.iter().filter(|(first, _)| {
                            let first = expanded(*first, true);
                            first & one.usage.stages == one.usage.stages || first & after != 0
                        });
                        after = chained.fold(after, |all, (_, second)| all | expanded(*second, false));
                    }
                    Step::Pass(second) => {
                        let depends = |other: &&crate::frame::Use| frame.uses_depend(one, other);
                        let later = frame.passes[*second].uses.iter().filter(depends);
                        missing += later.filter(|other| after & other.usage.stages != other.usage.stages).count();
                    }
                }
            }
        }
    }
    missing
}

const DRAW: [S; 12] = [
    S::DRAW_INDIRECT,
    S::INDEX_INPUT,
    S::VERTEX_ATTRIBUTE_INPUT,
    S::VERTEX_SHADER,
    S::TESSELLATION_CONTROL_SHADER,
    S::TESSELLATION_EVALUATION_SHADER,
    S::GEOMETRY_SHADER,
    S::TRANSFORM_FEEDBACK_EXT,
    S::EARLY_FRAGMENT_TESTS,
    S::FRAGMENT_SHADER,
    S::LATE_FRAGMENT_TESTS,
    S::COLOR_ATTACHMENT_OUTPUT,
];
const DISPATCH: [S; 2] = [S::DRAW_INDIRECT, S::COMPUTE_SHADER];

/// Spells out groups of stages, and adds what comes before or after them in their pipelines.
fn expanded(stages: u64, earlier: bool) -> u64 {
    let has = |stage: S| stages & stage.as_raw() != 0;
    let everything = if earlier { S::BOTTOM_OF_PIPE } else { S::TOP_OF_PIPE };
    if has(S::ALL_COMMANDS) || has(everything) {
        return u64::MAX;
    }
    let mut all = stages;
    let mut add = |group: S, members: &[S]| {
        if has(group) {
            all |= members.iter().fold(0, |sum, member| sum | member.as_raw());
        }
    };
    add(S::ALL_TRANSFER, &[S::COPY, S::BLIT, S::RESOLVE, S::CLEAR]);
    add(S::VERTEX_INPUT, &DRAW[1..3]);
    add(S::PRE_RASTERIZATION_SHADERS, &DRAW[3..7]);
    add(S::ALL_GRAPHICS, &DRAW);
    let named = all;
    for pipeline in [&DRAW[..], &DISPATCH[..]] {
        let is_named = |stage: &S| named & stage.as_raw() != 0;
        let reached = match (pipeline.iter().position(is_named), pipeline.iter().rposition(is_named)) {
            (Some(_), Some(last)) if earlier => &pipeline[..=last],
            (Some(first), Some(_)) => &pipeline[first..],
            _ => &[],
        };
        all |= reached.iter().fold(0, |sum, stage| sum | stage.as_raw());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_scopes_reach_back_and_second_scopes_ahead() {
        assert_eq!(expanded(S::COMPUTE_SHADER.as_raw(), true), (S::COMPUTE_SHADER | S::DRAW_INDIRECT).as_raw());
        assert_eq!(expanded(S::COMPUTE_SHADER.as_raw(), false), S::COMPUTE_SHADER.as_raw());
        let vertex = expanded(S::VERTEX_SHADER.as_raw(), false);
        assert!(vertex & S::FRAGMENT_SHADER.as_raw() != 0 && vertex & S::INDEX_INPUT.as_raw() == 0);
        assert_eq!(expanded(S::ALL_COMMANDS.as_raw(), true), u64::MAX);
        assert_eq!(expanded(S::TOP_OF_PIPE.as_raw(), true), S::TOP_OF_PIPE.as_raw());
    }

    #[test]
    fn a_full_barrier_orders_what_does_not_depend() {
        let frame = Frame::read("streaming");
        let text = (1..=frame.passes.len()).fold(String::new(), |text, pass| {
            text + &format!(
                "barrier 1\n  m {:x} {:x} 0 0\nwork {pass}\n",
                S::ALL_COMMANDS.as_raw(),
                S::ALL_COMMANDS.as_raw()
            )
        });
        let counts = count(&frame, &text);
        assert_eq!((counts.calls, counts.structures, counts.passes), (12, 12, 12));
        assert_eq!((counts.false_pairs, counts.unordered), (35, 0));
        let without = text.replacen("barrier 1", "nothing 1", 12);
        assert!(count(&frame, &without.replace("nothing 1", "barrier 0")).unordered > 0);
    }
}
