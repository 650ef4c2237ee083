//! The buffers and images of a renderer, by what they contain.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::Arc;

use ash::vk;

use crate::device::leaving::Leaving;
use crate::device::marks::Marks;
use crate::device::memory::{Allocation, Memory};
use crate::device::reclaim::Garbage;
use crate::plan::{Entry, Exit, Reached, ResourceState, Shape, Sharing};
use crate::record::barrier::Handle;
use crate::record::script::{Found, LoopId};

/// All buffers and images.
#[derive(Default)]
pub(crate) struct Registry {
    by_key: BTreeMap<(TypeId, u32), usize>,
    /// Every resource has a slot while it is there, so that one that was found once is found again without a search.
    slots: Vec<Option<Resource>>,
    free: Vec<usize>,
    /// How many resources there have been.
    made: u64,
    /// How many frames were submitted.
    pub(crate) frames: u64,
    /// How far the queues have waited for each other, and the submissions after which that was so.
    reached: (Reached, Marks),
    /// The frame that was the last to change anything: the number of its script; 0, where something else was.
    left_by: u64,
    /// Whether anything but frames has changed something since the latest script was found.
    touched: bool,
    /// Whether the latest script was found by what the frame before has left alone.
    follows: bool,
    pub(crate) leaving: Leaving,
}

/// One buffer or image; two of them, where frames read what the frame before wrote.
pub(crate) struct Resource {
    /// Its number among all that there have been; given when it is registered.
    pub(crate) serial: u64,
    /// Where it stands; given when it is registered.
    pub(crate) slot: usize,
    pub(crate) label: Arc<str>,
    pub(crate) shape: Shape,
    pub(crate) usage: Flags,
    pub(crate) memory: Memory,
    pub(crate) sharing: Sharing,
    pub(crate) exit: Exit,
    /// What this frame's accesses without `Prev` mean.
    pub(crate) now: Physical,
    /// What this frame's accesses with `Prev` mean.
    pub(crate) previous: Option<Physical>,
    /// The latest submissions that used it.
    pub(crate) last_used: Marks,
}

/// What a resource was created for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flags {
    Buffer(vk::BufferUsageFlags),
    Image(vk::ImageUsageFlags),
}

/// One Vulkan object with its memory and its views.
pub(crate) struct Physical {
    pub(crate) handle: Handle,
    pub(crate) allocation: Option<Allocation>,
    /// Views of parts, made when they are first asked for.
    pub(crate) views: Vec<(ViewKey, vk::ImageView)>,
    /// Whether the object is the caller's: then only what was made here is destroyed.
    pub(crate) imported: bool,
    /// What is known of it before the next frame.
    pub(crate) entry: Entry,
    /// The loop whose END has prepared it for the next frame of that loop.
    pub(crate) prepared: Option<LoopId>,
}

/// Which part of an image a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ViewKey {
    pub(crate) kind: vk::ImageViewType,
    pub(crate) range: (vk::ImageAspectFlags, u32, u32, u32, u32),
}

impl Registry {
    /// Returns the lowest number that no resource of this type has.
    pub(crate) fn free_instance(&self, key: TypeId) -> u32 {
        (0..u32::MAX).find(|&instance| !self.by_key.contains_key(&(key, instance))).unwrap_or(u32::MAX)
    }

    /// Notes how far the queues have waited for each other after a frame; `submitted` are the latest submissions.
    pub(crate) fn reach(&mut self, reached: Reached, submitted: Marks) {
        self.reached = (reached, submitted);
    }

    /// Forgets how far the queues have waited for each other if there were submissions outside of frames since: it counts
    /// back from the latest.
    pub(crate) fn forget_reached_before(&mut self, submitted: &Marks) {
        if self.reached.1 != *submitted {
            self.reached = (Reached::default(), *submitted);
        }
    }

    pub(crate) const fn reached(&self) -> &Reached {
        &self.reached.0
    }

    /// Returns the number of the script that has left all of its resources as they are now.
    pub(crate) const fn left_by(&self) -> Option<u64> {
        if self.left_by == 0 { None } else { Some(self.left_by) }
    }

    /// Says that a script is looked for, for the next frame.
    pub(crate) fn watch(&mut self) {
        (self.touched, self.follows) = (false, false);
    }

    /// Says that it was found by what the frame before has left alone: that names all resources that it names.
    pub(crate) fn follow(&mut self) {
        self.follows = true;
    }

    /// Whether the latest script follows the frame before, and nothing but frames has changed anything since it was found.
    pub(crate) const fn is_followed(&self) -> bool {
        self.follows && !self.touched
    }

    /// Says that a frame of the script that was looked for has left its resources as its plan says; `None`, where it left them in
    /// another way.
    pub(crate) fn left_as_planned(&mut self, script: Option<u64>) {
        self.left_by = script.filter(|_| !self.touched).unwrap_or(0);
    }

    /// Says that something else than a frame changes something.
    fn touch(&mut self) {
        (self.left_by, self.touched) = (0, true);
    }

