//! Joins neighbouring parts of a resource again, for reports and barriers.

use super::stream::Part;

/// Joins parts that together are one range: bytes; then layers, mip levels, aspects.
pub(super) fn parts(mut parts: Vec<Part>) -> Vec<Part> {
    for merge in [bytes, layers, mips, aspects] {
        let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts {
            match joined.iter_mut().find_map(|one| merge(one, &part).map(|both| (one, both))) {
                Some((one, both)) => *one = both,
                None => joined.push(part),
            }
        }
        parts = joined;
    }
    parts
}

fn bytes(one: &Part, other: &Part) -> Option<Part> {
    match (one, other) {
        (Part::Bytes(one), Part::Bytes(other)) if one.end == other.start => Some(Part::Bytes(one.start..other.end)),
        _ => None,
    }
}

fn layers(one: &Part, other: &Part) -> Option<Part> {
    let (Part::Texels { aspects, mips, layers }, Part::Texels { aspects: a, mips: m, layers: l }) = (one, other) else {
        return None;
    };
    let joins = aspects == a && mips == m && layers.end == l.start;
    joins.then(|| Part::Texels { aspects: *aspects, mips: mips.clone(), layers: layers.start..l.end })
}

fn mips(one: &Part, other: &Part) -> Option<Part> {
    let (Part::Texels { aspects, mips, layers }, Part::Texels { aspects: a, mips: m, layers: l }) = (one, other) else {
        return None;
    };
    let joins = aspects == a && layers == l && mips.end == m.start;
    joins.then(|| Part::Texels { aspects: *aspects, mips: mips.start..m.end, layers: layers.clone() })
}

fn aspects(one: &Part, other: &Part) -> Option<Part> {
    let (Part::Texels { aspects, mips, layers }, Part::Texels { aspects: a, mips: m, layers: l }) = (one, other) else {
        return None;
    };
    let joins = mips == m && layers == l;
    joins.then(|| Part::Texels { aspects: *aspects | *a, mips: mips.clone(), layers: layers.clone() })
}
