//! Which usage an access has: said, or following from the marker's name.

use proc_macro2::Span;
use syn::{Ident, Path};

use crate::check::pass::Decision;
use crate::model::system::{Access, Gpu};
use crate::problems::{Problems, closest, either};
#[cfg(test)]
use crate::spell::spell;
use crate::words::infer::{self, Meaning, Word};
use crate::words::{Direction, Kind, PassKind, usages};

/// A usage to write out.
pub(crate) enum Usage {
    /// A word of the list, and the token that says it.
    Word(String, Span),
    /// A word of the list that follows from the marker's name.
    Inferred { usage: String, marker: Ident },
    /// A path of the user.
    Path(Path),
}

/// Finds the usage of one access; `None` after a mistake.
///
/// Without a decision on the kind of pass, which is a mistake of its own, only what holds for every kind is checked.
pub(crate) fn check(access: &Access, gpu: &Gpu, pass: Option<&Decision>, problems: &mut Problems) -> Option<Usage> {
    match &access.usage {
        Some(path) => match (path.get_ident(), word_of(path)) {
            (Some(word), _) => check_word(word, access, gpu, pass, problems),
            (None, Some(word)) => check_word(word, access, gpu, pass, problems).map(|_| Usage::Path(path.clone())),
            (None, None) => Some(Usage::Path(path.clone())),
        },
        None => infer(access, gpu, pass, problems),
    }
}

/// Returns the word that a usage is: alone, or at the end of a path in a module `usage`. Other paths are the user's own.
pub(crate) fn word_of(path: &Path) -> Option<&Ident> {
    let mut from_end = path.segments.iter().rev().map(|segment| &segment.ident);
    let word = from_end.next()?;
    from_end.next().is_none_or(|module| module == "usage").then_some(word)
}

fn check_word(
    word: &Ident,
    access: &Access,
    gpu: &Gpu,
    pass: Option<&Decision>,
    problems: &mut Problems,
) -> Option<Usage> {
    let fits = Fits { kind: gpu.kind, direction: access.direction, pass: pass.map(|decision| decision.kind) };
    let Some(usage) = usages::find(&word.to_string()) else {
        let names = usages::ALL.iter().map(|usage| usage.name.as_str());
        let help = match closest(&word.to_string(), names) {
            Some(near) => format!("write `{near}`"),
            None => fits.sentence(),
        };
        problems.on(word, format!("no usage `{word}`"), help);
        return None;
    };
    let list = access.direction.list();
    let (message, help) = if !gpu.kind.is_none_or(|kind| usage.kinds.contains(&kind)) {
        (format!("`{word}` is not a usage of {}", gpu.kind.map_or("a resource", Kind::a)), fits.sentence())
    } else if usage.passes.is_empty() {
        let help = "remove it: what the host or a window needs of a resource is said where the resource is made";
        (format!("`{word}` happens outside of passes, so no system declares it"), help.to_owned())
    } else if !usage.directions.contains(&access.direction) {
        let (only, other) = match access.direction {
            Direction::Read => ("writes", "writes"),
            Direction::Write => ("reads", "reads"),
        };
        let help = format!("move the access to `#[{other}(..)]`, or name another usage: {}", fits.sentence());
        (format!("`{word}` only {only}, but stands in `{list}`"), help)
    } else if let Some(decision) = pass.filter(|decision| !usage.is_of(decision.kind)) {
        let Decision { kind, because } = decision;
        let message = format!("`{word}` is not a usage of {}", kind.a());
        (message, format!("a system is one pass, and {because} makes this {}: {}", kind.a(), fits.sentence()))
    } else {
        return Some(Usage::Word(usage.name.clone(), word.span()));
    };
    problems.on(word, message, help);
    None
}

fn infer(access: &Access, gpu: &Gpu, pass: Option<&Decision>, problems: &mut Problems) -> Option<Usage> {
    let spelled = &access.spelled;
    let Some(kind) = gpu.kind else {
        problems.on(
            &access.ty,
            format!("`{spelled}` needs a usage"),
            format!("write `as` and a usage after it, as in `{spelled} as ComputeStorage`; it follows from a name only where `GpuBuffer<..>` or `GpuImage<..>` is written out"),
        );
        return None;
    };
    let Some(marker) = &gpu.marker else {
        problems.on(
            &access.ty,
            format!("`{spelled}` needs a usage: its marker has no name that could say it"),
            format!("write `as` and a usage after it, as in `{spelled} as ComputeStorage`"),
        );
        return None;
    };
    let name = marker.to_string();
    let said = infer::said(&name, kind);
    // The kind of pass is reported as missing; what the name says cannot be judged without it.
    let Decision { kind: pass, .. } = pass?;
    let fits = Fits { kind: Some(kind), direction: access.direction, pass: Some(*pass) };
    let (message, help) = match said.split_first() {
        None => (
            format!("the name `{name}` does not say how {} {} it", pass.a(), verb(access.direction)),
            format!("write a usage, as in {}; {}{}", fits.example(spelled), fits.sentence(), fits.words()),
        ),
        Some((first, others)) => match others.iter().find(|other| other.meaning != first.meaning) {
            Some(other) => (
                format!("the name `{name}` says two usages: `{}` and `{}`", first.text, other.text),
                fits.one_of(&[first, other], spelled),
            ),
            None => match infer::usage(first.meaning, access.direction, *pass) {
                Some(usage) => return Some(Usage::Inferred { usage: usage.to_owned(), marker: marker.clone() }),
                None => no_meaning(first, &name, spelled, &fits),
            },
        },
    };
    problems.on(&access.ty, message, help);
    None
}

