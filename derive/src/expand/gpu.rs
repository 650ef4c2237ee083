//! The impls of `#[derive(System)]` that are about the GPU.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, Ident, Path};

use crate::check::parts::{Part, Value};
use crate::check::system::{GpuAccess, Pass};
use crate::check::usage::Usage;
use crate::expand::{at, marker, plain_name, with_self};
use crate::words::Direction;

/// Writes out the GPU side of a system.
pub(crate) fn expand(pass: &Pass, graphics: &Path, ty: &TokenStream, generics: &Generics) -> TokenStream {
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let kind = format_ident!("{}", pass.kind.type_name());
    let queue = format_ident!("{}", pass.queue.type_name());
    let accesses = pass.accesses.iter().map(|access| info(access, graphics));
    let uses = pass.uses.iter().map(|(resource, span)| {
        let graphics = at(graphics, *span);
        marker(*span, &quote_spanned!(*span=> #graphics::Uses), resource, ty, generics)
    });
    quote! {
        #(#uses)*

        #[automatically_derived]
        impl #impl_generics #graphics::GpuResourceAccess for #ty #where_clause {
            type Pass = #graphics::#kind;
            const PASS: #graphics::PassInfo = #graphics::PassInfo {
                kind: #graphics::PassKind::#kind,
                queue: #graphics::Queue::#queue,
                auto_barriers: {
                    #[allow(unused_imports)]
                    use #graphics::__private::NoAuto as _;
                    #graphics::__private::AutoProbe::<Self>::AUTO
                },
                accesses: &[#(#accesses),*],
            };
        }
    }
}

/// The method that evaluates the parts of a value.
pub(crate) fn declare(pass: &Pass, core: &Path, graphics: &Path) -> TokenStream {
    let parts = pass.accesses.iter().map(|access| selected(&access.parts, graphics));
    let numbered = pass.accesses.iter().enumerate();
    let words = numbered.flat_map(|(number, access)| {
        access.parts.iter().filter(|part| part.uses_self).map(move |part| words(part, number, graphics))
    });
    quote! {
        fn declare(&self, __declaration: &mut #core::Declaration) {
            let __parts = [#(#parts),*];
            #graphics::__private::declare_parts(__declaration, &__parts, &[#(#words),*]);
        }
    }
}

/// Words that tell what a value has selected from all else that it could select with this part.
fn words(part: &Part, access: usize, graphics: &Path) -> TokenStream {
    let index = syn::Index::from(access);
    let selected = quote!(__parts[#index]);
    let (start, end) = (quote!(#graphics::__private::start_of), quote!(#graphics::__private::end_of));
    match &*part.name.to_string() {
        "mip" => quote!(#start(#selected.mips.start), #end(#selected.mips.end)),
        "layer" => quote!(#start(#selected.layers.start), #end(#selected.layers.end)),
        "instance" => quote!(#end(#selected.instance)),
        // Two for the end: it may be any number, and none.
        "bytes" => quote!(#selected.bytes.start, #selected.bytes.end.is_some() as _, #selected.bytes.end.unwrap_or(0)),
        // An aspect is a word of its own, which no value knows.
        "aspect" => TokenStream::new(),
        other => unreachable!("`check::parts` knows no part `{other}`"),
    }
}

/// One access as a constant.
fn info(access: &GpuAccess, graphics: &Path) -> TokenStream {
    let GpuAccess { ty, spelled, .. } = access;
    let span = ty.span();
    let graphics_here = at(graphics, span);
    let make = match access.direction {
        Direction::Read => Ident::new("read", span),
        Direction::Write => Ident::new("write", span),
    };
    let (usage, inferred) = match &access.usage {
        Usage::Word(usage, span) => (usage_path(usage, *span, graphics), None),
        Usage::Inferred { usage, marker } => (usage_path(usage, marker.span(), graphics), Some(plain_name(marker))),
        Usage::Path(path) => (path.to_token_stream(), None),
    };
    let mut info = quote_spanned!(span=> #graphics_here::AccessInfo::#make::<#ty, #usage, Self::Pass>(#spelled));
    if let Some(name) = inferred {
        info.extend(quote!(.inferred(#name)));
    }
    if access.discard {
        info.extend(quote!(.discard()));
    }
    if access.concurrent {
        info.extend(quote!(.concurrent()));
    }
    if !access.parts.is_empty() {
        let uses_self = access.parts.iter().any(|part| part.uses_self);
        let part = known(&access.parts, graphics);
        info.extend(quote!(.part(|| #part, #uses_self)));
    }
    info
}

fn usage_path(name: &str, span: proc_macro2::Span, graphics: &Path) -> TokenStream {
    let graphics = at(graphics, span);
    let name = Ident::new(name, span);
    quote_spanned!(span=> #graphics::usage::#name)
}

/// The parts that are known without a value; the others are whole, and of any instance.
fn known(parts: &[Part], graphics: &Path) -> TokenStream {
    let calls = parts.iter().filter_map(|part| {
        if !part.uses_self {
            return Some(call(part, graphics));
        }
        (part.name == "instance").then(|| quote!(.any_instance()))
    });
    quote!(#graphics::Part::whole() #(#calls)*)
}

/// The parts of a value.
fn selected(parts: &[Part], graphics: &Path) -> TokenStream {
    let calls = parts.iter().map(|part| call(part, graphics));
    quote!(#graphics::Part::whole() #(#calls)*)
}

fn call(part: &Part, graphics: &Path) -> TokenStream {
    let name = &part.name;
    let value = match &part.value {
        Value::Expr(value) => with_self(value.to_token_stream()),
        Value::Aspect(word) => {
            let graphics = at(graphics, word.span());
            quote_spanned!(word.span()=> #graphics::Aspect::#word)
        }
    };
    quote_spanned!(name.span()=> .#name(#value))
}
