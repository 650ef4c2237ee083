//! A structure of a call as one atom meets it.

use super::atoms::Local;
use super::lower::Dependency;
use super::record::What;
use super::state::Layouts;
use super::stream::{Target, Transfer};

/// A structure that names the atom.
pub(super) struct Structure<'d> {
    pub(super) what: What,
    pub(super) by: &'d Dependency,
    pub(super) layouts: Option<Layouts>,
    transfer: Option<Transfer>,
}

/// What it does to the atom beside being a dependency.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Nothing,
    Layout(Layouts),
    Release(Transfer),
    Acquire(Transfer),
}

impl<'d> Structure<'d> {
    pub(super) fn of(local: Local, by: &'d Dependency, target: &Target) -> Self {
        let what = What::Transition { step: local.step, item: local.item };
        let (layouts, transfer) = match target {
            Target::Memory => (None, None),
            Target::Buffer { transfer, .. } => (None, *transfer),
            Target::Image { old_layout, new_layout, transfer, .. } => (Some((*old_layout, *new_layout)), *transfer),
        };
        Self { what, by, layouts, transfer }
    }

    /// Ownership is transferred between two families, of a resource that is not shared: `family` is none for one that is.
    pub(super) fn role(&self, family: Option<u32>) -> Role {
        match (self.transfer, family, self.layouts) {
            (Some(transfer), Some(family), _) if transfer.from != transfer.to => {
                if family == transfer.from {
                    Role::Release(transfer)
                } else {
                    Role::Acquire(transfer)
                }
            }
            (_, _, Some((old, new))) if old != new => Role::Layout((old, new)),
            (_, _, _) => Role::Nothing,
        }
    }
}
