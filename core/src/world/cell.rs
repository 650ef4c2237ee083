//! The cell of a resource: what lets two systems hold two resources of one world.
//!
//! The unsafe half of the world. Its one duty: between a shared and a unique reference to one value stands either a
//! `&mut World`, or the table of a schedule that keeps the two systems apart and one system from asking twice.

use std::any::{Any, type_name};
use std::cell::UnsafeCell;

use crate::cx::{SharedClaim, UniqueClaim};

/// Holds one resource.
pub(crate) struct ResourceCell<T>(UnsafeCell<T>);

// SAFETY: a shared cell gives out a reference only through `get_in_world`, while no run holds the world, and to a
// claim, which the table of a run gives out as a lock would. Values cross threads (`Send`) and are shared (`Sync`).
unsafe impl<T: Send + Sync> Sync for ResourceCell<T> {}

impl<T: Send + Sync + 'static> ResourceCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Takes the value out of a box that was stored under the type's own id.
    pub(crate) fn unbox(cell: Box<dyn AnyCell>) -> T {
        let cell: Box<Self> = cell.into_any().downcast().expect("a cell is stored under the id of its type");
        cell.0.into_inner()
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// Returns the value to who holds a `&World`.
    ///
    /// During a run only systems that hold the whole world do, alone.
    pub(crate) fn get_in_world(&self) -> &T {
        // SAFETY: a `&World` outside of this crate excludes a run, which holds `&mut World`, and a claim lives only
        // in a run. So no unique reference is alive.
        unsafe { &*self.0.get() }
    }

    /// Returns the value to who may read it.
    pub(crate) fn get_claimed<'a>(&'a self, _claim: &SharedClaim<'a>) -> &'a T {
        // SAFETY: the claim says that the schedule ordered this system against every writer of `T`, and that this
        // system holds no unique claim on `T`, for as long as `'a`.
        unsafe { &*self.0.get() }
    }

    /// Returns the value to who may write it.
    #[allow(clippy::mut_from_ref, reason = "the claim is what makes it unique")]
    pub(crate) fn get_claimed_mut<'a>(&'a self, _claim: &UniqueClaim<'a>) -> &'a mut T {
        // SAFETY: the claim says that the schedule ordered this system against every other user of `T`, and that this
        // system holds no other claim on `T`, for as long as `'a`.
        unsafe { &mut *self.0.get() }
    }
}

/// A resource cell of any type.
pub(crate) trait AnyCell: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
    fn type_name(&self) -> &'static str;
}

impl<T: Send + Sync + 'static> AnyCell for ResourceCell<T> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }

    fn type_name(&self) -> &'static str {
        type_name::<T>()
    }
}
