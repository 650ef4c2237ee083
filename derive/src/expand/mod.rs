//! Writes the checked declarations out as impls. Every rule was applied before; nothing is decided here.
//!
//! What is about one token of the user has the span of that token, so that the compiler's own errors point at it.

pub(crate) mod auto_barriers;
mod gpu;
pub(crate) mod schedule;
pub(crate) mod system;
pub(crate) mod words;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Generics, Path, parse_quote};

/// Returns a path with every token at `span`.
fn path_at(path: &Path, span: Span) -> TokenStream {
    fn at(tokens: TokenStream, span: Span) -> TokenStream {
        tokens
            .into_iter()
            .map(|token| match token {
                TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), at(group.stream(), span))),
                mut other => {
                    // The names still mean what they mean where the user, or this crate, wrote them.
                    other.set_span(other.span().located_at(span));
                    other
                }
            })
            .collect()
    }
    at(path.to_token_stream(), span)
}

/// Adds `T: 'static` for each type parameter: a system owns its data.
fn owned(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    let parameters: Vec<Ident> = generics.type_params().map(|parameter| parameter.ident.clone()).collect();
    let clause = generics.make_where_clause();
    for parameter in parameters {
        clause.predicates.push(parse_quote!(#parameter: 'static));
    }
    generics
}

/// Returns the type and the generics of its impls. A lifetime was reported as a mistake; here it is `'static`.
fn self_type(ident: &Ident, generics: &Generics) -> (TokenStream, Generics) {
    let arguments = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(_) => quote::quote!('static),
        GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
        GenericParam::Const(parameter) => parameter.ident.to_token_stream(),
    });
    let ty = if generics.params.is_empty() { quote::quote!(#ident) } else { quote::quote!(#ident<#(#arguments),*>) };
    let mut owned = owned(generics);
    owned.params =
        owned.params.into_iter().filter(|parameter| !matches!(parameter, GenericParam::Lifetime(_))).collect();
    (ty, owned)
}

/// Lets `self` in the user's tokens mean the receiver of the method that they are written into.
fn with_self(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), with_self(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            TokenTree::Ident(mut ident) if ident == "self" => {
                ident.set_span(Span::call_site().located_at(ident.span()));
                TokenTree::Ident(ident)
            }
            other => other,
        })
        .collect()
}
