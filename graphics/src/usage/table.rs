//! The whole table, put together from the families.

use crate::usage::row::UsageRow;
use crate::usage::{attachment, extension, input, outside, ray_tracing, shader, transfer};

const FAMILIES: &[&[&UsageRow]] =
    &[input::ROWS, shader::ROWS, attachment::ROWS, transfer::ROWS, ray_tracing::ROWS, extension::ROWS, outside::ROWS];

const LEN: usize = {
    let (mut len, mut family) = (0, 0);
    while family < FAMILIES.len() {
        len += FAMILIES[family].len();
        family += 1;
    }
    len
};

/// Lists every usage, family by family.
pub const ALL: &[&UsageRow] = &{
    let mut all = [input::ROWS[0]; LEN];
    let (mut next, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut row = 0;
        while row < FAMILIES[family].len() {
            all[next] = FAMILIES[family][row];
            next += 1;
            row += 1;
        }
        family += 1;
    }
    all
};

/// Finds the usage with this name.
pub fn by_name(name: &str) -> Option<&'static UsageRow> {
    ALL.iter().copied().find(|row| row.name == name)
}
