//! The attributes of a system.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, Path};

use crate::attr::list::{self, Access};
use crate::problems::{Problems, closest, either, error};
use crate::words::PassKind;

/// The attributes of one system, as written.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) reads: Vec<Access>,
    pub(crate) writes: Vec<Access>,
    pub(crate) pass: Option<(PassKind, Span)>,
    pub(crate) queue: Option<(Queue, Span)>,
    pub(crate) core: Option<Path>,
    pub(crate) graphics: Option<Path>,
}

/// Where a pass would like to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    Graphics,
    Compute,
    Transfer,
}

impl Queue {
    const ALL: [Self; 3] = [Self::Graphics, Self::Compute, Self::Transfer];

    /// Returns the word in `#[queue(..)]`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Graphics => "graphics",
            Self::Compute => "compute",
            Self::Transfer => "transfer",
        }
    }

    /// Returns the name of the variant in the graphics crate.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::Graphics => "Graphics",
            Self::Compute => "Compute",
            Self::Transfer => "Transfer",
        }
    }
}

/// Parses the attributes of a system; others are left to their owners.
pub(crate) fn parse(attributes: &[Attribute], problems: &mut Problems) -> Attributes {
    let mut parsed = Attributes::default();
    let mut seen: Vec<&str> = Vec::new();
    for attribute in attributes {
        let Some(name) =
            ["reads", "writes", "pass", "queue", "system"].into_iter().find(|name| attribute.path().is_ident(name))
        else {
            continue;
        };
        if seen.contains(&name) {
            problems.on(
                attribute.path(),
                format!("`#[{name}(..)]` is given twice"),
                format!("put everything into the first `#[{name}(..)]`"),
            );
        }
        seen.push(name);
        let result = match name {
            "reads" => parse_list(attribute, &mut parsed.reads, problems),
            "writes" => parse_list(attribute, &mut parsed.writes, problems),
            "pass" => parse_word(attribute, &PassKind::ALL, PassKind::word).map(|word| parsed.pass = Some(word)),
            "queue" => parse_word(attribute, &Queue::ALL, Queue::word).map(|word| parsed.queue = Some(word)),
            _ => parse_paths(attribute, &mut parsed),
        };
        if let Err(error) = result {
            problems.push(error);
        }
    }
    parsed
}

fn parse_list(attribute: &Attribute, into: &mut Vec<Access>, problems: &mut Problems) -> syn::Result<()> {
    attribute.meta.require_list()?;
    into.extend(attribute.parse_args_with(|input: ParseStream<'_>| Ok(list::parse(input, problems)))?);
    Ok(())
}

/// Parses the one word of `#[pass(..)]` or `#[queue(..)]`.
fn parse_word<T: Copy>(attribute: &Attribute, all: &[T], word: fn(T) -> &'static str) -> syn::Result<(T, Span)> {
    let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
    let name = attribute.path().require_ident()?;
    let expected = format!("`#[{name}(..)]` takes one of {}", either(&words));
    let ident: Ident = attribute.parse_args().map_err(|problem| error(problem.span(), &expected, ""))?;
    let found = all.iter().find(|value| ident == word(**value));
    found.map(|value| (*value, ident.span())).ok_or_else(|| {
        let help = closest(&ident.to_string(), words.iter().copied()).map(|near| format!("write `{near}`"));
        error(ident.span(), format!("no {name} `{ident}`: {expected}"), help.unwrap_or_default())
    })
}

/// Parses `#[system(crate = path, graphics = path)]`.
fn parse_paths(attribute: &Attribute, parsed: &mut Attributes) -> syn::Result<()> {
    attribute.parse_nested_meta(|meta| {
        let slot = if meta.path.is_ident("crate") {
            &mut parsed.core
        } else if meta.path.is_ident("graphics") {
            &mut parsed.graphics
        } else {
            let help = "`#[system(..)]` takes `crate = path` and `graphics = path`";
            return Err(syn::Error::new_spanned(
                &meta.path,
                format!("unknown key `{}`\nhelp: {help}", crate::spell::spell(&meta.path)),
            ));
        };
        if slot.is_some() {
            return Err(meta.error("this key is given twice"));
        }
        *slot = Some(meta.value()?.call(Path::parse_mod_style)?);
        Ok(())
    })
}
