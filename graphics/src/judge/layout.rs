//! Which layout accesses of one pass can share.

use ash::vk::ImageLayout as L;

/// Returns the layout that an image has to be in for all accesses of a pass to the same texels.
///
/// One access names its layout. Several with different layouts accept any that serves them all; `held` is the layout
/// that the image is in.
pub(super) fn expected(held: L, wanted: impl Iterator<Item = L> + Clone) -> Option<L> {
    let first = wanted.clone().next()?;
    if wanted.clone().all(|layout| layout == first) {
        return Some(first);
    }
    if wanted.clone().all(|layout| serves(held, layout)) {
        return Some(held);
    }
    wanted.reduce(joint)
}

/// Whether an access that would like to have the layout `wanted` works in the layout `held`.
fn serves(held: L, wanted: L) -> bool {
    held == wanted || held == L::GENERAL || (is_read_only(wanted) && serves_all_reads(held))
}

fn joint(one: L, other: L) -> L {
    if one == other {
        one
    } else if !is_read_only(one) || !is_read_only(other) {
        L::GENERAL
    } else if one == L::READ_ONLY_OPTIMAL || other == L::READ_ONLY_OPTIMAL {
        L::READ_ONLY_OPTIMAL
    } else {
        L::DEPTH_STENCIL_READ_ONLY_OPTIMAL
    }
}

fn is_read_only(layout: L) -> bool {
    let of_one =
        matches!(layout, L::SHADER_READ_ONLY_OPTIMAL | L::DEPTH_READ_ONLY_OPTIMAL | L::STENCIL_READ_ONLY_OPTIMAL);
    of_one || serves_all_reads(layout)
}

/// Read-only layouts in which an image can be sampled and be a read-only attachment.
fn serves_all_reads(layout: L) -> bool {
    matches!(layout, L::READ_ONLY_OPTIMAL | L::DEPTH_STENCIL_READ_ONLY_OPTIMAL)
}
