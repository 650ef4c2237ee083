//! A system as its declaration names it.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{DeriveInput, GenericArgument, Generics, Ident, Path, PathArguments, Type, parse_quote};

use crate::attr::list::{self, Modifier, Part};
use crate::attr::system::{Attributes, Queue};
use crate::spell::spell;
use crate::words::{Direction, Kind, PassKind};

/// A system, as declared.
pub(crate) struct Declared {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) crates: Crates,
    pub(crate) pass: Option<(PassKind, Span)>,
    pub(crate) queue: Option<(Queue, Span)>,
    /// Those of `reads`, then those of `writes`.
    pub(crate) accesses: Vec<Access>,
}

/// Where the runtime crates are found.
pub(crate) struct Crates {
    pub(crate) core: Path,
    pub(crate) graphics: Path,
}

/// One access, as declared.
pub(crate) struct Access {
    pub(crate) direction: Direction,
    pub(crate) ty: Type,
    /// The type as the user wrote it.
    pub(crate) spelled: String,
    pub(crate) resource: Resource,
    pub(crate) modifiers: Vec<(Modifier, Span)>,
    pub(crate) parts: Vec<Part>,
    pub(crate) usage: Option<Path>,
}

/// What an access is about, as far as its spelling tells.
pub(crate) enum Resource {
    /// A type by its name alone: data in the world, or an alias of a GPU resource without a usage.
    Cpu,
    /// A GPU resource.
    Gpu(Gpu),
}

/// A GPU resource, as far as its spelling tells.
pub(crate) struct Gpu {
    /// Buffer or image; `None` behind an alias.
    pub(crate) kind: Option<Kind>,
    /// The last segment of the marker's path; `None` behind an alias, and where the marker has no name.
    pub(crate) marker: Option<Ident>,
    /// Whether `Prev<..>` stands around it.
    pub(crate) previous: bool,
}

impl Access {
    /// Returns the place to point at where compiler errors are about the type: the name in it that tells most.
    pub(crate) fn name_span(&self) -> Span {
        last_ident(&self.ty).map_or_else(|| self.ty.span(), Ident::span)
    }
}

/// Names what the attributes of a system mean.
pub(crate) fn name(input: &DeriveInput, attributes: Attributes) -> Declared {
    let reads = attributes.reads.into_iter().map(|access| name_access(Direction::Read, access));
    let writes = attributes.writes.into_iter().map(|access| name_access(Direction::Write, access));
    Declared {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        crates: Crates {
            core: attributes.core.unwrap_or_else(|| parse_quote!(::fencewright)),
            graphics: attributes.graphics.unwrap_or_else(|| parse_quote!(::fencewright_graphics)),
        },
        pass: attributes.pass,
        queue: attributes.queue,
        accesses: reads.chain(writes).collect(),
    }
}

fn name_access(direction: Direction, access: list::Access) -> Access {
    let list::Access { modifiers, ty, parts, usage } = access;
    let (inner, previous) = match argument_of(&ty, "Prev") {
        Some(inner) => (inner, true),
        None => (&ty, false),
    };
    let named = Kind::ALL.into_iter().find_map(|kind| Some((kind, argument_of(inner, kind.type_name())?)));
    let is_gpu = named.is_some() || usage.is_some() || !parts.is_empty() || !modifiers.is_empty();
    let resource = if is_gpu {
        let marker = named.and_then(|(_, marker)| last_ident(marker).cloned());
        Resource::Gpu(Gpu { kind: named.map(|(kind, _)| kind), marker, previous })
    } else {
        Resource::Cpu
    };
    Access { direction, spelled: spell(&ty), resource, modifiers, parts, usage, ty }
}

/// Returns `A` of a path that ends in `name<A>`.
fn argument_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = plain(ty) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) if arguments.args.len() == 1 => Some(ty),
        _ => None,
    }
}

/// Returns the last segment of a path.
fn last_ident(ty: &Type) -> Option<&Ident> {
    match plain(ty) {
        Type::Path(path) => path.path.segments.last().map(|last| &last.ident),
        _ => None,
    }
}

/// Looks through parentheses, and through the invisible ones that a macro puts around its arguments.
pub(crate) fn plain(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}
