//! Splits resources into the parts that no access divides, and joins equal neighbours again.

use std::ops::Range;

use ash::vk::ImageAspectFlags as Aspects;

use crate::plan::input::Shape;
use crate::plan::model::Subresource;

/// The atoms of one resource: all of it, a grid of mips by layers by aspects, or byte ranges.
#[derive(Clone, Debug)]
pub(super) enum Grid {
    /// One atom: nothing divides the resource.
    Whole(Subresource),
    /// Byte ranges between neighbouring cuts.
    Buffer { cuts: Vec<u64> },
    /// Aspects, then ranges of mips and of layers between neighbouring cuts.
    Image { aspects: Vec<Aspects>, mips: Vec<u32>, layers: Vec<u32> },
}

impl Grid {
    /// Splits a resource wherever one of `parts` begins or ends.
    pub(super) fn split<'a>(shape: &Shape, parts: impl Iterator<Item = &'a Subresource> + Clone) -> Self {
        let whole = shape.whole();
        if !is_empty(shape) && parts.clone().all(|part| *part == whole) {
            return Self::Whole(whole);
        }
        match *shape {
            Shape::Buffer { len_bytes } => {
                let mut cuts = vec![0, len_bytes];
                for part in parts {
                    if let Subresource::Buffer { bytes } = part {
                        cut(&mut cuts, bytes, len_bytes);
                    }
                }
                Self::Buffer { cuts: sorted(cuts) }
            }
            Shape::Image { mips, layers, aspects } => {
                let (mut mip_cuts, mut layer_cuts, mut whole) = (vec![0, mips], vec![0, layers], true);
                for part in parts {
                    if let Subresource::Image { aspects: some, mips: m, layers: l } = part {
                        cut(&mut mip_cuts, m, mips);
                        cut(&mut layer_cuts, l, layers);
                        whole &= *some == aspects;
                    }
                }
                let aspects = if whole { vec![aspects] } else { bits(aspects).collect() };
                Self::Image { aspects, mips: sorted(mip_cuts), layers: sorted(layer_cuts) }
            }
        }
    }

    /// Returns how many atoms there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Whole(_) => 1,
            Self::Buffer { cuts } => cuts.len() - 1,
            Self::Image { aspects, mips, layers } => aspects.len() * (mips.len() - 1) * (layers.len() - 1),
        }
    }

    /// Returns the part that an atom is.
    pub(super) fn part(&self, atom: usize) -> Subresource {
        match self {
            Self::Whole(whole) => whole.clone(),
            Self::Buffer { cuts } => Subresource::Buffer { bytes: cuts[atom]..cuts[atom + 1] },
            Self::Image { aspects, mips, layers } => {
                let (rows, columns) = (mips.len() - 1, layers.len() - 1);
                let (mip, layer) = (atom / columns % rows, atom % columns);
                Subresource::Image {
                    aspects: aspects[atom / columns / rows],
                    mips: mips[mip]..mips[mip + 1],
                    layers: layers[layer]..layers[layer + 1],
                }
            }
        }
    }

    /// Calls `visit` with each atom of a part that was among those split by.
    pub(super) fn visit(&self, part: &Subresource, mut visit: impl FnMut(usize)) {
        match (self, part) {
            (Self::Whole(_), _) => visit(0),
            (Self::Buffer { cuts }, Subresource::Buffer { bytes }) => {
                (index(cuts, bytes.start)..index(cuts, bytes.end)).for_each(visit);
            }
            (Self::Image { aspects, mips, layers }, Subresource::Image { aspects: some, mips: m, layers: l }) => {
                let (rows, columns) = (mips.len() - 1, layers.len() - 1);
                for aspect in (0..aspects.len()).filter(|&aspect| some.contains(aspects[aspect])) {
                    for mip in index(mips, m.start)..index(mips, m.end) {
                        for layer in index(layers, l.start)..index(layers, l.end) {
                            visit((aspect * rows + mip) * columns + layer);
                        }
                    }
                }
            }
            (Self::Buffer { .. }, Subresource::Image { .. }) | (Self::Image { .. }, Subresource::Buffer { .. }) => {}
        }
    }
}

/// Adds the ends of a range that lie inside of `0..end`, whose own ends are cuts already.
fn cut<T: Ord + Copy>(cuts: &mut Vec<T>, range: &Range<T>, end: T) {
    let begin = cuts[0];
    cuts.extend([range.start, range.end].into_iter().filter(|cut| begin < *cut && *cut < end));
}

const fn is_empty(shape: &Shape) -> bool {
    match *shape {
        Shape::Buffer { len_bytes } => len_bytes == 0,
        Shape::Image { mips, layers, aspects } => mips == 0 || layers == 0 || aspects.is_empty(),
    }
}

