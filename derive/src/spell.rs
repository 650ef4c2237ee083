//! A type as the user wrote it, in the usual spacing.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// Spells tokens in the usual spacing: `GpuBuffer<VertexData>`, `[f32; 4]`, `<A as B>::C`.
pub(crate) fn spell(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' => text.push_str(", "),
                ';' => text.push_str("; "),
                '=' => text.push_str(" = "),
                '+' => text.push_str(" + "),
                // The arrow of a function type; its `-` is the end of the text.
                '>' if text.ends_with('-') => {
                    text.pop();
                    text.push_str(" -> ");
                }
                other => text.push(other),
            },
            TokenTree::Ident(word) => push_word(text, &word.to_string()),
            TokenTree::Literal(word) => push_word(text, &word.to_string()),
        }
    }
}

fn push_word(text: &mut String, word: &str) {
    if text.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
        text.push(' ');
    }
    text.push_str(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelled_as_people_write_them() {
        for text in [
            "Time",
            "crate::data::Position",
            "GpuBuffer<VertexData>",
            "Prev<GpuImage<Mip<7>>>",
            "<Shadow as Technique>::Target",
            "[f32; 4]",
            "HashMap<Entity, (u32, Box<dyn Fn(u8) -> u8 + Send>)>",
        ] {
            assert_eq!(spell(text.parse::<TokenStream>().expect("tokens")), text);
        }
    }
}
