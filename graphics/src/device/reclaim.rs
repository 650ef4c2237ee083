//! What is to be destroyed once the device has finished with it.

use std::collections::VecDeque;

use ash::vk;

use crate::device::marks::Marks;
use crate::device::memory::{Allocate, Allocation};
use crate::record::pools::RawPool;

/// One thing to destroy.
pub(crate) enum Garbage {
    Buffer(vk::Buffer),
    Image(vk::Image),
    View(vk::ImageView),
    Pool(RawPool),
    Memory(Allocation),
    /// What a user handed over.
    User(Box<dyn FnOnce(&ash::Device) + Send>),
}

/// Things to destroy, each with the last submissions that may use it.
#[derive(Default)]
pub(crate) struct Reclaim {
    /// In the order of the submissions.
    waiting: VecDeque<(Marks, Garbage)>,
    /// What an open frame may use: it waits for submissions that are still to come.
    of_frame: Vec<Garbage>,
}

impl Reclaim {
    /// Puts something off until the submissions `after` are finished; what was put off before goes before it.
    pub(crate) fn push(&mut self, after: Marks, garbage: Garbage) {
        let after = self.waiting.back().map_or(after, |(last, _)| after.and(*last));
        self.waiting.push_back((after, garbage));
    }

    /// Puts something off until the open frame is closed, and what it submits is finished.
    pub(crate) fn push_in_frame(&mut self, garbage: Garbage) {
        self.of_frame.push(garbage);
    }

    /// Says that the open frame was closed: what it uses it uses in submissions up to `after`.
    pub(crate) fn close_frame(&mut self, after: Marks) {
        for garbage in std::mem::take(&mut self.of_frame) {
            self.push(after, garbage);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len() + self.of_frame.len()
    }

    /// Takes what is no longer used once the submissions `finished` are.
    pub(crate) fn take(&mut self, finished: &Marks) -> Vec<Garbage> {
        let count = self.waiting.iter().take_while(|(after, _)| finished.reach(after)).count();
        self.waiting.drain(..count).map(|(_, garbage)| garbage).collect()
    }
}

/// Destroys in order.
///
/// # Safety
///
/// The device has finished with all of it, and nobody has it any more.
pub(crate) unsafe fn destroy(device: &ash::Device, memory: &dyn Allocate, garbage: Vec<Garbage>) {
    for one in garbage {
        match one {
            // SAFETY: the caller's promise.
            Garbage::Buffer(buffer) => unsafe { device.destroy_buffer(buffer, None) },
            // SAFETY: the caller's promise.
            Garbage::Image(image) => unsafe { device.destroy_image(image, None) },
            // SAFETY: the caller's promise.
            Garbage::View(view) => unsafe { device.destroy_image_view(view, None) },
            // SAFETY: the caller's promise.
            Garbage::Pool(pool) => unsafe { pool.destroy(device) },
            Garbage::Memory(allocation) => memory.free(allocation),
            Garbage::User(destroy) => destroy(device),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_of_an_open_frame_wait_for_what_it_submits() {
        let mut reclaim = Reclaim::default();
        reclaim.push_in_frame(Garbage::Image(vk::Image::null()));
        assert!(reclaim.take(&Marks::END).is_empty());
        assert_eq!(reclaim.len(), 1);
        reclaim.close_frame(Marks::one(0, 1).and(Marks::one(1, 2)));
        assert!(reclaim.take(&Marks::one(0, 1)).is_empty());
        assert_eq!(reclaim.take(&Marks::one(0, 4).and(Marks::one(1, 2))).len(), 1);
    }

    #[test]
    fn things_go_in_their_order_once_their_submission_is_finished() {
        let mut reclaim = Reclaim::default();
        reclaim.push(Marks::one(0, 2), Garbage::View(vk::ImageView::null()));
        reclaim.push(Marks::one(0, 2), Garbage::Image(vk::Image::null()));
        reclaim.push(Marks::one(1, 3), Garbage::Buffer(vk::Buffer::null()));
        assert!(reclaim.take(&Marks::one(0, 1)).is_empty());
        let first = reclaim.take(&Marks::one(0, 2));
        assert!(matches!(first[..], [Garbage::View(_), Garbage::Image(_)]));
        assert_eq!(reclaim.len(), 1);
        assert!(matches!(reclaim.take(&Marks::END)[..], [Garbage::Buffer(_)]));
    }
}
