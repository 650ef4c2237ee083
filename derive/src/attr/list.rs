//! The list of `#[reads(..)]` and `#[writes(..)]`.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, Path, Result, Token, Type, bracketed, token};

use crate::problems::{Problems, error};
use crate::spell::spell;

/// One access, as written.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) modifiers: Vec<(Modifier, Span)>,
    pub(crate) ty: Type,
    pub(crate) parts: Vec<Part>,
    pub(crate) usage: Option<Path>,
}

/// A word before the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Modifier {
    Discard,
    Concurrent,
}

/// `name = value` in the brackets after the type.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: Ident,
    pub(crate) value: Expr,
}

impl Modifier {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Discard => "discard",
            Self::Concurrent => "concurrent",
        }
    }

    fn of(ident: &Ident) -> Option<Self> {
        [Self::Discard, Self::Concurrent].into_iter().find(|modifier| ident == modifier.word())
    }
}

/// Parses a list. A mistake ends one access, not the list.
pub(crate) fn parse(input: ParseStream<'_>, problems: &mut Problems) -> Vec<Access> {
    let mut accesses = Vec::new();
    while !input.is_empty() {
        let rest = input.fork();
        skip_access(&rest);
        match input.parse().and_then(|access| end(input).map(|()| access)) {
            Ok(access) => accesses.push(access),
            Err(error) => problems.push(error),
        }
        syn::parse::discouraged::Speculative::advance_to(input, &rest);
    }
    accesses
}

/// Accepts what may follow an access: a comma, or the end.
fn end(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
    }
    if input.peek(token::Bracket) {
        return Err(error(
            input.span(),
            "the parts of a resource stand before its usage",
            "as in `GpuImage<Bloom>[mip = 1] as ComputeStorage`",
        ));
    }
    let next: TokenTree = input.parse()?;
    if let TokenTree::Ident(ident) = &next
        && let Some(modifier) = Modifier::of(ident)
    {
        let word = modifier.word();
        return Err(error(
            ident.span(),
            format!("`{word}` stands before the resource"),
            format!("as in `{word} GpuImage<Bloom>`"),
        ));
    }
    Err(error(
        next.span(),
        format!("expected `,`, `[..]` or `as`, found `{}`", spell(&next)),
        "an access is a type, then its parts in brackets, then `as` and a usage; commas stand between accesses",
    ))
}

/// Moves past the next comma that is in no brackets.
fn skip_access(input: ParseStream<'_>) {
    let mut angles = 0_usize;
    let mut last = ' ';
    while let Ok(token) = input.parse::<TokenTree>() {
        let TokenTree::Punct(punct) = token else {
            last = ' ';
            continue;
        };
        match punct.as_char() {
            ',' if angles == 0 => return,
            '<' => angles += 1,
            '>' if last != '-' => angles = angles.saturating_sub(1),
            _ => {}
        }
        last = punct.as_char();
    }
}

impl Parse for Access {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut modifiers = Vec::new();
        while let Some(modifier) = parse_modifier(input)? {
            modifiers.push(modifier);
        }
        Ok(Self { modifiers, ty: parse_type(input)?, parts: parse_parts(input)?, usage: parse_usage(input)? })
    }
}

/// Takes a word before the type. The word always wins: a module of that name is `self::discard`.
fn parse_modifier(input: ParseStream<'_>) -> Result<Option<(Modifier, Span)>> {
    let Ok(ident) = input.fork().call(Ident::parse_any) else { return Ok(None) };
    let Some(modifier) = Modifier::of(&ident) else { return Ok(None) };
    input.call(Ident::parse_any)?;
    if input.is_empty() || input.peek(Token![,]) || input.peek(Token![as]) || input.peek(token::Bracket) {
        let word = modifier.word();
        return Err(error(
            ident.span(),
            format!("`{word}` says how a resource is written, and none follows it"),
            format!("as in `{word} GpuImage<Bloom>`"),
        ));
    }
    Ok(Some((modifier, ident.span())))
}

fn parse_type(input: ParseStream<'_>) -> Result<Type> {
    let (at, rest) = (input.span(), input.fork());
    Type::without_plus(input).map_err(|_| {
        let found = rest.parse::<TokenStream>().unwrap_or_default().into_iter().next();
        let found = found.map_or_else(String::new, |token| format!(", found `{}`", spell(token)));
        error(at, format!("expected a type{found}"), "as in `Position`, or in `GpuBuffer<VertexData>`")
    })
}

