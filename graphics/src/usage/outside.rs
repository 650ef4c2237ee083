//! What happens outside of passes, and the one usage that stands for all of them.

use crate::usage::row::usages;

usages! {
    /// Read by the host, after the frame that wrote it.
    HostRead {
        stages: HOST,
        read: HOST_READ,
        buffer: NONE,
        image: NONE in GENERAL,
        passes: [],
        spec: "VkAccessFlagBits2",
    }

    /// Written by the host. Writes before a submit need no barrier: the submit itself makes them visible.
    HostWrite {
        stages: HOST,
        write: HOST_WRITE,
        buffer: NONE,
        image: NONE in GENERAL,
        passes: [],
        spec: "synchronization-submission-host-writes",
    }

    /// Presented. The semaphore that the presentation waits on orders it, so no pipeline stage and no access.
    Present {
        stages: NONE,
        read: NONE,
        image: NONE in PRESENT_SRC_KHR,
        passes: [],
        spec: "vkQueuePresentKHR",
    }

    /// Accessed in whatever way: for commands that other code records. It orders far more than it needs to.
    AnyAccess {
        stages: ALL_COMMANDS,
        read: MEMORY_READ,
        write: MEMORY_READ | MEMORY_WRITE,
        buffer: NONE,
        image: NONE in GENERAL,
        passes: [Raster, Compute, Transfer, RayTracing],
        spec: "VkAccessFlagBits2",
    }
}
