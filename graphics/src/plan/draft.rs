//! What the structures of placement do for each need, call by call, and the barriers that are made of it.

use ash::vk;

use crate::plan::atoms::join;
use crate::plan::buckets::Buckets;
use crate::plan::input::Input;
use crate::plan::model::{Barrier, ResourceRef, Scope, Subresource, Target, Transfer};
use crate::plan::need::Need;
use crate::plan::queues::Place;
use crate::plan::reason::Reasons;
use crate::plan::touch::Touched;

/// What one barrier does for one atom; equal ones of neighbouring atoms are joined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) first: Scope,
    pub(super) second: Scope,
    pub(super) layouts: (vk::ImageLayout, vk::ImageLayout),
    /// The half of an ownership transfer that it is, and what both halves have in common.
    pub(super) transfer: Option<(Transfer, usize)>,
}

/// What a structure of placement does for one need.
#[derive(Debug)]
pub(super) struct Share<'a> {
    pub(super) call: usize,
    pub(super) structure: usize,
    pub(super) need: &'a Need<'a>,
    pub(super) piece: Piece,
    /// Whether a memory barrier can stand for several structures.
    pub(super) joins: bool,
}

/// A memory barrier.
#[derive(Debug)]
pub(super) struct Memory<'a> {
    pub(super) call: usize,
    pub(super) first: Scope,
    pub(super) second: Scope,
    pub(super) needs: Vec<&'a Need<'a>>,
}

/// The barriers of all calls in the making, each with the number of its call.
#[derive(Debug, Default)]
pub(super) struct Drafts<'a> {
    /// Where each call is recorded; what is for the next frame, apart.
    calls: Vec<(Place, bool)>,
    /// What each structure of placement does for each need, in the order of the needs. Structures stay apart: together they
    /// could order more.
    pub(super) shares: Vec<Share<'a>>,
    pub(super) memory: Vec<Memory<'a>>,
    /// What another need's barrier meets as well.
    pub(super) riders: Vec<(usize, &'a Need<'a>)>,
}

impl<'a> Drafts<'a> {
    /// Begins a call, the only one at its place; returns its number.
    pub(super) fn call(&mut self, place: Place, next_frame: bool) -> usize {
        self.calls.push((place, next_frame));
        self.calls.len() - 1
    }

    /// Makes the barriers of each call, in the order of their places.
    pub(super) fn barriers(
        &self,
        input: &'a Input,
        touched: &'a Touched,
        mut made: impl FnMut(Place, bool, Vec<Barrier>),
    ) {
        let count = self.calls.len();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|call| self.calls[*call]);
        debug_assert!(order.windows(2).all(|two| self.calls[two[0]] < self.calls[two[1]]), "one call at each place");
        let shares = Buckets::new(count, self.shares.iter().map(|share| share.call as u32));
        let memory = Buckets::new(count, self.memory.iter().map(|memory| memory.call as u32));
        let riders = Buckets::new(count, self.riders.iter().map(|(call, _)| *call as u32));
        let mut making = Making::new(input, touched, self);
        for call in order {
            let (place, next_frame) = self.calls[call];
            let mut barriers = Vec::with_capacity(memory.of(call).len() + shares.of(call).len());
            memory.of(call).iter().for_each(|memory| making.memory(*memory as usize, &mut barriers));
            making.shares(shares.of(call), &mut barriers);
            riders.of(call).iter().for_each(|rider| making.rider(*rider as usize, &mut barriers));
            made(place, next_frame, barriers);
        }
    }
}

/// Makes barriers of drafts. Its lists are kept from one barrier to the next.
struct Making<'a, 'd> {
    touched: &'a Touched,
    drafts: &'d Drafts<'a>,
    reasons: Reasons<'a>,
    /// The shares of a call, by resource and structure.
    shares: Vec<&'d Share<'a>>,
    atoms: Vec<(usize, Piece)>,
    alike: Vec<(Subresource, Piece)>,
    parts: Vec<(Subresource, Piece)>,
}