fn parse_parts(input: ParseStream<'_>) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    if input.peek(token::Bracket) {
        let list;
        bracketed!(list in input);
        while !list.is_empty() {
            let name = list.call(Ident::parse_any)?;
            list.parse::<Token![=]>()?;
            parts.push(Part { name, value: list.parse()? });
            if !list.is_empty() {
                list.parse::<Token![,]>()?;
            }
        }
    }
    Ok(parts)
}

fn parse_usage(input: ParseStream<'_>) -> Result<Option<Path>> {
    if !input.peek(Token![as]) {
        return Ok(None);
    }
    input.parse::<Token![as]>()?;
    let at = input.span();
    input.parse().map(Some).map_err(|_| error(at, "expected a usage after `as`", "as in `as ComputeStorage`"))
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser;

    use super::*;

    fn parsed(list: &str) -> (Vec<String>, Vec<String>) {
        let mut problems = Problems::default();
        let parser = |input: ParseStream<'_>| Ok(parse(input, &mut problems));
        let accesses = parser.parse_str(list).expect("mistakes are problems, not errors");
        let accesses = accesses.iter().map(|access| {
            let mut words: Vec<String> =
                access.modifiers.iter().map(|(modifier, _)| modifier.word().to_owned()).collect();
            words.push(spell(&access.ty));
            let parts: Vec<String> =
                access.parts.iter().map(|part| format!("{}:{}", part.name, spell(&part.value))).collect();
            let usage = access.usage.as_ref().map_or_else(String::new, spell);
            format!("{}[{}]{usage}", words.join(" "), parts.join(";"))
        });
        (accesses.collect(), problems.texts())
    }

    #[test]
    fn the_whole_grammar_parses() {
        for (list, expected) in [
            ("", vec![]),
            ("Time", vec!["Time[]"]),
            ("Time, crate::Position,", vec!["Time[]", "crate::Position[]"]),
            ("GpuBuffer<A> as ComputeStorage", vec!["GpuBuffer<A>[]ComputeStorage"]),
            ("GpuBuffer<A> as usage::ComputeStorage", vec!["GpuBuffer<A>[]usage::ComputeStorage"]),
            ("discard GpuImage<A>", vec!["discard GpuImage<A>[]"]),
            ("discard concurrent ::a::B as C", vec!["discard concurrent ::a::B[]C"]),
            ("discard <A as B>::C", vec!["discard <A as B>::C[]"]),
            ("self::discard::A", vec!["self::discard::A[]"]),
            (
                "GpuImage<A>[mip = self.level + 1, layer = 0..4,] as C",
                vec!["GpuImage<A>[mip:self.level + 1;layer:0..4]C"],
            ),
            ("A[bytes = .., instance = { 1 }], B", vec!["A[bytes:..;instance:{ 1 }]", "B[]"]),
            ("HashMap<A, B>, fn(A, B) -> C, D", vec!["HashMap<A, B>[]", "fn(A, B) -> C[]", "D[]"]),
            ("Prev<GpuImage<A>>", vec!["Prev<GpuImage<A>>[]"]),
        ] {
            assert_eq!(parsed(list), (expected.iter().map(|text| (*text).to_owned()).collect(), vec![]), "{list}");
        }
    }

    #[test]
    fn a_mistake_ends_one_access_and_not_the_list() {
        for (list, rest, problem) in [
            ("A B, HashMap<C, D>", vec!["HashMap<C, D>[]"], "expected `,`, `[..]` or `as`, found `B`"),
            ("\"A\", B", vec!["B[]"], "expected a type, found `\"A\"`"),
            ("A as, B", vec!["B[]"], "expected a usage after `as`"),
            ("A as C[mip = 1], B", vec!["B[]"], "the parts of a resource stand before its usage"),
            ("A discard, B", vec!["B[]"], "`discard` stands before the resource"),
            ("discard, B", vec!["B[]"], "`discard` says how a resource is written, and none follows it"),
            ("A[mip], B", vec!["B[]"], "expected `=`"),
        ] {
            let (accesses, problems) = parsed(list);
            assert_eq!(accesses, rest, "{list}");
            assert_eq!(problems.len(), 1, "{list}");
            assert!(problems[0].starts_with(problem), "{list}: {}", problems[0]);
        }
    }
}
