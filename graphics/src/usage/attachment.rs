//! What a raster pass renders into, tests against, and resolves.
//!
//! The load operation and blending read what is there; depth and stencil are touched by both the early and the late
//! fragment tests. Resolves of depth and stencil happen in `COLOR_ATTACHMENT_OUTPUT`, as those of colour do.

use crate::usage::row::usages;

usages! {
    /// Rendered into as a colour attachment, over what is there: loaded or blended.
    ColorAttachment {
        stages: COLOR_ATTACHMENT_OUTPUT,
        write: COLOR_ATTACHMENT_READ | COLOR_ATTACHMENT_WRITE,
        image: COLOR_ATTACHMENT in ATTACHMENT_OPTIMAL,
        passes: [Raster],
        spec: "VkAttachmentLoadOp",
    }

    /// Rendered into as a colour attachment that is cleared first, or whose old contents do not matter: only written.
    ColorAttachmentClear {
        stages: COLOR_ATTACHMENT_OUTPUT,
        write: COLOR_ATTACHMENT_WRITE,
        image: COLOR_ATTACHMENT in ATTACHMENT_OPTIMAL,
        passes: [Raster],
        spec: "VkAttachmentLoadOp",
    }

    /// Written by resolving a multisampled colour attachment at the end of rendering.
    ColorResolve {
        stages: COLOR_ATTACHMENT_OUTPUT,
        write: COLOR_ATTACHMENT_WRITE,
        image: COLOR_ATTACHMENT in ATTACHMENT_OPTIMAL,
        passes: [Raster],
        spec: "VkResolveModeFlagBits",
    }

    /// The depth-stencil attachment: in `reads` only tested against, in `writes` loaded, tested and written.
    DepthStencil {
        stages: EARLY_FRAGMENT_TESTS | LATE_FRAGMENT_TESTS,
        read: DEPTH_STENCIL_ATTACHMENT_READ,
        write: DEPTH_STENCIL_ATTACHMENT_READ | DEPTH_STENCIL_ATTACHMENT_WRITE,
        image: DEPTH_STENCIL_ATTACHMENT in READ_ONLY_OPTIMAL / ATTACHMENT_OPTIMAL,
        passes: [Raster],
        spec: "VkPipelineDepthStencilStateCreateInfo",
    }

    /// The depth-stencil attachment that is cleared first, or whose old contents do not matter: only written.
    DepthStencilClear {
        stages: EARLY_FRAGMENT_TESTS | LATE_FRAGMENT_TESTS,
        write: DEPTH_STENCIL_ATTACHMENT_WRITE,
        image: DEPTH_STENCIL_ATTACHMENT in ATTACHMENT_OPTIMAL,
        passes: [Raster],
        spec: "VkAttachmentLoadOp",
    }

    /// The depth-stencil attachment that is tested against and, in the same pass, sampled by fragment shaders.
    DepthStencilSampled {
        stages: EARLY_FRAGMENT_TESTS | LATE_FRAGMENT_TESTS | FRAGMENT_SHADER,
        read: DEPTH_STENCIL_ATTACHMENT_READ | SHADER_SAMPLED_READ,
        image: DEPTH_STENCIL_ATTACHMENT | SAMPLED in READ_ONLY_OPTIMAL,
        passes: [Raster],
        spec: "VkPipelineDepthStencilStateCreateInfo",
    }

    /// The multisampled depth-stencil attachment that is loaded, tested, written, and resolved at the end of rendering.
    DepthStencilResolved {
        stages: EARLY_FRAGMENT_TESTS | LATE_FRAGMENT_TESTS | COLOR_ATTACHMENT_OUTPUT,
        write: DEPTH_STENCIL_ATTACHMENT_READ | DEPTH_STENCIL_ATTACHMENT_WRITE | COLOR_ATTACHMENT_READ,
        image: DEPTH_STENCIL_ATTACHMENT in ATTACHMENT_OPTIMAL,
        passes: [Raster],
        spec: "VkResolveModeFlagBits",
    }

    /// Written by resolving a multisampled depth-stencil attachment at the end of rendering.
    DepthStencilResolve {
        stages: COLOR_ATTACHMENT_OUTPUT,
        write: COLOR_ATTACHMENT_WRITE,
        image: DEPTH_STENCIL_ATTACHMENT in ATTACHMENT_OPTIMAL,
        passes: [Raster],
        spec: "VkResolveModeFlagBits",
    }

    /// Read as an input attachment.
    InputAttachment {
        stages: FRAGMENT_SHADER,
        read: INPUT_ATTACHMENT_READ,
        image: INPUT_ATTACHMENT in READ_ONLY_OPTIMAL,
        passes: [Raster],
        spec: "descriptorsets-inputattachment",
    }
}