fn sorted<T: Ord>(mut cuts: Vec<T>) -> Vec<T> {
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

fn index<T: Ord + Copy>(cuts: &[T], cut: T) -> usize {
    cuts.binary_search(&cut).unwrap_or_else(|after| after.min(cuts.len() - 1))
}

fn bits(aspects: Aspects) -> impl Iterator<Item = Aspects> {
    (0..32).map(|bit| Aspects::from_raw(1 << bit)).filter(move |bit| aspects.contains(*bit))
}

/// Joins neighbouring parts with equal values into the fewest ranges along bytes, or layers, then mips, then aspects.
pub(super) fn join<T: PartialEq>(parts: &mut Vec<(Subresource, T)>) {
    if parts.len() < 2 {
        return;
    }
    for along in [Along::Layers, Along::Mips, Along::Aspects] {
        parts.sort_by_key(|(part, _)| along.key(part));
        parts.dedup_by(|(part, value), (last, same)| same == value && extend(last, part));
    }
    parts.sort_by_key(|(part, _)| Along::Layers.key(part));
}

/// The direction in which neighbours stand next to each other.
#[derive(Clone, Copy)]
enum Along {
    Layers,
    Mips,
    Aspects,
}

impl Along {
    fn key(self, part: &Subresource) -> [u64; 5] {
        match part {
            Subresource::Buffer { bytes } => [bytes.start, bytes.end, 0, 0, 0],
            Subresource::Image { aspects, mips, layers } => {
                let aspects = u64::from(aspects.as_raw());
                let [m0, m1] = [mips.start, mips.end].map(u64::from);
                let [l0, l1] = [layers.start, layers.end].map(u64::from);
                match self {
                    Self::Layers => [aspects, m0, m1, l0, l1],
                    Self::Mips => [aspects, l0, l1, m0, m1],
                    Self::Aspects => [m0, m1, l0, l1, aspects],
                }
            }
        }
    }
}

/// Grows `part` by `next` where the two make one range.
fn extend(part: &mut Subresource, next: &Subresource) -> bool {
    match (part, next) {
        (Subresource::Buffer { bytes }, Subresource::Buffer { bytes: next }) if bytes.end == next.start => {
            bytes.end = next.end;
            true
        }
        (
            Subresource::Image { aspects, mips, layers },
            Subresource::Image { aspects: next_aspects, mips: next_mips, layers: next_layers },
        ) => match (aspects == next_aspects, mips == next_mips, layers == next_layers) {
            (true, true, _) if layers.end == next_layers.start => {
                layers.end = next_layers.end;
                true
            }
            (true, _, true) if mips.end == next_mips.start => {
                mips.end = next_mips.end;
                true
            }
            (false, true, true) => {
                *aspects |= *next_aspects;
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// Returns whether a part holds one atom.
pub(super) fn holds(part: &Subresource, atom: &Subresource) -> bool {
    match (part, atom) {
        (Subresource::Buffer { bytes }, Subresource::Buffer { bytes: atom }) => {
            bytes.start <= atom.start && atom.end <= bytes.end
        }
        (Subresource::Image { aspects, mips, layers }, Subresource::Image { aspects: some, mips: m, layers: l }) => {
            aspects.contains(*some)
                && mips.start <= m.start
                && m.end <= mips.end
                && layers.start <= l.start
                && l.end <= layers.end
        }
        (Subresource::Buffer { .. }, Subresource::Image { .. })
        | (Subresource::Image { .. }, Subresource::Buffer { .. }) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(mips: Range<u32>, layers: Range<u32>) -> Subresource {
        Subresource::Image { aspects: Aspects::COLOR, mips, layers }
    }

    #[test]
    fn an_image_splits_only_where_a_part_begins_or_ends() {
        let shape = Shape::Image { mips: 6, layers: 4, aspects: Aspects::COLOR };
        let parts = [image(0..6, 0..4), image(2..3, 0..4)];
        let grid = Grid::split(&shape, parts.iter());
        assert_eq!(grid.len(), 3);
        let mut atoms = Vec::new();
        grid.visit(&parts[1], |atom| atoms.push(grid.part(atom)));
        assert_eq!(atoms, [image(2..3, 0..4)]);
    }

    #[test]
    fn a_resource_that_nothing_divides_is_one_atom() {
        let shape = Shape::Image { mips: 6, layers: 4, aspects: Aspects::COLOR };
        for parts in [&[][..], &[image(0..6, 0..4)], &[image(0..6, 0..4), image(0..6, 0..4)]] {
            let grid = Grid::split(&shape, parts.iter());
            assert_eq!((grid.len(), grid.part(0)), (1, shape.whole()));
            let mut atoms = Vec::new();
            for part in parts {
                grid.visit(part, |atom| atoms.push(atom));
            }
            assert_eq!(atoms, vec![0; parts.len()]);
        }
    }

    fn joined<T: PartialEq>(mut parts: Vec<(Subresource, T)>) -> Vec<(Subresource, T)> {
        join(&mut parts);
        parts
    }

    #[test]
    fn split_and_joined_again_is_the_whole() {
        let shape = Shape::Image { mips: 5, layers: 3, aspects: Aspects::DEPTH | Aspects::STENCIL };
        let parts = [
            Subresource::Image { aspects: Aspects::DEPTH, mips: 1..2, layers: 0..3 },
            Subresource::Image { aspects: Aspects::STENCIL, mips: 3..5, layers: 1..2 },
        ];
        let grid = Grid::split(&shape, parts.iter());
        assert_eq!(grid.len(), 2 * 4 * 3);
        let atoms = (0..grid.len()).map(|atom| (grid.part(atom), ())).collect();
        assert_eq!(joined(atoms), [(shape.whole(), ())]);
        let bytes = |range| (Subresource::Buffer { bytes: range }, 'a');
        let apart = vec![bytes(8..16), bytes(0..8), bytes(20..24)];
        assert_eq!(joined(apart), [bytes(0..16), bytes(20..24)]);
    }

    #[test]
    fn different_values_stay_apart() {
        let parts = vec![(image(0..1, 0..1), 1), (image(1..2, 0..1), 2), (image(2..3, 0..1), 2)];
        assert_eq!(joined(parts), [(image(0..1, 0..1), 1), (image(1..3, 0..1), 2)]);
    }
}
