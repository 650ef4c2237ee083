//! Turns placed requirements into calls: joins atoms, merges scopes, chooses structures, keeps every reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use ash::vk;

use crate::plan::atoms::join;
use crate::plan::input::{Exit, Input, Policy};
use crate::plan::model::{Barrier, Call, Reason, ReasonAccess, ResourceRef, Scope, Subresource, Target};
use crate::plan::scan::{By, Member, Requirement};
use crate::plan::touch::Touched;

/// What one barrier does for one atom; equal ones of neighbouring atoms are joined.
#[derive(Clone, Debug, Default, PartialEq)]
struct Need {
    first: Scope,
    second: Scope,
    layouts: (vk::ImageLayout, vk::ImageLayout),
}

/// Lowers the requirements to calls, in the order of the gaps.
pub(super) fn lower(input: &Input, touched: &[Touched], requirements: &[Requirement<'_>], gaps: &[usize]) -> Vec<Call> {
    let mut by_gap: BTreeMap<usize, BTreeMap<ResourceRef, Vec<&Requirement<'_>>>> = BTreeMap::new();
    for (requirement, gap) in requirements.iter().zip(gaps) {
        by_gap.entry(*gap).or_default().entry(requirement.resource).or_default().push(requirement);
    }
    by_gap
        .into_iter()
        .map(|(gap, resources)| {
            let barriers =
                resources.into_iter().flat_map(|(resource, some)| barriers(input, touched, resource, &some)).collect();
            Call { gap, barriers: structures(barriers, input.options.policy) }
        })
        .collect()
}

/// Makes the barriers of one resource in one call.
fn barriers(
    input: &Input,
    touched: &[Touched],
    resource: ResourceRef,
    requirements: &[&Requirement<'_>],
) -> Vec<Barrier> {
    let grid = &touched[resource.0].grid;
    let mut needs: BTreeMap<usize, Need> = BTreeMap::new();
    let mut reasons: Vec<(Reason, Vec<usize>)> = Vec::new();
    for requirement in requirements {
        let need = needs.entry(requirement.atom).or_default();
        need.first |= requirement.first;
        need.second |= requirement.second;
        need.layouts = requirement.layouts;
        note(input, requirement, &mut reasons);
    }
    let parts = needs.into_iter().map(|(atom, need)| (grid.part(atom), need)).collect();
    let reasons: Vec<Reason> = reasons
        .into_iter()
        .flat_map(|(reason, atoms)| {
            let parts = join(atoms.into_iter().map(|atom| (grid.part(atom), ())).collect());
            parts.into_iter().map(move |(part, ())| Reason { part, ..reason.clone() })
        })
        .collect();
    join(parts)
        .into_iter()
        .map(|(part, need)| Barrier {
            first: need.first,
            second: need.second,
            reasons: reasons.iter().filter(|reason| overlap(&reason.part, &part)).cloned().collect(),
            target: target(resource, part, need.layouts),
        })
        .collect()
}

/// Notes each pair behind a requirement, once, with the atoms that it concerns.
fn note(input: &Input, requirement: &Requirement<'_>, reasons: &mut Vec<(Reason, Vec<usize>)>) {
    let mut firsts: Vec<Option<ReasonAccess>> =
        requirement.before.iter().map(|member| Some(describe(input, requirement.resource, member))).collect();
    if firsts.is_empty() {
        firsts.push(None);
    }
    for first in firsts {
        let reason = Reason {
            hazard: requirement.hazard,
            resource: requirement.resource,
            part: Subresource::Buffer { bytes: 0..0 },
            first,
            second: describe(input, requirement.resource, &requirement.after),
        };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, atoms)) => atoms.push(requirement.atom),
            None => reasons.push((reason, vec![requirement.atom])),
        }
    }
}

/// The usage of what comes before the frame from outside.
pub(crate) const IMPORTED: &str = "imported";

/// Names an access for people.
pub(super) fn describe(input: &Input, resource: ResourceRef, member: &Member<'_>) -> ReasonAccess {
    let outside = |system: &str, usage| ReasonAccess {
        pass: None,
        system: Arc::from(system),
        usage,
        write: member.write,
        at: None,
    };
    match member.by {
        By::Past(past) => {
            ReasonAccess { pass: None, system: past.system.clone(), usage: past.usage, write: past.write, at: past.at }
        }
        By::Imported(imported) => outside(imported.by, IMPORTED),
        By::Pass { pass, access } => {
            let pass_input = &input.passes[pass];
            let access = &pass_input.accesses[access];
            ReasonAccess {
                pass: Some(pass),
                system: pass_input.name.clone(),
                usage: access.usage.name,
                write: member.write,
                at: access.at,
            }
        }
        By::Exit => match input.resources[resource.0].exit {
            Exit::Nothing => outside("outside", "nothing"),
            Exit::HostRead => outside("the host", "HostRead"),
            Exit::Present => outside("the screen", "Present"),
            Exit::Exported { by, .. } => outside(by, "exported"),
        },
    }
}

fn target(
    resource: ResourceRef,
    part: Subresource,
    (old_layout, new_layout): (vk::ImageLayout, vk::ImageLayout),
) -> Target {
    match part {
        Subresource::Buffer { bytes } => Target::Buffer { resource, bytes },
        Subresource::Image { aspects, mips, layers } => {
            Target::Image { resource, aspects, mips, layers, old_layout, new_layout }
        }
    }
}

fn overlap(one: &Subresource, other: &Subresource) -> bool {
    fn meet<T: PartialOrd>(one: &std::ops::Range<T>, other: &std::ops::Range<T>) -> bool {
        one.start < other.end && other.start < one.end
    }
    match (one, other) {
        (Subresource::Buffer { bytes }, Subresource::Buffer { bytes: others }) => meet(bytes, others),
        (
            Subresource::Image { aspects, mips, layers },
            Subresource::Image { aspects: other_aspects, mips: other_mips, layers: other_layers },
        ) => aspects.intersects(*other_aspects) && meet(mips, other_mips) && meet(layers, other_layers),
        (Subresource::Buffer { .. }, Subresource::Image { .. })
        | (Subresource::Image { .. }, Subresource::Buffer { .. }) => false,
    }
}

/// Chooses the structures of a call by policy.
fn structures(barriers: Vec<Barrier>, policy: Policy) -> Vec<Barrier> {
    match policy {
        Policy::PerResource => barriers,
        Policy::MergedGlobal | Policy::UnifiedLayouts => merge_memory(barriers),
    }
}

/// Makes memory barriers of all that changes no layout, one for each pair of stages.
fn merge_memory(barriers: Vec<Barrier>) -> Vec<Barrier> {
    let mut merged: Vec<Barrier> = Vec::new();
    for barrier in barriers {
        let transition = match &barrier.target {
            Target::Image { old_layout, new_layout, .. } => old_layout != new_layout,
            Target::Memory | Target::Buffer { .. } => false,
        };
        if transition {
            merged.push(barrier);
            continue;
        }
        let same = |other: &&mut Barrier| {
            other.target == Target::Memory
                && other.first.stages == barrier.first.stages
                && other.second.stages == barrier.second.stages
        };
        match merged.iter_mut().find(same) {
            Some(other) => {
                other.first |= barrier.first;
                other.second |= barrier.second;
                other.reasons.extend(barrier.reasons);
            }
            None => merged.push(Barrier { target: Target::Memory, ..barrier }),
        }
    }
    merged.sort_by_key(|barrier| barrier.target != Target::Memory);
    merged
}
