//! Which kind of pass a system is: said, or decided by its usages.

use proc_macro2::Span;
use syn::Ident;

use crate::check::usage::word_of;
use crate::model::system::{Access, Gpu};
use crate::problems::{Problems, either};
use crate::words::infer::{self, Meaning};
use crate::words::{Direction, PassKind, usages};

/// The kind of a pass, and what decided it.
pub(crate) struct Decision {
    pub(crate) kind: PassKind,
    /// What decided it, for a sentence: `` `#[pass(raster)]` ``.
    pub(crate) because: String,
}

/// Decides the kind of a pass; `None` after a mistake.
///
/// `#[pass(..)]` decides; then a usage that only one kind of pass has; then an attachment that is written; then a
/// staging buffer, or a system that only writes, which copies.
pub(crate) fn decide(
    system: &Ident,
    said: Option<(PassKind, Span)>,
    accesses: &[(&Access, &Gpu)],
    problems: &mut Problems,
) -> Option<Decision> {
    if let Some((kind, _)) = said {
        return Some(Decision { kind, because: format!("`#[pass({})]`", kind.word()) });
    }
    let decided = by_usage(accesses).or_else(|| by_attachment(accesses)).or_else(|| by_copying(accesses));
    // A word that is no usage may be a slip in the one that would have decided; it is reported where it stands.
    if decided.is_none() && !accesses.iter().any(|(access, _)| names_no_usage(access)) {
        report_undecided(system, accesses, problems);
    }
    decided
}

/// The first explicit usage that only one kind of pass has.
fn by_usage(accesses: &[(&Access, &Gpu)]) -> Option<Decision> {
    accesses.iter().find_map(|(access, _)| {
        let word = word_of(access.usage.as_ref()?)?;
        match usages::find(&word.to_string())?.passes {
            [kind] => Some(Decision { kind: *kind, because: format!("`as {word}`") }),
            _ => None,
        }
    })
}

/// The first image whose name says that it is rendered into.
fn by_attachment(accesses: &[(&Access, &Gpu)]) -> Option<Decision> {
    let writes = accesses.iter().filter(|(access, _)| access.direction == Direction::Write);
    writes.into_iter().find_map(|(access, gpu)| {
        meaning(access, gpu)?
            .is_attachment()
            .then(|| Decision { kind: PassKind::Raster, because: format!("writing `{}`", access.spelled) })
    })
}

/// A staging buffer is only copied; and what is only written, is copied to.
fn by_copying(accesses: &[(&Access, &Gpu)]) -> Option<Decision> {
    let copies = |because| Decision { kind: PassKind::Transfer, because };
    let staging = accesses.iter().find(|(access, gpu)| meaning(access, gpu) == Some(Meaning::Staging));
    if let Some((access, _)) = staging {
        return Some(copies(format!("`{}`", access.spelled)));
    }
    let only_writes = accesses.iter().all(|(access, _)| access.direction == Direction::Write && access.usage.is_none());
    only_writes.then(|| copies("that it only writes".to_owned()))
}

fn names_no_usage(access: &Access) -> bool {
    let word = access.usage.as_ref().and_then(word_of);
    word.is_some_and(|word| usages::find(&word.to_string()).is_none_or(|usage| usage.passes.is_empty()))
}

/// What the marker's name says, where the usage is left to it and it says one thing.
fn meaning(access: &Access, gpu: &Gpu) -> Option<Meaning> {
    if access.usage.is_some() {
        return None;
    }
    let said = infer::said(&gpu.marker.as_ref()?.to_string(), gpu.kind?);
    let (first, others) = said.split_first()?;
    others.iter().all(|word| word.meaning == first.meaning).then_some(first.meaning)
}

/// The kinds of pass that every access allows.
fn candidates(accesses: &[(&Access, &Gpu)]) -> Vec<PassKind> {
    let allows = |(access, gpu): &(&Access, &Gpu), pass: PassKind| match &access.usage {
        Some(path) => word_of(path)
            .and_then(|word| usages::find(&word.to_string()))
            .is_none_or(|usage| usage.passes.contains(&pass)),
        None => meaning(access, gpu).is_none_or(|meaning| infer::usage(meaning, access.direction, pass).is_some()),
    };
    PassKind::KNOWN.into_iter().filter(|pass| accesses.iter().all(|access| allows(access, *pass))).collect()
}

fn report_undecided(system: &Ident, accesses: &[(&Access, &Gpu)], problems: &mut Problems) {
    let candidates = candidates(accesses);
    let words: Vec<String> = candidates.iter().map(|kind| format!("#[pass({})]", kind.word())).collect();
    let help = match words.as_slice() {
        [] => "they fit no kind of pass together: split it into two systems".to_owned(),
        words => format!("write {} on `{system}`", either(words)),
    };
    problems.on(system, format!("the usages of `{system}` do not say which kind of pass it is"), help);
}