/// Says why a word decides nothing for this direction and kind of pass.
fn no_meaning(word: &Word, name: &str, spelled: &str, fits: &Fits) -> (String, String) {
    let pass = fits.pass.map_or("a pass", PassKind::a);
    let text = word.text;
    match (word.meaning, fits.direction) {
        (Meaning::Depth, Direction::Read) if fits.pass == Some(PassKind::Raster) => (
            format!("`{text}` in `{name}` does not say whether {pass} tests against it or samples it"),
            format!("write `{spelled} as DepthStencil`, `as FragmentSampled`, or `as DepthStencilSampled` for both"),
        ),
        (meaning, Direction::Write) if meaning.only_reads() => (
            format!("`{text}` in `{name}` only says how it is read, and {pass} writes it here"),
            format!("write a usage, as in {}; {}", fits.example(spelled), fits.sentence()),
        ),
        (_, direction) => (
            format!("`{text}` in `{name}` does not say how {pass} {} {}", verb(direction), word.kind.a()),
            format!("write a usage, as in {}; {}", fits.example(spelled), fits.sentence()),
        ),
    }
}

const fn verb(direction: Direction) -> &'static str {
    match direction {
        Direction::Read => "reads",
        Direction::Write => "writes",
    }
}

/// The usages that would fit, for suggestions.
struct Fits {
    kind: Option<Kind>,
    direction: Direction,
    pass: Option<PassKind>,
}

impl Fits {
    fn names(&self) -> Vec<&'static str> {
        let fits = usages::ALL.iter().filter(|usage| usage.fits(self.kind, self.direction, self.pass));
        fits.filter(|usage| usage.common).map(|usage| usage.name.as_str()).collect()
    }

    /// ``a compute pass can write an image as `ComputeStorage` or `ComputeStorageWrite` ``
    fn sentence(&self) -> String {
        if self.pass.is_none() {
            return "`fencewright_graphics::usage` lists the usages".to_owned();
        }
        let verb = match self.direction {
            Direction::Read => "read",
            Direction::Write => "write",
        };
        let (pass, kind) = (self.pass.map_or("a pass", PassKind::a), self.kind.map_or("a resource", Kind::a));
        match self.names().as_slice() {
            [] => format!("{pass} cannot {verb} {kind}"),
            names => format!("{pass} can {verb} {kind} as {}", either(names)),
        }
    }

    /// The access with the first usage that fits.
    fn example(&self, spelled: &str) -> String {
        format!("`{spelled} as {}`", self.names().first().copied().unwrap_or("ComputeStorage"))
    }

    /// Offers what each of several words means here.
    fn one_of(&self, words: &[&Word], spelled: &str) -> String {
        let usage = |word: &&Word| infer::usage(word.meaning, self.direction, self.pass?);
        let usages: Vec<String> = words.iter().filter_map(usage).map(|usage| format!("{spelled} as {usage}")).collect();
        match usages.as_slice() {
            [] => format!("write a usage, as in {}; {}", self.example(spelled), self.sentence()),
            usages => format!("write the one that is meant: {}", either(usages)),
        }
    }

    /// The words that would say a usage in a marker's name.
    fn words(&self) -> String {
        let Some((kind, pass)) = self.kind.zip(self.pass) else { return String::new() };
        let words: Vec<&str> = infer::WORDS
            .iter()
            .filter(|word| word.kind == kind && infer::usage(word.meaning, self.direction, pass).is_some())
            .map(|word| word.text)
            .collect();
        if words.is_empty() { String::new() } else { format!("; in a marker's name, {} would say it", either(&words)) }
    }
}

impl Usage {
    /// Spells the usage, for tests.
    #[cfg(test)]
    pub(crate) fn spelled(&self) -> String {
        match self {
            Self::Word(usage, _) | Self::Inferred { usage, .. } => usage.clone(),
            Self::Path(path) => spell(path),
        }
    }
}
