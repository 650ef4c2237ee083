//! Writes the checked declarations out as impls. Every rule was applied before; nothing is decided here.
//!
//! What is about one token of the user has the span of that token, so that the compiler's own errors point at it.

pub(crate) mod auto_barriers;
mod gpu;
pub(crate) mod job;
pub(crate) mod schedule;
pub(crate) mod system;
pub(crate) mod words;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::{GenericParam, Generics, parse_quote};

/// Returns tokens of ours as if the user had written them at `span`.
fn at(tokens: impl ToTokens, span: Span) -> TokenStream {
    tokens
        .into_token_stream()
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), at(group.stream(), span))),
            // It means the crate of the macro that it was written in, wherever it points.
            TokenTree::Ident(mut ident) if ident == "$crate" => {
                ident.set_span(ident.span().located_at(span));
                TokenTree::Ident(ident)
            }
            mut other => {
                other.set_span(span);
                other
            }
        })
        .collect()
}

/// An impl without items, all of it at `span` but for the user's `argument` of the trait: so the compiler shows that
/// token where it talks about the impl.
fn marker(
    span: Span,
    implemented: &TokenStream,
    argument: impl ToTokens,
    ty: &TokenStream,
    generics: &Generics,
) -> TokenStream {
    // With empty parameters written out, too: they lie where an unknown type of the user does, so that the compiler does
    // not offer to make a parameter of it.
    let (parameters, _, where_clause) = generics.split_for_impl();
    let parameters = if generics.params.is_empty() { quote_spanned!(span=> <>) } else { parameters.to_token_stream() };
    let (parameters, ty, where_clause) = (at(parameters, span), at(ty, span), at(where_clause, span));
    quote_spanned! {span=>
        #[automatically_derived]
        impl #parameters #implemented<#argument> for #ty #where_clause {}
    }
}

/// Returns a name as the compiler prints it: without `r#`.
fn plain_name(ident: &Ident) -> String {
    ident.unraw().to_string()
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
