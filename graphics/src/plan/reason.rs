//! Why a barrier is there, in names.

use std::sync::Arc;

use crate::plan::atoms::join;
use crate::plan::history::{By, Member};
use crate::plan::input::{Exit, Input};
use crate::plan::model::{Reason, ReasonAccess, ResourceRef};
use crate::plan::scan::Need;
use crate::plan::touch::Touched;

/// The usage of what comes before the frame from outside.
pub(crate) const IMPORTED: &str = "imported";

/// One need that a barrier meets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Because<'a> {
    pub(super) need: &'a Need<'a>,
}

/// Names each pair of accesses behind a barrier, once, with the parts that it concerns.
pub(super) fn reasons(input: &Input, touched: &[Touched], because: &[Because<'_>]) -> Vec<Reason> {
    let mut groups: Vec<(&Need<'_>, Vec<usize>)> = Vec::new();
    for Because { need } in because {
        match groups.iter_mut().find(|(known, _)| same(known, need)) {
            Some((_, atoms)) => atoms.push(need.atom),
            None => groups.push((need, vec![need.atom])),
        }
    }
    let mut all = Vec::with_capacity(groups.len());
    for (need, mut atoms) in groups {
        atoms.dedup();
        let first = need.before.as_ref().map(|member| describe(input, need.resource, member));
        let second = describe(input, need.resource, &need.after);
        let grid = &touched[need.resource.0].grid;
        for (part, ()) in join(atoms.into_iter().map(|atom| (grid.part(atom), ())).collect()) {
            let (hazard, resource) = (need.hazard, need.resource);
            all.push(Reason { hazard, resource, part, first: first.clone(), second: second.clone() });
        }
    }
    all
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
        By::Exit => match input.resources[resource.0].exit {
            Exit::Nothing => outside("outside", "nothing"),
            Exit::HostRead => outside("the host", "HostRead"),
            Exit::Present => outside("the screen", "Present"),
            Exit::Exported { by, .. } => outside(by, "exported"),
        },
    }
}
