//! The rules of the brackets after a GPU resource: `[mip = self.level, layer = 2]`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, ExprLit, Ident, Lit, RangeLimits};

use crate::model::system::{Access, Gpu};
use crate::problems::{Problems, closest, either};
use crate::words::Kind;

/// One part.
pub(crate) struct Part {
    pub(crate) name: Ident,
    pub(crate) value: Value,
    /// Whether only a value of the system knows it.
    pub(crate) uses_self: bool,
}

/// The value of a part.
pub(crate) enum Value {
    /// A Rust expression.
    Expr(Expr),
    /// An aspect by its word.
    Aspect(Ident),
}

/// The parts, and the kind of resource that has them.
const NAMES: [(&str, Option<Kind>); 5] = [
    ("mip", Some(Kind::Image)),
    ("layer", Some(Kind::Image)),
    ("aspect", Some(Kind::Image)),
    ("bytes", Some(Kind::Buffer)),
    ("instance", None),
];

const ASPECTS: [&str; 3] = ["Color", "Depth", "Stencil"];

/// Checks the parts of one access; `None` after a mistake.
pub(crate) fn check(access: &Access, gpu: &Gpu, problems: &mut Problems) -> Option<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    for part in &access.parts {
        let value = match check_name(&part.name, gpu.kind, &parts) {
            Ok(()) => check_value(&part.name, &part.value),
            Err(problem) => Err(problem),
        };
        match value {
            Ok(value) => {
                let uses_self = mentions_self(part.value.to_token_stream());
                parts.push(Part { name: part.name.clone(), value, uses_self });
            }
            Err((message, help)) => problems.on(&part.name, message, help),
        }
    }
    (parts.len() == access.parts.len()).then_some(parts)
}

type Problem = (String, String);

fn check_name(name: &Ident, kind: Option<Kind>, before: &[Part]) -> Result<(), Problem> {
    let Some((_, of)) = NAMES.iter().find(|(known, _)| name == known) else {
        let fitting: Vec<&str> = NAMES
            .iter()
            .filter(|(_, of)| of.is_none() || kind.is_none() || *of == kind)
            .map(|(name, _)| *name)
            .collect();
        let help = match closest(&name.to_string(), fitting.iter().copied()) {
            Some(near) => format!("write `{near}`"),
            None => format!(
                "the parts of {} are {}",
                kind.map_or("a resource", Kind::a),
                either(&fitting).replace(" or ", " and ")
            ),
        };
        return Err((format!("no part `{name}`"), help));
    };
    if let (Some(of), Some(kind)) = (of, kind)
        && *of != kind
    {
        let help = match kind {
            Kind::Buffer => "the part of a buffer is a range of `bytes`, as in `[bytes = 0..256]`",
            Kind::Image => "the parts of an image are `mip`, `layer` and `aspect`, as in `[mip = 0..4]`",
        };
        return Err((format!("{} has no `{name}`", kind.a()), help.to_owned()));
    }
    if before.iter().any(|part| part.name == *name) {
        return Err((format!("`{name}` is given twice"), format!("a range selects several, as in `{name} = 0..4`")));
    }
    Ok(())
}

fn check_value(name: &Ident, value: &Expr) -> Result<Value, Problem> {
    if name == "aspect"
        && let Expr::Path(path) = value
        && let Some(word) = path.path.get_ident()
        && let Some(aspect) = ASPECTS.iter().find(|aspect| aspect.eq_ignore_ascii_case(&word.to_string()))
    {
        return if word == aspect {
            Ok(Value::Aspect(word.clone()))
        } else {
            Err((format!("no aspect `{word}`"), format!("write `{aspect}`")))
        };
    }
    if let Some((start, end)) = literal_range(value)
        && start >= end
    {
        return Err((
            format!("`{name}` selects nothing"),
            "a range is half-open: `0..1` is the first alone".to_owned(),
        ));
    }
    Ok(Value::Expr(value.clone()))
}

/// Returns the half-open range that two literals make.
fn literal_range(value: &Expr) -> Option<(u128, u128)> {
    let Expr::Range(range) = value else { return None };
    let (start, end) = (literal(range.start.as_deref()?)?, literal(range.end.as_deref()?)?);
    match range.limits {
        RangeLimits::HalfOpen(_) => Some((start, end)),
        RangeLimits::Closed(_) => Some((start, end.saturating_add(1))),
    }
}

fn literal(value: &Expr) -> Option<u128> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
        _ => None,
    }
}

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions_self(group.stream()),
        TokenTree::Ident(ident) => ident == "self",
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
