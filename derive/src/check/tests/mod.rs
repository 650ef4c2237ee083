//! Whole declarations: what they mean, and what is wrong with them.

mod kinds;
mod mistakes;
mod schedules;
mod suggestions;

use quote::quote;
use syn::DeriveInput;

use crate::check::schedule::Schedule;
use crate::check::system::{Pass, System};
use crate::problems::Problems;
use crate::{attr, check, expand, model};

fn system(input: &DeriveInput) -> (System, Vec<String>) {
    let mut problems = Problems::default();
    let attributes = attr::system::parse(&input.attrs, &mut problems);
    let system = check::system::check(model::system::name(input, attributes), &mut problems);
    // What is left after a mistake can be written out, too.
    assert!(!expand::system::expand(&system).is_empty());
    (system, problems.texts())
}

fn schedule(input: &DeriveInput) -> (Schedule, Vec<String>) {
    let mut problems = Problems::default();
    let attributes = attr::schedule::parse(input, &mut problems);
    let declared = model::schedule::name(input, attributes, &mut problems);
    let schedule = check::schedule::check(declared, &mut problems);
    assert!(!expand::schedule::expand(&schedule).is_empty());
    (schedule, problems.texts())
}

/// The kind of the pass and its usages.
fn sound(input: &DeriveInput) -> String {
    let (system, problems) = system(input);
    assert_eq!(problems, [] as [&str; 0], "{}", quote!(#input));
    system.pass.as_ref().map_or_else(|| "no pass".to_owned(), describe)
}

fn describe(pass: &Pass) -> String {
    let usages = pass.accesses.iter().map(|access| access.usage.spelled()).collect::<Vec<_>>();
    format!("{}: {}", pass.kind.word(), usages.join(", "))
}

/// The first line of each mistake.
fn mistakes(input: &DeriveInput) -> Vec<String> {
    let (_, problems) = system(input);
    problems.iter().map(|problem| problem.lines().next().unwrap_or_default().to_owned()).collect()
}
