//! What an atom is in beside its accesses: layout, contents, owner.
//!
//! Each step says what it expects; a difference is returned, and the state goes on as if it had been right.

use ash::vk;

use super::lower::Use;
use super::record::What;
use super::stream::{Access, Contents, Holds, Kept, Transfer};

/// The old and the new layout of a structure.
pub(super) type Layouts = (vk::ImageLayout, vk::ImageLayout);

/// What is wrong with the state that an access finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StateFault {
    /// The image is in another layout.
    Layout { found: vk::ImageLayout, expected: vk::ImageLayout },
    /// A transition from UNDEFINED threw the contents away.
    Lost { by: What, layout: vk::ImageLayout },
    /// Nothing was ever written.
    NeverWritten,
    /// Another queue family owns it, or gave it away and nobody took it; with the layout that the image is in.
    Owner { transfer: Transfer, released: Option<What>, layout: vk::ImageLayout },
    /// An acquire that no release matches.
    NoRelease { transfer: Transfer },
}

#[derive(Clone, Copy, Debug)]
enum Held {
    Nothing,
    Contents,
    Lost { by: What, layout: vk::ImageLayout },
}

#[derive(Clone, Copy, Debug)]
struct Released {
    by: What,
    transfer: Transfer,
    layouts: Option<Layouts>,
}

/// Layout, contents and owner of an atom.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    layout: vk::ImageLayout,
    held: Held,
    owner: Option<u32>,
    released: Option<Released>,
}

impl State {
    pub(super) const fn undefined() -> Self {
        Self { layout: vk::ImageLayout::UNDEFINED, held: Held::Nothing, owner: None, released: None }
    }

    pub(super) const fn host_written() -> Self {
        Self { layout: vk::ImageLayout::PREINITIALIZED, held: Held::Contents, ..Self::undefined() }
    }

    pub(super) const fn kept(kept: &Kept) -> Self {
        let held = match kept.holds {
            Holds::Contents => Held::Contents,
            Holds::Nothing => Held::Nothing,
        };
        Self { layout: kept.layout, held, owner: kept.family, released: None }
    }

    pub(super) const fn layout(&self) -> vk::ImageLayout {
        self.layout
    }

    /// The host wrote.
    pub(super) const fn written(&mut self) {
        self.held = Held::Contents;
    }

    /// An access in `layout`, on a queue of `family`; of a shared resource, no family.
    pub(super) fn access(
        &mut self,
        family: Option<u32>,
        uses: &Use,
        layout: Option<vk::ImageLayout>,
        access: &Access,
    ) -> Option<StateFault> {
        let owner = self.owned_by(family, access.contents);
        let layout = layout.filter(|layout| *layout != self.layout).map(|expected| {
            let found = std::mem::replace(&mut self.layout, expected);
            StateFault::Layout { found, expected }
        });
        let held = match (self.held, access.contents) {
            (Held::Lost { by, layout }, Contents::Keep) => Some(StateFault::Lost { by, layout }),
            (Held::Nothing, Contents::Keep) if uses.only_reads() => Some(StateFault::NeverWritten),
            (Held::Nothing | Held::Contents | Held::Lost { .. }, _) => None,
        };
        if uses.writes() || held.is_some() {
            self.held = Held::Contents;
        }
        if access.leaves == Holds::Nothing {
            self.held = Held::Nothing;
        }
        owner.or(layout).or(held)
    }

    /// A structure that changes nothing; it has to name the layout that the image is in.
    pub(super) fn named(&mut self, layout: vk::ImageLayout) -> Option<StateFault> {
        let found = std::mem::replace(&mut self.layout, layout);
        (found != layout).then_some(StateFault::Layout { found, expected: layout })
    }

    /// A layout transition.
    pub(super) fn transition(&mut self, by: What, family: Option<u32>, (old, new): Layouts) -> Option<StateFault> {
        let discards = old == vk::ImageLayout::UNDEFINED;
        let owner = self.owned_by(family, if discards { Contents::Discard } else { Contents::Keep });
        let found = std::mem::replace(&mut self.layout, new);
        if !discards {
            return owner.or((found != old).then_some(StateFault::Layout { found, expected: old }));
        }
        if matches!(self.held, Held::Contents) {
            self.held = Held::Lost { by, layout: found };
        }
        owner
    }

    /// The first half of an ownership transfer.
    pub(super) fn release(&mut self, by: What, transfer: Transfer, layouts: Option<Layouts>) -> Option<StateFault> {
        let owner = self.owned_by(Some(transfer.from), Contents::Keep);
        let other = layouts.filter(|(old, _)| *old != self.layout && *old != vk::ImageLayout::UNDEFINED);
        self.owner = None;
        self.released = Some(Released { by, transfer, layouts });
        owner.or(other.map(|(old, _)| StateFault::Layout { found: self.layout, expected: old }))
    }

    /// The second half.
    pub(super) fn acquire(&mut self, by: What, transfer: Transfer, layouts: Option<Layouts>) -> Option<StateFault> {
        let (released, found) = (self.released.take(), self.layout);
        let matches = released.is_some_and(|it| it.transfer == transfer && it.layouts == layouts);
        self.owner = Some(transfer.to);
        if let Some((_, new)) = layouts {
            self.layout = new;
        }
        let discards = layouts.is_some_and(|(old, _)| old == vk::ImageLayout::UNDEFINED);
        if discards && matches!(self.held, Held::Contents) {
            self.held = Held::Lost { by, layout: found };
        }
        (!matches && !discards).then_some(StateFault::NoRelease { transfer })
    }

    fn owned_by(&mut self, family: Option<u32>, contents: Contents) -> Option<StateFault> {
        let to = family?;
        let from = self.owner.replace(to);
        let released = self.released.take();
        if contents == Contents::Discard {
            return None;
        }
        let layout = self.layout;
        if let Some(Released { by, transfer, .. }) = released {
            return Some(StateFault::Owner { transfer, released: Some(by), layout });
        }
        let from = from.filter(|from| *from != to)?;
        Some(StateFault::Owner { transfer: Transfer { from, to }, released: None, layout })
    }
}
