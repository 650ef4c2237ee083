//! The impls of `#[derive(System)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, Ident, Path};

use crate::check::system::{Cpu, System};
use crate::expand::{at, gpu, marker, plain_name, self_type};

/// Writes out a system.
pub(crate) fn expand(system: &System) -> TokenStream {
    let core = &system.crates.core;
    let name = plain_name(&system.ident);
    let span = system.ident.span();
    let (ty, generics) = self_type(&system.ident, &system.generics);
    let (impl_generics, _, where_clause) = generics.split_for_impl();

    let permissions = permissions(system, &ty, &generics);
    let reads = system.reads.iter().map(|access| key(core, access));
    let writes = system.writes.iter().map(|access| key(core, access));
    let probes = probes(system, &generics);
    let here = quote_spanned!(span=> ::core::panic::Location::caller());

    let (pass, annotations, uses_self, declare) = match &system.pass {
        None => (TokenStream::new(), TokenStream::new(), false, TokenStream::new()),
        Some(pass) => {
            let graphics = &system.crates.graphics;
            let access = quote!(#graphics::GpuResourceAccess);
            let declare = gpu::declare(pass, core, graphics);
            let uses_self = pass.accesses.iter().any(|access| access.parts.iter().any(|part| part.uses_self));
            (gpu::expand(pass, graphics, &ty, &generics), quote!(&<Self as #access>::PASS), uses_self, declare)
        }
    };

    quote! {
        #[doc(hidden)]
        #[allow(unused_qualifications)]
        const _: () = {
            #permissions

            #[automatically_derived]
            impl #impl_generics #core::ResourceAccess for #ty #where_clause {
                const READS: &'static [#core::Key] = &[#(#reads),*];
                const WRITES: &'static [#core::Key] = &[#(#writes),*];
            }

            #pass

            #[automatically_derived]
            impl #impl_generics #core::System for #ty #where_clause {
                const INFO: #core::SystemInfo = #core::SystemInfo {
                    name: #name,
                    type_name: ::core::any::type_name::<Self>,
                    at: #here,
                    reads: <Self as #core::ResourceAccess>::READS,
                    writes: <Self as #core::ResourceAccess>::WRITES,
                    annotations: &[#annotations],
                    uses_self: #uses_self,
                };
                #declare
            }

            #probes
        };
    }
}

/// The compile-time permissions on the CPU.
fn permissions(system: &System, ty: &TokenStream, generics: &Generics) -> TokenStream {
    let permission = |access: &Cpu, name: &str| {
        let (core, name) = (at(&system.crates.core, access.span), Ident::new(name, access.span));
        let permission = quote_spanned!(access.span=> #core::#name);
        marker(access.span, &permission, &access.ty, ty, generics)
    };
    let reads = system.reads.iter().chain(&system.writes).map(|access| permission(access, "Reads"));
    let writes = system.writes.iter().map(|access| permission(access, "Writes"));
    reads.chain(writes).collect()
}

fn key(core: &Path, access: &Cpu) -> TokenStream {
    let Cpu { ty, spelled, .. } = access;
    let span = ty.span();
    let core = at(core, span);
    quote_spanned!(span=> #core::Key::of::<#ty>(#spelled))
}

/// Asks the compiler of each CPU type whether it is one, behind any alias.
fn probes(system: &System, generics: &Generics) -> TokenStream {
    if system.reads.is_empty() && system.writes.is_empty() {
        return TokenStream::new();
    }
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let core = &system.crates.core;
    let probes = system.reads.iter().chain(&system.writes).map(|access| {
        let ty = &access.ty;
        let core = at(core, access.span);
        quote_spanned!(access.span=> #core::__private::cpu(#core::__private::Probe::<#ty>::WHAT);)
    });
    quote! {
        #[allow(dead_code, unused_imports, clippy::extra_unused_type_parameters)]
        const fn __what_each_type_is #impl_generics() #where_clause {
            use #core::__private::Fallback as _;
            #(#probes)*
        }
    }
}
