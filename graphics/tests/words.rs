//! The derives know the usages by a list of their own, since they know no runtime crate: it must be the table's.
#![forbid(unsafe_code)]

use fencewright_graphics::PassKind;
use fencewright_graphics::usage::{self, UsageRow};

/// What a declaration needs to know of one usage.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::struct_excessive_bools, reason = "the columns of a table")]
struct Known<'a> {
    name: &'a str,
    buffer: bool,
    image: bool,
    read: bool,
    write: bool,
    passes: Vec<String>,
}

fn of_row(row: &UsageRow) -> Known<'_> {
    Known {
        name: row.name,
        buffer: row.buffer.is_some(),
        image: row.image.is_some(),
        read: row.read.is_some(),
        write: row.write.is_some(),
        passes: row.passes.iter().map(|pass| format!("{pass:?}")).collect(),
    }
}

#[test]
fn the_derives_know_the_usages_of_the_table() {
    let (usages, _) = fencewright_derive::__usage_words!();
    let known = usages.iter().map(|&(name, buffer, image, read, write, passes)| {
        let passes = passes.iter().map(|pass| (*pass).to_owned()).collect();
        Known { name, buffer, image, read, write, passes }
    });
    let mut known: Vec<_> = known.collect();
    let mut table: Vec<_> = usage::ALL.iter().map(|row| of_row(row)).collect();
    known.sort();
    table.sort();
    assert_eq!(known, table);
}

#[test]
fn what_a_name_says_is_a_usage_that_fits() {
    let (_, inferred) = fencewright_derive::__usage_words!();
    for &(word, image, write, pass, name) in inferred {
        let Some(name) = name else { continue };
        let row = usage::by_name(name).unwrap_or_else(|| panic!("`{word}` says `{name}`, which is no usage"));
        let said = format!("{word} (image: {image}, write: {write}, {pass}) is {name}");
        assert!(if image { row.image.is_some() } else { row.buffer.is_some() }, "{said}");
        assert!(if write { row.write.is_some() } else { row.read.is_some() }, "{said}");
        assert!(row.passes.iter().any(|kind: &PassKind| format!("{kind:?}") == pass), "{said}");
    }
}
