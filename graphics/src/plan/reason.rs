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

/// Names the pairs of accesses behind barriers. Its lists are kept from one barrier to the next.
#[derive(Debug)]
pub(super) struct Reasons<'a> {
    input: &'a Input,
    touched: &'a Touched,
    /// What is named next: needs by pairs of accesses, numbered in the order of the first need of each.
    pairs: Vec<(usize, &'a Need<'a>)>,
    parts: Vec<(Subresource, ())>,
}

impl<'a> Reasons<'a> {
    pub(super) fn new(input: &'a Input, touched: &'a Touched) -> Self {
        Self { input, touched, pairs: Vec::new(), parts: Vec::new() }
    }

    /// Names each pair of accesses behind some needs, once, with the parts that it concerns.
    pub(super) fn of(&mut self, needs: impl IntoIterator<Item = &'a Need<'a>>) -> Vec<Reason> {
        self.pair(needs);
        let mut all = Vec::with_capacity(self.pairs.last().map_or(0, |(pair, _)| pair + 1));
        for same in self.pairs.chunk_by(|one, other| one.0 == other.0) {
            let need = same[0].1;
            let (hazard, resource) = (need.hazard, need.resource);
            if resource == ResourceRef::EVERYTHING {
                self.parts.push((Subresource::Buffer { bytes: 0..u64::MAX }, ()));
            } else {
                let grid = self.touched.grid(resource);
                self.parts.extend(same.iter().map(|(_, need)| (grid.part(need.atom), ())));
                self.parts.dedup();
                join(&mut self.parts);
            }
            for (part, ()) in self.parts.drain(..) {
                let first = need.before.as_ref().filter(|member| !is_all_before(self.input, need, member));
                let first = first.map(|member| describe(self.input, resource, member));
                let second = describe(self.input, resource, &need.after);
                all.push(Reason { hazard, resource, part, first, second });
            }
        }
        all
    }

    /// Sorts needs by pairs of accesses.
    fn pair(&mut self, needs: impl IntoIterator<Item = &'a Need<'a>>) {
        let (pairs, mut count) = (&mut self.pairs, 0);
        pairs.clear();
        pairs.extend(needs.into_iter().map(|need| (0, need)));
        // In order, those of one resource stand together.
        let in_order = pairs.is_sorted_by_key(|(_, need)| need.resource);
        for index in 0..pairs.len() {
            let need = pairs[index].1;
            let before = pairs[..index].iter().rev();
            let mut near = before.take_while(|(_, known)| !in_order || known.resource == need.resource);
            pairs[index].0 = near.find(|(_, known)| same(known, need)).map_or(count, |(pair, _)| *pair);
            count = count.max(pairs[index].0 + 1);
        }
        pairs.sort_by_key(|(pair, _)| *pair);
    }
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
