//! What the derives know of usages, for a test of the graphics crate.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::words::infer::{self, WORDS};
use crate::words::{Direction, Kind, PassKind, usages};

/// Writes out a tuple: the usages, as `(name, buffer, image, read, write, &[kind of pass])`, and what the words of names
/// say, as `(word, image, write, kind of pass, usage)`.
pub(crate) fn expand() -> TokenStream {
    let known = usages::ALL.iter().map(|usage| {
        let name = &usage.name;
        let [buffer, image] = Kind::ALL.map(|kind| usage.kinds.contains(&kind));
        let [read, write] = Direction::ALL.map(|direction| usage.directions.contains(&direction));
        let passes = usage.passes.iter().map(|pass| pass.type_name());
        quote!((#name, #buffer, #image, #read, #write, &[#(#passes),*] as &[&str]))
    });
    let mut inferred = Vec::new();
    for word in WORDS {
        for direction in Direction::ALL {
            for pass in PassKind::ALL {
                let usage = infer::usage(word.meaning, direction, pass);
                let usage = usage.map_or_else(|| quote!(None), |usage| quote!(Some(#usage)));
                let (text, image, write) = (word.text, word.kind == Kind::Image, direction == Direction::Write);
                let pass = format_ident!("{}", pass.type_name()).to_string();
                inferred.push(quote!((#text, #image, #write, #pass, #usage)));
            }
        }
    }
    quote! {
        (
            &[#(#known),*] as &[(&str, bool, bool, bool, bool, &[&str])],
            &[#(#inferred),*] as &[(&str, bool, bool, &str, ::core::option::Option<&str>)],
        )
    }
}