    pub(crate) fn insert(&mut self, key: TypeId, instance: u32, mut resource: Resource) -> Option<Resource> {
        self.touch();
        self.made += 1;
        resource.serial = self.made;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        resource.slot = slot;
        self.slots[slot] = Some(resource);
        self.by_key.insert((key, instance), slot).and_then(|old| self.vacate(old))
    }

    pub(crate) fn remove(&mut self, key: TypeId, instance: u32) -> Option<Resource> {
        self.by_key.remove(&(key, instance)).and_then(|slot| self.vacate(slot))
    }

    fn vacate(&mut self, slot: usize) -> Option<Resource> {
        self.touch();
        self.free.push(slot);
        self.slots[slot].take()
    }

    pub(crate) fn get(&self, key: TypeId, instance: u32) -> Option<&Resource> {
        self.by_key.get(&(key, instance)).and_then(|slot| self.slots[*slot].as_ref())
    }

    /// Returns a resource to change it: the next frame looks at all that it finds. Who only looks takes [`Self::get`].
    pub(crate) fn get_mut(&mut self, key: TypeId, instance: u32) -> Option<&mut Resource> {
        self.touch();
        self.by_key.get(&(key, instance)).and_then(|slot| self.slots[*slot].as_mut())
    }

    /// Returns the resource that was found for a plan, if it is still there.
    pub(crate) fn found(&self, found: &Found) -> Option<&Resource> {
        self.slots.get(found.slot)?.as_ref().filter(|resource| resource.serial == found.serial)
    }

    /// As [`Self::found`]; for frames, which say what they leave by [`Self::leave`].
    pub(crate) fn found_mut(&mut self, found: &Found) -> Option<&mut Resource> {
        self.slots.get_mut(found.slot)?.as_mut().filter(|resource| resource.serial == found.serial)
    }

    /// Returns the object that was found for a plan, if it is still what the plan names.
    pub(crate) fn physical(&self, found: &Found) -> Option<&Physical> {
        let physical = self.found(found)?.physical(found.key.previous);
        physical.filter(|physical| physical.handle == found.handle)
    }

    pub(crate) fn into_resources(self) -> impl Iterator<Item = Resource> {
        self.slots.into_iter().flatten()
    }
}

impl Resource {
    /// Returns the object that an access means.
    pub(crate) fn physical(&self, previous: bool) -> Option<&Physical> {
        if previous { self.previous.as_ref() } else { Some(&self.now) }
    }

    /// Returns the object that an access means.
    pub(crate) fn physical_mut(&mut self, previous: bool) -> Option<&mut Physical> {
        if previous { self.previous.as_mut() } else { Some(&mut self.now) }
    }

    /// Returns the object with this handle.
    pub(crate) fn object(&self, handle: Handle) -> Option<&Physical> {
        std::iter::once(&self.now).chain(&self.previous).find(|physical| physical.handle == handle)
    }

    /// Returns the object with this handle, to change it.
    pub(crate) fn object_mut(&mut self, handle: Handle) -> Option<&mut Physical> {
        std::iter::once(&mut self.now).chain(&mut self.previous).find(|physical| physical.handle == handle)
    }

    /// Returns what there is to destroy, in order.
    pub(crate) fn into_garbage(self) -> Vec<Garbage> {
        std::iter::once(self.now).chain(self.previous).flat_map(Physical::into_garbage).collect()
    }

    /// Makes what this frame wrote the next frame's previous.
    pub(crate) fn swap(&mut self) {
        if let Some(previous) = &mut self.previous {
            std::mem::swap(&mut self.now, previous);
        }
    }
}

impl Physical {
    /// Notes what is known of it now.
    pub(crate) fn know(&mut self, entry: Entry, prepared: Option<LoopId>) {
        self.entry = entry;
        self.prepared = prepared;
    }

    /// Notes how a frame has left it.
    pub(crate) fn leave(&mut self, state: &ResourceState, prepared: Option<LoopId>) {
        // What it is already is left alone: a steady frame touches no counters.
        if !matches!(&self.entry, Entry::Persisted(known) if known.is_same(state)) {
            self.entry = Entry::Persisted(state.clone());
        }
        self.prepared = prepared;
    }

    pub(crate) fn into_garbage(self) -> Vec<Garbage> {
        let mut garbage: Vec<_> = self.views.iter().map(|(_, view)| Garbage::View(*view)).collect();
        let whole = match self.handle {
            Handle::Buffer(_) => vk::ImageView::null(),
            Handle::Image(image) => image.view,
        };
        if whole != vk::ImageView::null() {
            garbage.push(Garbage::View(whole));
        }
        if !self.imported {
            garbage.push(match self.handle {
                Handle::Buffer(buffer) => Garbage::Buffer(buffer.raw),
                Handle::Image(image) => Garbage::Image(image.raw),
            });
        }
        garbage.extend(self.allocation.map(Garbage::Memory));
        garbage
    }
}
