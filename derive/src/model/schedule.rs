//! A schedule as its declaration names it.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Generics, Ident, LitStr, Path, Type, Visibility, parse_quote};

use crate::attr::schedule::{Attributes, names};
use crate::problems::Problems;

/// A schedule, as declared.
pub(crate) struct Declared {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    pub(crate) core: Path,
    pub(crate) stages: Vec<Stage>,
}

/// One stage, as declared.
pub(crate) struct Stage {
    pub(crate) field: Ident,
    pub(crate) name: String,
    /// The token that names it.
    pub(crate) at: Span,
    pub(crate) after: Vec<(String, Span)>,
    pub(crate) before: Vec<(String, Span)>,
    /// The type of the field.
    pub(crate) ty: Type,
}

/// Names what the attributes of a schedule mean.
pub(crate) fn name(input: &DeriveInput, attributes: Attributes, problems: &mut Problems) -> Declared {
    const SHAPE: &str = "as in `struct Frame { simulate: (Integrate, Collide), render: (Draw,) }`";
    let not_a_schedule = |problems: &mut Problems| {
        problems.on(&input.ident, "a schedule is a struct with one named field for each stage", SHAPE);
    };
    let mut stages = Vec::new();
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => {
                for (field, stage) in fields.named.iter().zip(attributes.stages) {
                    stages.extend(field.ident.as_ref().map(|ident| name_stage(ident, &field.ty, &stage)));
                }
            }
            Fields::Named(_) | Fields::Unnamed(_) | Fields::Unit => not_a_schedule(problems),
        },
        Data::Enum(_) | Data::Union(_) => not_a_schedule(problems),
    }
    Declared {
        ident: input.ident.clone(),
        vis: input.vis.clone(),
        generics: input.generics.clone(),
        core: attributes.core.unwrap_or_else(|| parse_quote!(::fencewright)),
        stages,
    }
}

fn name_stage(field: &Ident, ty: &Type, stage: &crate::attr::schedule::Stage) -> Stage {
    let name = stage.name.as_ref().map_or_else(|| field.to_string().trim_start_matches("r#").to_owned(), LitStr::value);
    Stage {
        field: field.clone(),
        name,
        at: stage.name.as_ref().map_or_else(|| field.span(), Spanned::span),
        after: names(stage.after.as_ref()),
        before: names(stage.before.as_ref()),
        ty: ty.clone(),
    }
}