impl<'a, 'd> Making<'a, 'd> {
    fn new(input: &'a Input, touched: &'a Touched, drafts: &'d Drafts<'a>) -> Self {
        let reasons = Reasons::new(input, touched);
        let (shares, atoms, alike, parts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { touched, drafts, reasons, shares, atoms, alike, parts }
    }

    fn memory(&mut self, memory: usize, barriers: &mut Vec<Barrier>) {
        let &Memory { first, second, ref needs, .. } = &self.drafts.memory[memory];
        let reasons = self.reasons.of(needs.iter().copied());
        barriers.push(Barrier { first, second, target: Target::Memory, transfer: None, reasons });
    }

    /// Makes the structures of each resource.
    fn shares(&mut self, numbers: &[u32], barriers: &mut Vec<Barrier>) {
        let drafts = self.drafts;
        let mut shares = std::mem::take(&mut self.shares);
        shares.clear();
        shares.extend(numbers.iter().map(|share| &drafts.shares[*share as usize]));
        shares.sort_by_key(|share| share.key());
        for same in shares.chunk_by(|one, other| one.key() == other.key()) {
            self.structure(same, barriers);
        }
        self.shares = shares;
    }

    /// Makes the barriers of one structure of placement for one resource.
    fn structure(&mut self, same: &[&Share<'a>], barriers: &mut Vec<Barrier>) {
        let mut reasons = self.reasons.of(same.iter().map(|share| share.need));
        let (resource, _) = same[0].key();
        self.list_parts(resource, same);
        let only = self.parts.len() == 1;
        if !only && same[0].joins {
            let (mut first, mut second) = (Scope::default(), Scope::default());
            for (_, piece) in self.parts.drain(..) {
                first |= piece.first;
                second |= piece.second;
            }
            barriers.push(Barrier { first, second, target: Target::Memory, transfer: None, reasons });
            return;
        }
        for (part, Piece { first, second, layouts, transfer }) in self.parts.drain(..) {
            let reasons = if only {
                std::mem::take(&mut reasons)
            } else {
                reasons.iter().filter(|reason| reason.part.meets(&part)).cloned().collect()
            };
            let transfer = transfer.map(|(transfer, _)| transfer);
            barriers.push(Barrier { first, second, target: Target::of(resource, part, layouts), transfer, reasons });
        }
    }

    /// Lists what one structure does for each part of a resource, equal neighbours joined. The halves of ownership
    /// transfers are joined apart from all else, so that both are joined alike.
    fn list_parts(&mut self, resource: ResourceRef, same: &[&Share<'a>]) {
        let grid = self.touched.grid(resource);
        let Self { atoms, alike, parts, .. } = self;
        atoms.clear();
        atoms.extend(same.iter().map(|share| (share.need.atom, share.piece)));
        atoms.sort_by_key(|(atom, _)| *atom);
        atoms.dedup_by(|(atom, later), (known, piece)| {
            let same = atom == known;
            if same {
                piece.add(later);
            }
            same
        });
        let pair = |piece: &Piece| piece.transfer.map(|(_, pair)| pair);
        atoms.sort_by_key(|(_, piece)| pair(piece));
        for same in atoms.chunk_by(|one, other| pair(&one.1) == pair(&other.1)) {
            alike.extend(same.iter().map(|(atom, piece)| (grid.part(*atom), *piece)));
            join(alike);
            parts.append(alike);
        }
    }

    /// Notes why a barrier is there, too.
    fn rider(&mut self, rider: usize, barriers: &mut [Barrier]) {
        let (_, need) = self.drafts.riders[rider];
        let carries = |barrier: &Barrier| {
            barrier.first.stages.contains(need.first.stages) && barrier.second.stages.contains(need.second.stages)
        };
        let index = barriers.iter().position(carries).unwrap_or(0);
        if let Some(barrier) = barriers.get_mut(index) {
            barrier.reasons.extend(self.reasons.of([need]));
        }
    }
}

impl Share<'_> {
    /// What the barriers are made by: one resource and one structure.
    const fn key(&self) -> (ResourceRef, usize) {
        (self.need.resource, self.structure)
    }
}

impl Piece {
    /// Adds what a later share does for the same atom.
    fn add(&mut self, later: &Self) {
        self.first |= later.first;
        self.second |= later.second;
        self.layouts = later.layouts;
        self.transfer = later.transfer.or(self.transfer);
    }
}
