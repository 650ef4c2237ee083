//! What copies, blits, resolves, clears and fills touch.

use crate::usage::row::usages;

usages! {
    /// Read by copies.
    CopySource {
        stages: COPY,
        read: TRANSFER_READ,
        buffer: TRANSFER_SRC,
        image: TRANSFER_SRC in TRANSFER_SRC_OPTIMAL,
        passes: [Transfer],
        spec: "vkCmdCopyBuffer2",
    }

    /// Written by copies, those of query results included.
    CopyDestination {
        stages: COPY,
        write: TRANSFER_WRITE,
        buffer: TRANSFER_DST,
        image: TRANSFER_DST in TRANSFER_DST_OPTIMAL,
        passes: [Transfer],
        spec: "vkCmdCopyBuffer2",
    }

    /// Read by blits.
    BlitSource {
        stages: BLIT,
        read: TRANSFER_READ,
        image: TRANSFER_SRC in TRANSFER_SRC_OPTIMAL,
        passes: [Transfer],
        spec: "vkCmdBlitImage2",
    }

    /// Written by blits.
    BlitDestination {
        stages: BLIT,
        write: TRANSFER_WRITE,
        image: TRANSFER_DST in TRANSFER_DST_OPTIMAL,
        passes: [Transfer],
        spec: "vkCmdBlitImage2",
    }

    /// Read by resolve commands, as the multisampled image.
    ResolveSource {
        stages: RESOLVE,
        read: TRANSFER_READ,
        image: TRANSFER_SRC in TRANSFER_SRC_OPTIMAL,
        passes: [Transfer],
        spec: "vkCmdResolveImage2",
    }

    /// Written by resolve commands, as the image with one sample.
    ResolveDestination {
        stages: RESOLVE,
        write: TRANSFER_WRITE,
        image: TRANSFER_DST in TRANSFER_DST_OPTIMAL,
        passes: [Transfer],
        spec: "vkCmdResolveImage2",
    }

    /// Written by clear commands, outside of rendering.
    Clear {
        stages: CLEAR,
        write: TRANSFER_WRITE,
        image: TRANSFER_DST in TRANSFER_DST_OPTIMAL,
        passes: [Transfer],
        spec: "vkCmdClearColorImage",
    }

    /// Written by `vkCmdFillBuffer` and `vkCmdUpdateBuffer`, whose pipeline stage is `CLEAR`.
    Fill {
        stages: CLEAR,
        write: TRANSFER_WRITE,
        buffer: TRANSFER_DST,
        passes: [Transfer],
        spec: "vkCmdFillBuffer",
    }

    /// Read by transfer commands of every sort: copies, blits and resolves in one pass.
    TransferSource {
        stages: ALL_TRANSFER,
        read: TRANSFER_READ,
        buffer: TRANSFER_SRC,
        image: TRANSFER_SRC in TRANSFER_SRC_OPTIMAL,
        passes: [Transfer],
        spec: "VkPipelineStageFlagBits2",
    }

    /// Written by transfer commands of every sort: copies, blits, resolves, clears and fills in one pass.
    TransferDestination {
        stages: ALL_TRANSFER,
        write: TRANSFER_WRITE,
        buffer: TRANSFER_DST,
        image: TRANSFER_DST in TRANSFER_DST_OPTIMAL,
        passes: [Transfer],
        spec: "VkPipelineStageFlagBits2",
    }
}
