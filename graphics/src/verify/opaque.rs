//! Passes that may touch anything, as accesses of all that there is.

use std::ops::Range;

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::judge::{Access, Contents, Order, Part, ResourceId, Scope};
use crate::plan::{Entry, Exit, Input, PassInput, ResourceInput, Shape};
use crate::verify::declared::part;

/// Makes the declared accesses of the pass with that index ones that do anything, and adds such accesses of all else that
/// it can touch.
///
/// It can be in any layout, and need not have contents: that the pass leaves both as it finds them is its author's
/// promise.
pub(super) fn widen(input: &Input, index: usize, accesses: &mut Vec<Access>) {
    let anything = Scope::new(S::ALL_COMMANDS, A::MEMORY_READ | A::MEMORY_WRITE);
    let pass = &input.passes[index];
    for (index, declared) in pass.accesses.iter().enumerate() {
        accesses[index].scope = anything;
        let others = pass.accesses.iter().enumerate().filter(|(other, _)| *other != index);
        // Those of one pass on the same texels need no order among themselves: they are read in one layout.
        if others.into_iter().any(|(_, other)| other.resource == declared.resource && other.part.meets(&declared.part))
        {
            accesses[index].order = Order::Concurrent;
        }
    }
    for (resource, known) in input.resources.iter().enumerate() {
        let of_pass = |pass: &PassInput| -> Vec<Part> {
            let accesses = pass.accesses.iter().filter(|access| access.resource.0 == resource);
            accesses.map(|access| part(&access.part, known.shape)).collect()
        };
        let earlier = input.passes[..index].iter().flat_map(of_pass);
        for part in once(found(known).into_iter().chain(earlier), of_pass(pass)) {
            let access = Access {
                layout: None,
                contents: Contents::Discard,
                ..Access::buffer(ResourceId(resource), 0..0, anything)
            };
            accesses.push(Access { part, note: Some("anything".to_owned()), ..access });
        }
    }
}

/// Returns what of a resource can be touched from the beginning of the frame on: nothing that is in no layout, and not what
/// is presented, which belongs to the presentation until it is acquired again.
fn found(resource: &ResourceInput) -> Vec<Part> {
    let whole = || vec![part(&resource.shape.whole(), resource.shape)];
    let has_layout = |layout: vk::ImageLayout| layout != vk::ImageLayout::UNDEFINED;
    match (&resource.shape, &resource.exit, &resource.entry) {
        (_, Exit::Present, _) | (Shape::Image { .. }, _, Entry::Undefined) => Vec::new(),
        (Shape::Buffer { .. }, _, _) => whole(),
        (Shape::Image { .. }, _, Entry::Ready { layout }) if has_layout(*layout) => whole(),
        (Shape::Image { .. }, _, Entry::Imported(imported)) if has_layout(imported.layout) => whole(),
        (Shape::Image { .. }, _, Entry::Ready { .. } | Entry::Imported(_)) => Vec::new(),
        (Shape::Image { .. }, _, Entry::Persisted(state)) => {
            let laid_out = state.parts().iter().filter(|known| has_layout(known.state.layout));
            laid_out.map(|known| part(&known.part, resource.shape)).collect()
        }
    }
}

/// Returns parts that hold what `parts` hold, once, and nothing of `but`.
fn once(parts: impl Iterator<Item = Part>, but: Vec<Part>) -> Vec<Part> {
    let (mut taken, mut left) = (but, Vec::new());
    for part in parts {
        let new = taken.iter().fold(vec![part], |new, hole| new.iter().flat_map(|part| without(part, hole)).collect());
        taken.extend_from_slice(&new);
        left.extend(new);
    }
    left
}

/// Cuts a part out of another: what is left before and after it, along one axis after the other.
fn without(whole: &Part, hole: &Part) -> Vec<Part> {
    match (whole, hole) {
        (Part::Bytes(bytes), Part::Bytes(hole)) => around(bytes, hole).into_iter().map(Part::Bytes).collect(),
        (Part::Texels { aspects, mips, layers }, Part::Texels { aspects: a, mips: m, layers: l }) => {
            if !aspects.intersects(*a) || meet(mips, m).is_empty() || meet(layers, l).is_empty() {
                return vec![whole.clone()];
            }
            let texels = |aspects: vk::ImageAspectFlags, mips: Range<u32>, layers: Range<u32>| Part::Texels {
                aspects,
                mips,
                layers,
            };
            let mut left = Vec::new();
            let others = *aspects & !*a;
            if !others.is_empty() {
                left.push(texels(others, mips.clone(), layers.clone()));
            }
            let same = *aspects & *a;
            left.extend(around(mips, m).into_iter().map(|mips| texels(same, mips, layers.clone())));
            left.extend(around(layers, l).into_iter().map(|layers| texels(same, meet(mips, m), layers)));
            left
        }
        (Part::Bytes(_), Part::Texels { .. }) | (Part::Texels { .. }, Part::Bytes(_)) => vec![whole.clone()],
    }
}

fn meet<T: Ord + Copy>(one: &Range<T>, other: &Range<T>) -> Range<T> {
    one.start.max(other.start)..one.end.min(other.end)
}

fn around<T: Ord + Copy>(whole: &Range<T>, hole: &Range<T>) -> Vec<Range<T>> {
    let before = whole.start..hole.start.clamp(whole.start, whole.end);
    let after = hole.end.clamp(whole.start, whole.end)..whole.end;
    [before, after].into_iter().filter(|range| range.start < range.end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_all_but_the_hole_and_once() {
        let shape =
            Shape::Image { mips: 4, layers: 3, aspects: vk::ImageAspectFlags::DEPTH | vk::ImageAspectFlags::STENCIL };
        let depth = vk::ImageAspectFlags::DEPTH;
        let hole = Part::Texels { aspects: depth, mips: 1..3, layers: 1..2 };
        let other = Part::Texels { aspects: depth, mips: 2..4, layers: 0..3 };
        let whole = || vec![part(&shape.whole(), shape)].into_iter();
        let left = once(whole().chain(whole()), vec![hole.clone(), other.clone()]);
        let holds = |part: &Part, aspect, mip, layer| match part {
            Part::Texels { aspects, mips, layers } => {
                aspects.contains(aspect) && mips.contains(&mip) && layers.contains(&layer)
            }
            Part::Bytes(_) => false,
        };
        for aspect in [depth, vk::ImageAspectFlags::STENCIL] {
            for (mip, layer) in (0..4).flat_map(|mip| (0..3).map(move |layer| (mip, layer))) {
                let held = left.iter().filter(|part| holds(part, aspect, mip, layer)).count();
                let cut = [&hole, &other].iter().any(|part| holds(part, aspect, mip, layer));
                assert_eq!(held, usize::from(!cut), "{aspect:?} {mip} {layer}: {left:?}");
            }
        }
        let bytes = once([Part::Bytes(0..100)].into_iter(), vec![Part::Bytes(10..20), Part::Bytes(90..100)]);
        assert_eq!(bytes, [Part::Bytes(0..10), Part::Bytes(20..90)]);
    }
}
