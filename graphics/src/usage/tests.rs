//! Walks the table row by row.

use crate::usage::{ALL, ComputeStorage, by_name};

#[test]
fn names_are_unique_and_found() {
    for row in ALL {
        assert_eq!(ALL.iter().filter(|other| other.name == row.name).count(), 1, "{}", row.name);
        assert!(std::ptr::eq(by_name(row.name).expect("a row of the table"), *row));
    }
    assert_eq!(by_name("ComputeStorage"), Some(ComputeStorage::ROW));
    assert_eq!(by_name("computestorage"), None);
}
