//! The impl of `#[derive(Job)]`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::DeriveInput;

use crate::attr::job::Attributes;
use crate::expand::at;

/// Writes the impl: it calls the type's own method, at whose name the compiler's errors point.
pub(crate) fn expand(input: &DeriveInput, attributes: &Attributes) -> TokenStream {
    let DeriveInput { ident, generics, .. } = input;
    let core = attributes.core.as_ref().map_or_else(|| quote!(::fencewright), ToTokens::to_token_stream);
    let method = attributes.method.clone().unwrap_or_else(|| Ident::new("run", ident.span()));
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let span = method.span();
    let this = at(quote!(#ident #ty_generics), span);
    let call = quote_spanned!(span=> <#this>::#method(self));
    quote! {
        #[automatically_derived]
        impl #impl_generics #core::Job for #ident #ty_generics #where_clause {
            fn run_once(self) {
                #call
            }
        }
    }
}
