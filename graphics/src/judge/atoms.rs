//! Atoms: the largest ranges of a resource that no access and no barrier divides.

use std::ops::Range;

use ash::vk;

use super::order::{Step, StepIndex, Walk};
use super::stream::{Part, Resource, ResourceId, Shape, Start, Stream, Target};

/// What happens to one atom: a step, and which of its accesses or structures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Local {
    pub(super) step: StepIndex,
    pub(super) item: usize,
}

/// A range that nothing divides, with what happens to it in order.
#[derive(Debug)]
pub(super) struct Atom {
    pub(super) resource: ResourceId,
    pub(super) part: Part,
    pub(super) locals: Vec<Local>,
}

/// Splits every resource of a stream into atoms. Resources that nothing touches have none.
pub(super) fn split(stream: &Stream, walk: &Walk<'_>) -> Vec<Atom> {
    let mut touched: Vec<Vec<(Option<Local>, Part)>> = stream.resources.iter().map(starts).collect();
    for (step, (_, what)) in walk.steps.iter().enumerate() {
        for_each_part(what, |item, resource, part| {
            let part = clip(part, &stream.resources[resource.0].shape);
            touched[resource.0].push((Some(Local { step, item }), part));
        });
    }
    let mut atoms = Vec::new();
    for (resource, touched) in touched.iter().enumerate() {
        match stream.resources[resource].shape {
            Shape::Buffer { .. } => split_buffer(ResourceId(resource), touched, &mut atoms),
            Shape::Image { aspects, .. } => split_image(ResourceId(resource), aspects, touched, &mut atoms),
        }
    }
    atoms.retain(|atom| !atom.locals.is_empty());
    atoms
}

/// The parts that a resource begins with divide it too.
fn starts(resource: &Resource) -> Vec<(Option<Local>, Part)> {
    match &resource.start {
        Start::Undefined | Start::HostWritten => Vec::new(),
        Start::Kept(kept) => kept.iter().map(|kept| (None, clip(kept.part.clone(), &resource.shape))).collect(),
    }
}

fn for_each_part(step: &Step<'_>, mut found: impl FnMut(usize, ResourceId, Part)) {
    match step {
        Step::Pass { pass, .. } => {
            for (item, access) in pass.accesses.iter().enumerate() {
                found(item, access.resource, access.part.clone());
            }
        }
        Step::Call { barriers, .. } => {
            for (item, barrier) in barriers.iter().enumerate() {
                match &barrier.target {
                    Target::Memory => {}
                    Target::Buffer { resource, bytes, .. } => found(item, *resource, Part::Bytes(bytes.clone())),
                    Target::Image { resource, aspects, mips, layers, .. } => {
                        let part = Part::Texels { aspects: *aspects, mips: mips.clone(), layers: layers.clone() };
                        found(item, *resource, part);
                    }
                }
            }
        }
        Step::Host { access, .. } => found(0, access.resource, access.part.clone()),
        Step::Begin { .. } | Step::Wait { .. } | Step::Signal { .. } | Step::HostWait { .. } | Step::Idle { .. } => {}
    }
}

/// Cuts off what lies outside: `WHOLE_SIZE` and `REMAINING` end at the end.
fn clip(part: Part, shape: &Shape) -> Part {
    match (part, shape) {
        (Part::Bytes(bytes), Shape::Buffer { len_bytes }) => Part::Bytes(bytes.start..bytes.end.min(*len_bytes)),
        (Part::Texels { aspects, mips, layers }, Shape::Image { aspects: all, mips: levels, layers: count }) => {
            Part::Texels {
                aspects: aspects & *all,
                mips: mips.start..mips.end.min(*levels),
                layers: layers.start..layers.end.min(*count),
            }
        }
        (Part::Bytes(_), Shape::Image { .. }) | (Part::Texels { .. }, Shape::Buffer { .. }) => {
            panic!("bytes belong to buffers, mip levels and layers to images")
        }
    }
}

