//! Why a barrier is there, in names.

use std::sync::Arc;

use crate::declare::pass::PassKind;
use crate::plan::atoms::join;
use crate::plan::history::{By, Member};
use crate::plan::input::{Exit, Input};
use crate::plan::model::{Reason, ReasonAccess, ResourceRef, Subresource};
use crate::plan::need::{How, Need};
use crate::plan::touch::Touched;

/// The usage of what comes before the frame from outside.
pub(crate) const IMPORTED: &str = "imported";

/// The usage of a pass that may touch anything.
pub(crate) const ANYTHING: &str = "anything";

/// One need that a barrier meets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Because<'a> {
    pub(super) need: &'a Need<'a>,
}

/// Names each pair of accesses behind a barrier, once, with the parts that it concerns.
pub(super) fn reasons(input: &Input, touched: &[Touched], because: &[Because<'_>]) -> Vec<Reason> {
    let mut groups: Vec<(&Need<'_>, Vec<usize>)> = Vec::with_capacity(because.len());
    // In order, those of one resource stand together.
    let in_order = because.is_sorted_by_key(|one| one.need.resource);
    for Because { need } in because {
        let mut near = groups.iter_mut().rev().take_while(|(known, _)| !in_order || known.resource == need.resource);
        match near.find(|(known, _)| same(known, need)) {
            Some((_, atoms)) => atoms.push(need.atom),
            None => groups.push((need, vec![need.atom])),
        }
    }
    let mut all = Vec::with_capacity(groups.len());
    for (need, mut atoms) in groups {
        atoms.dedup();
        let second = describe(input, need.resource, &need.after);
        let first = need.before.as_ref().filter(|member| !is_all_before(input, need, member));
        let first = first.map(|member| describe(input, need.resource, member));
        if need.resource == ResourceRef::EVERYTHING {
            let part = Subresource::Buffer { bytes: 0..u64::MAX };
            all.push(Reason { hazard: need.hazard, resource: need.resource, part, first, second });
            continue;
        }
        let grid = &touched[need.resource.0].grid;
        for (part, ()) in join(atoms.into_iter().map(|atom| (grid.part(atom), ())).collect()) {
            let (hazard, resource) = (need.hazard, need.resource);
            all.push(Reason { hazard, resource, part, first: first.clone(), second: second.clone() });
        }
    }
    all
}

/// Returns whether what a full barrier waits for is all that came before, and no opaque pass.
fn is_all_before(input: &Input, need: &Need<'_>, member: &Member<'_>) -> bool {
    match member.by {
        By::Whole { pass } => need.how == How::Everything && input.passes[pass].kind != PassKind::Opaque,
        By::Past(_) | By::Imported(_) | By::Pass { .. } | By::Exit => false,
    }
}

fn same(one: &Need<'_>, other: &Need<'_>) -> bool {
    fn who<'a>(need: &Need<'a>) -> Option<By<'a>> {
        need.before.map(|member| member.by)
    }
    one.resource == other.resource
        && one.hazard == other.hazard
        && one.after.by == other.after.by
        && who(one) == who(other)
}

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
        By::Whole { pass } => {
            let opaque = input.passes[pass].kind == PassKind::Opaque;
            let usage = if opaque { ANYTHING } else { "whatever it uses" };
            ReasonAccess { pass: Some(pass), ..outside(&input.passes[pass].name, usage) }
        }
        By::Exit if resource == ResourceRef::EVERYTHING => outside("what comes after the frame", "whatever it uses"),
        By::Exit => match input.resources[resource.0].exit {
            Exit::Nothing => outside("outside", "nothing"),
            Exit::HostRead => outside("the host", "HostRead"),
            Exit::Present => outside("the screen", "Present"),
            Exit::Exported { by, .. } => outside(by, "exported"),
        },
    }
}

/// Says why a full barrier is there; names stand in `quote`s.
pub(crate) fn around_opaque(reason: &Reason, quote: &str) -> Option<String> {
    let (first, second) = (reason.first.as_ref(), &reason.second);
    let named = |access: &ReasonAccess| format!("{quote}{}{quote}", access.system);
    (reason.resource == ResourceRef::EVERYTHING).then(|| match first {
        None => format!("{} may touch anything: it waits for all that comes before it", named(second)),
        Some(first) if second.pass.is_none() => {
            format!("{} may touch anything: {} waits for it", named(first), second.system)
        }
        Some(first) => {
            format!("{} may touch anything: {} and all later commands wait for it", named(first), named(second))
        }
    })
}
