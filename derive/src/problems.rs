//! The mistakes found in one derive: all are reported, in the order of the source.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Collects mistakes.
#[derive(Default)]
pub(crate) struct Problems(Option<syn::Error>);

impl Problems {
    /// Adds a mistake that `syn` found.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Adds a mistake, and what to do about it, at all of `tokens`.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl AsRef<str>, help: impl AsRef<str>) {
        self.push(syn::Error::new_spanned(tokens, text(message.as_ref(), help.as_ref())));
    }

    /// Adds a mistake, and what to do about it, at `span`.
    pub(crate) fn at(&mut self, span: Span, message: impl AsRef<str>, help: impl AsRef<str>) {
        self.push(error(span, message, help));
    }

    /// Returns the mistakes as compile errors, followed by `code`.
    pub(crate) fn before(self, code: TokenStream) -> TokenStream {
        let mut tokens = self.0.map(syn::Error::into_compile_error).unwrap_or_default();
        tokens.extend(code);
        tokens
    }

    /// Returns the texts of the mistakes.
    #[cfg(test)]
    pub(crate) fn texts(self) -> Vec<String> {
        self.0.into_iter().flatten().map(|error| error.to_string()).collect()
    }
}

/// Makes a mistake with its help.
pub(crate) fn error(span: Span, message: impl AsRef<str>, help: impl AsRef<str>) -> syn::Error {
    syn::Error::new(span, text(message.as_ref(), help.as_ref()))
}

fn text(message: &str, help: &str) -> String {
    if help.is_empty() { message.to_owned() } else { format!("{message}\nhelp: {help}") }
}

/// Joins names for a sentence: `` `a`, `b` or `c` ``.
pub(crate) fn either(names: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// Returns the name that `wrong` is most likely a slip of, if one is near.
pub(crate) fn closest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    // Words that are made of the same words, as usages are, are near each other without being slips.
    let near = (wrong.chars().count() / 3 + 1).min(3);
    names
        .into_iter()
        .map(|name| (distance(&wrong, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= near)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Counts the letters to insert, remove or replace between two words.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = line;
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word() {
        assert_eq!(closest("reder", ["upload", "render", "present"]), Some("render"));
        assert_eq!(closest("computestorage", ["ComputeStorage", "ComputeStorageWrite"]), Some("ComputeStorage"));
        assert_eq!(closest("physics", ["upload", "render"]), None);
        assert_eq!(closest("VertexBuffer", ["VertexUniform", "VertexAttribute"]), None);
    }

    #[test]
    fn names_read_as_a_sentence() {
        assert_eq!(either(&["a"]), "`a`");
        assert_eq!(either(&["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(either(&[] as &[&str]), "");
    }
}
