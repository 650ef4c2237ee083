//! What is wrong with the GPU accesses of one system, as far as the compiler cannot see it.

use fencewright::Failure;

use crate::declare::access::{Access, AccessInfo};
use crate::declare::error::{DeclarationError, Declared};
use crate::declare::part::{Bytes, Layers, Mips, Part};
use crate::declare::pass::PassInfo;
use crate::resource::ResourceKind;

/// Checks that no usage follows from a name that only stands for the marker's own, as a renamed import does.
pub(super) fn names(pass: &PassInfo) -> Result<(), Failure> {
    for access in pass.accesses {
        let marker = (access.key.marker)();
        if let Some(name) = access.inferred.filter(|name| *name != own_name(marker)) {
            let (resource, usage) = (access.key.spelled, access.usage.name);
            return fail(access, DeclarationError::Disguised { resource, name, marker, usage });
        }
    }
    Ok(())
}

/// Checks the parts that a system value declares, one for each access.
pub(super) fn parts(pass: &PassInfo, parts: &[Part]) -> Result<(), Failure> {
    if parts.len() != pass.accesses.len() {
        return Err(DeclarationError::Count { parts: parts.len(), accesses: pass.accesses.len() }.into());
    }
    let declared: Vec<(&AccessInfo, &Part)> = pass.accesses.iter().zip(parts).collect();
    for &(access, part) in &declared {
        kind_has(access, part)?;
        selects_something(access, part)?;
    }
    for (index, &second) in declared.iter().enumerate() {
        for &first in &declared[..index] {
            apart(first, second)?;
        }
    }
    Ok(())
}

/// Checks that the resource has the parts that are selected; behind an alias, only the value knows.
fn kind_has(access: &AccessInfo, part: &Part) -> Result<(), Failure> {
    let (kind, instead, foreign) = match access.key.kind {
        ResourceKind::Buffer => {
            let foreign = [
                ("mip", part.mips != Mips::ALL),
                ("layer", part.layers != Layers::ALL),
                ("aspect", part.aspect.is_some()),
            ];
            ("a buffer", "`bytes`", foreign.into_iter().find(|(_, selected)| *selected))
        }
        ResourceKind::Image => {
            let foreign = (part.bytes != Bytes::ALL).then_some(("bytes", true));
            ("an image", "`mip`, `layer` or `aspect`", foreign)
        }
    };
    match foreign {
        Some((part, _)) => {
            let resource = access.key.spelled;
            fail(access, DeclarationError::PartOfOtherKind { resource, kind, part, instead })
        }
        None => Ok(()),
    }
}

fn selects_something(access: &AccessInfo, part: &Part) -> Result<(), Failure> {
    let Part { mips, layers, bytes, .. } = *part;
    let wide = |end: Option<u32>| end.map(u64::from);
    let empty = [
        ("mip", mips.is_empty(), mips.start.into(), wide(mips.end)),
        ("layer", layers.is_empty(), layers.start.into(), wide(layers.end)),
        ("bytes", bytes.is_empty(), bytes.start, bytes.end),
    ];
    match empty.into_iter().find(|(_, is_empty, ..)| *is_empty) {
        Some((part, _, start, end)) => {
            let resource = access.key.spelled;
            fail(access, DeclarationError::Empty { resource, part, start, end: end.unwrap_or_default() })
        }
        None => Ok(()),
    }
}

/// Checks that two accesses of one pass need no order: nothing could make it.
fn apart(
    (first, first_part): (&AccessInfo, &Part),
    (second, second_part): (&AccessInfo, &Part),
) -> Result<(), Failure> {
    let same = first.key.id == second.key.id && first.previous == second.previous;
    let ordered = first.access == Access::Write || second.access == Access::Write;
    let concurrent = first.concurrent && second.concurrent;
    if !same || !ordered || concurrent || !first_part.overlaps(second_part) {
        return Ok(());
    }
    let declared = |info: &AccessInfo| Declared { access: info.access, usage: info.usage.name, at: info.at };
    let error =
        DeclarationError::Overlap { resource: second.key.spelled, first: declared(first), second: declared(second) };
    fail(second, error)
}

fn fail(access: &AccessInfo, error: DeclarationError) -> Result<(), Failure> {
    Err(Failure::at_place(error, access.at))
}

/// Returns the last segment of a type's full name, without its generics.
fn own_name(full: &str) -> &str {
    let path = full.split('<').next().unwrap_or(full);
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::own_name;

    #[test]
    fn a_full_name_ends_in_the_types_own() {
        assert_eq!(own_name("app::scene::VertexData"), "VertexData");
        assert_eq!(own_name("app::Level<app::storage::Depth, 3>"), "Level");
        assert_eq!(own_name("u32"), "u32");
        assert_eq!(own_name(std::any::type_name::<Vec<std::time::Duration>>()), "Vec");
    }
}
