//! The attributes of a job.

use syn::{Attribute, Ident, LitStr, Path};

use crate::problems::{Problems, closest, error};
use crate::spell::spell;

/// The attributes of one job, as written.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) method: Option<Ident>,
    pub(crate) core: Option<Path>,
}

/// Parses the attributes of a job; others are left to their owners.
pub(crate) fn parse(attributes: &[Attribute], problems: &mut Problems) -> Attributes {
    let mut parsed = Attributes::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("job")) {
        let result = attribute.parse_nested_meta(|meta| {
            let key = spell(&meta.path);
            match key.as_str() {
                "method" if parsed.method.is_some() => {
                    problems.on(&meta.path, "`method` is given twice", "remove one");
                    meta.value()?.parse::<syn::Expr>().map(drop)
                }
                "method" => {
                    let wrong = |span| {
                        error(span, "`method` takes the name of a method as a string", "as in `method = \"load\"`")
                    };
                    let name: LitStr = meta.value()?.parse().map_err(|problem| wrong(problem.span()))?;
                    parsed.method = Some(name.parse::<Ident>().map_err(|_| wrong(name.span()))?);
                    Ok(())
                }
                "crate" => {
                    parsed.core = Some(meta.value()?.call(Path::parse_mod_style)?);
                    Ok(())
                }
                _ => {
                    let help = match closest(&key, ["method", "crate"]) {
                        Some(near) => format!("write `{near}`"),
                        None => "`#[job(..)]` takes `method = \"..\"` and `crate = path`".to_owned(),
                    };
                    problems.on(&meta.path, format!("unknown key `{key}`"), help);
                    // Whatever its value is, the keys after it are read, too.
                    if meta.input.peek(syn::Token![=]) { meta.value()?.parse::<syn::Expr>().map(drop) } else { Ok(()) }
                }
            }
        });
        if let Err(error) = result {
            problems.push(error);
        }
    }
    parsed
}