fn split_buffer(resource: ResourceId, touched: &[(Option<Local>, Part)], atoms: &mut Vec<Atom>) {
    let ranges = || touched.iter().filter_map(|(_, part)| bytes_of(part)).filter(|bytes| !bytes.is_empty());
    let ends = boundaries(ranges());
    let first = atoms.len();
    atoms.extend(ends.windows(2).map(|pair| Atom {
        resource,
        part: Part::Bytes(pair[0]..pair[1]),
        locals: Vec::new(),
    }));
    for (local, part) in touched {
        for at in bytes_of(part).map_or(0..0, |bytes| covered(&ends, &bytes)) {
            atoms[first + at].locals.extend(*local);
        }
    }
}

fn split_image(
    resource: ResourceId,
    all: vk::ImageAspectFlags,
    touched: &[(Option<Local>, Part)],
    atoms: &mut Vec<Atom>,
) {
    let texels: Vec<_> = touched.iter().filter_map(|(local, part)| Some((*local, texels_of(part)?))).collect();
    let aspects = aspect_groups(all, texels.iter().map(|(_, part)| part.0));
    let mips = boundaries(texels.iter().map(|(_, part)| part.1.clone()));
    let layers = boundaries(texels.iter().map(|(_, part)| part.2.clone()));
    let (columns, rows) = (layers.len().saturating_sub(1), mips.len().saturating_sub(1));
    let first = atoms.len();
    for aspects in &aspects {
        for mip in mips.windows(2) {
            for layer in layers.windows(2) {
                let part = Part::Texels { aspects: *aspects, mips: mip[0]..mip[1], layers: layer[0]..layer[1] };
                atoms.push(Atom { resource, part, locals: Vec::new() });
            }
        }
    }
    for (local, part) in &texels {
        for (group, _) in aspects.iter().enumerate().filter(|(_, group)| part.0.intersects(**group)) {
            for mip in covered(&mips, &part.1) {
                for layer in covered(&layers, &part.2) {
                    atoms[first + (group * rows + mip) * columns + layer].locals.extend(*local);
                }
            }
        }
    }
}

fn bytes_of(part: &Part) -> Option<Range<u64>> {
    match part {
        Part::Bytes(bytes) => Some(bytes.clone()),
        Part::Texels { .. } => None,
    }
}

type Texels = (vk::ImageAspectFlags, Range<u32>, Range<u32>);

fn texels_of(part: &Part) -> Option<Texels> {
    match part {
        Part::Texels { aspects, mips, layers } if !mips.is_empty() && !layers.is_empty() => {
            Some((*aspects, mips.clone(), layers.clone()))
        }
        Part::Texels { .. } | Part::Bytes(_) => None,
    }
}

/// Aspects stay together unless a range names some of them only.
fn aspect_groups(
    all: vk::ImageAspectFlags,
    named: impl Iterator<Item = vk::ImageAspectFlags>,
) -> Vec<vk::ImageAspectFlags> {
    let mut together = true;
    for aspects in named {
        together &= aspects == all;
    }
    if together {
        return vec![all];
    }
    let bits = (0..u32::BITS).map(|bit| vk::ImageAspectFlags::from_raw(1 << bit));
    bits.filter(|bit| all.contains(*bit)).collect()
}

/// The sorted ends of all ranges.
fn boundaries<T: Ord + Copy>(ranges: impl Iterator<Item = Range<T>>) -> Vec<T> {
    let mut ends: Vec<T> = ranges.flat_map(|range| [range.start, range.end]).collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// The indices of the intervals between `ends` that a range covers.
fn covered<T: Ord + Copy>(ends: &[T], range: &Range<T>) -> Range<usize> {
    if range.start >= range.end {
        return 0..0;
    }
    ends.partition_point(|end| *end < range.start)..ends.partition_point(|end| *end < range.end)
}

/// Whether a part of a resource contains an atom of it.
pub(super) fn contains(part: &Part, atom: &Part) -> bool {
    match (part, atom) {
        (Part::Bytes(part), Part::Bytes(atom)) => part.start <= atom.start && atom.end <= part.end,
        (Part::Texels { aspects, mips, layers }, Part::Texels { aspects: a, mips: m, layers: l }) => {
            let inside = |part: &Range<u32>, atom: &Range<u32>| part.start <= atom.start && atom.end <= part.end;
            aspects.contains(*a) && inside(mips, m) && inside(layers, l)
        }
        (Part::Bytes(_), Part::Texels { .. }) | (Part::Texels { .. }, Part::Bytes(_)) => false,
    }
}
