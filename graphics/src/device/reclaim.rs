//! What is to be destroyed once the device has finished with it.

use std::collections::VecDeque;

use ash::vk;

use crate::device::memory::{Allocate, Allocation};

/// One thing to destroy.
pub(crate) enum Garbage {
    Buffer(vk::Buffer),
    Image(vk::Image),
    View(vk::ImageView),
    Pool(vk::CommandPool),
    Memory(Allocation),
    /// What a user handed over.
    User(Box<dyn FnOnce(&ash::Device) + Send>),
}

/// Things to destroy, each with the number of the last submission that may use it.
#[derive(Default)]
pub(crate) struct Reclaim {
    /// In the order of the numbers.
    waiting: VecDeque<(u64, Garbage)>,
}

impl Reclaim {
    /// Puts something off until submission `after` is finished; called with rising numbers.
    pub(crate) fn push(&mut self, after: u64, garbage: Garbage) {
        let after = self.waiting.back().map_or(after, |(last, _)| after.max(*last));
        self.waiting.push_back((after, garbage));
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes what is no longer used once submission `finished` is.
    pub(crate) fn take(&mut self, finished: u64) -> Vec<Garbage> {
        let count = self.waiting.iter().take_while(|(after, _)| *after <= finished).count();
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
            Garbage::Pool(pool) => unsafe { device.destroy_command_pool(pool, None) },
            Garbage::Memory(allocation) => memory.free(allocation),
            Garbage::User(destroy) => destroy(device),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_go_in_their_order_once_their_submission_is_finished() {
        let mut reclaim = Reclaim::default();
        reclaim.push(2, Garbage::View(vk::ImageView::null()));
        reclaim.push(2, Garbage::Image(vk::Image::null()));
        reclaim.push(3, Garbage::Buffer(vk::Buffer::null()));
        assert!(reclaim.take(1).is_empty());
        let first = reclaim.take(2);
        assert!(matches!(first[..], [Garbage::View(_), Garbage::Image(_)]));
        assert_eq!(reclaim.len(), 1);
        assert!(matches!(reclaim.take(9)[..], [Garbage::Buffer(_)]));
    }
}
