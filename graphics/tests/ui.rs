//! What does not compile, and what the compiler says then: one mistake a file.

#[test]
fn mistakes_are_explained_where_they_are_made() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("tests/ui/*.rs");
    #[cfg(feature = "device")]
    tests.compile_fail("tests/ui/device/*.rs");
}
