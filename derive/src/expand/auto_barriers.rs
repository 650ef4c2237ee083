//! The impl of `#[derive(AutoBarriers)]`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::self_type;
use crate::model::system::Declared;

/// Writes out the flag.
pub(crate) fn expand(declared: &Declared) -> TokenStream {
    let graphics = &declared.crates.graphics;
    let (ty, generics) = self_type(&declared.ident, &declared.generics);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #graphics::AutoBarriers for #ty #where_clause {}
    }
}
