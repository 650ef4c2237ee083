//! The attributes of a schedule and of its fields.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, LitStr, Path};

use crate::problems::{Problems, closest, either, error};
use crate::spell::spell;

/// The attributes of one schedule, as written.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) core: Option<Path>,
    /// One for each field.
    pub(crate) stages: Vec<Stage>,
}

/// `#[stage(..)]` of one field; without one, all is empty.
#[derive(Default)]
pub(crate) struct Stage {
    pub(crate) name: Option<LitStr>,
    pub(crate) after: Option<LitStr>,
    pub(crate) before: Option<LitStr>,
}

/// Parses the attributes of a schedule.
pub(crate) fn parse(input: &DeriveInput, problems: &mut Problems) -> Attributes {
    let mut parsed = Attributes::default();
    if let Some(attribute) = only(&input.attrs, "schedule", problems)
        && let Err(error) = parse_crate(attribute, &mut parsed.core)
    {
        problems.push(error);
    }
    if let Data::Struct(data) = &input.data {
        for field in &data.fields {
            parsed.stages.push(parse_stage(&field.attrs, problems));
        }
    }
    parsed
}

/// Returns the attribute of this name; a second one is a mistake.
fn only<'a>(attributes: &'a [Attribute], name: &str, problems: &mut Problems) -> Option<&'a Attribute> {
    let mut named = attributes.iter().filter(|attribute| attribute.path().is_ident(name));
    let first = named.next();
    for again in named {
        problems.on(
            again.path(),
            format!("`#[{name}(..)]` is given twice"),
            format!("put everything into the first `#[{name}(..)]`"),
        );
    }
    first
}

fn parse_crate(attribute: &Attribute, core: &mut Option<Path>) -> syn::Result<()> {
    attribute.parse_nested_meta(|meta| {
        if !meta.path.is_ident("crate") {
            let message = format!("unknown key `{}`\nhelp: `#[schedule(..)]` takes `crate = path`", spell(&meta.path));
            return Err(syn::Error::new_spanned(&meta.path, message));
        }
        *core = Some(meta.value()?.call(Path::parse_mod_style)?);
        Ok(())
    })
}

fn parse_stage(attributes: &[Attribute], problems: &mut Problems) -> Stage {
    let mut stage = Stage::default();
    let Some(attribute) = only(attributes, "stage", problems) else { return stage };
    let parsed = attribute.parse_nested_meta(|meta| {
        let key = spell(&meta.path);
        let slot = match key.as_str() {
            "name" => &mut stage.name,
            "after" => &mut stage.after,
            "before" => &mut stage.before,
            _ => {
                problems.on(&meta.path, format!("unknown key `{key}`"), key_help(&key));
                // Whatever its value is, the keys after it are read, too.
                return if meta.input.peek(syn::Token![=]) {
                    meta.value()?.parse::<syn::Expr>().map(drop)
                } else {
                    Ok(())
                };
            }
        };
        let value: LitStr = meta.value().and_then(syn::parse::ParseBuffer::parse).map_err(|problem| {
            error(problem.span(), format!("`{key}` takes a string"), format!("as in `{key} = \"render\"`"))
        })?;
        if slot.is_some() {
            problems.on(&meta.path, format!("`{key}` is given twice"), several(&key));
        } else {
            *slot = Some(value);
        }
        Ok(())
    });
    if let Err(error) = parsed {
        problems.push(error);
    }
    stage
}

fn key_help(key: &str) -> String {
    const KEYS: [&str; 3] = ["name", "after", "before"];
    match closest(key, KEYS) {
        Some(near) => format!("write `{near}`"),
        None => format!("`#[stage(..)]` takes {}", either(&KEYS).replace(" or ", " and ")),
    }
}

fn several(key: &str) -> String {
    match key {
        "after" | "before" => format!("name the stages in one string, as in `{key} = \"a, b\"`"),
        _ => String::new(),
    }
}

/// Splits a list of stages; all of it has the span of the string.
pub(crate) fn names(list: Option<&LitStr>) -> Vec<(String, Span)> {
    let Some(list) = list else { return Vec::new() };
    list.value().split(',').map(|name| (name.trim().to_owned(), list.span())).collect()
}
