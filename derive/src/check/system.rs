//! The rules of a system's declaration.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Generics, Ident, Type};

use crate::attr::list::Modifier;
use crate::attr::system::Queue;
use crate::check::parts::{self, Part};
use crate::check::usage::Usage;
use crate::check::{pass, usage};
use crate::model::system::{Access, Crates, Declared, Gpu, Resource, plain};
use crate::problems::Problems;
use crate::spell::spell;
use crate::words::{Direction, PassKind};

/// A system whose declaration holds together.
pub(crate) struct System {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) crates: Crates,
    pub(crate) reads: Vec<Cpu>,
    pub(crate) writes: Vec<Cpu>,
    pub(crate) pass: Option<Pass>,
}

/// One CPU access.
pub(crate) struct Cpu {
    pub(crate) ty: Type,
    pub(crate) spelled: String,
    pub(crate) span: Span,
}

/// The GPU side of a system.
pub(crate) struct Pass {
    pub(crate) kind: PassKind,
    pub(crate) queue: Queue,
    /// Every GPU resource once, also those of accesses that are wrong.
    pub(crate) uses: Vec<(Type, Span)>,
    pub(crate) accesses: Vec<GpuAccess>,
}

/// One GPU access.
pub(crate) struct GpuAccess {
    pub(crate) direction: Direction,
    pub(crate) ty: Type,
    pub(crate) spelled: String,
    pub(crate) usage: Usage,
    pub(crate) discard: bool,
    pub(crate) concurrent: bool,
    pub(crate) parts: Vec<Part>,
}

/// Checks a declaration. What is wrong is left out of the system, so that one mistake is one error.
pub(crate) fn check(declared: Declared, problems: &mut Problems) -> System {
    check_lifetimes(&declared.generics, problems);
    let accesses = without_references(declared.accesses, problems);
    let accesses = without_type_parameters(accesses, &declared.generics, problems);
    let (cpu, gpu): (Vec<_>, Vec<_>) = accesses.iter().partition(|access| matches!(access.resource, Resource::Cpu));
    let (reads, writes) = check_cpu(&cpu, problems);
    let gpu: Vec<(&Access, &Gpu)> = gpu
        .into_iter()
        .filter_map(|access| match &access.resource {
            Resource::Gpu(gpu) => Some((access, gpu)),
            Resource::Cpu => None,
        })
        .collect();
    let pass = check_pass(&declared.ident, declared.pass, declared.queue, &gpu, problems);
    System { ident: declared.ident, generics: declared.generics, crates: declared.crates, reads, writes, pass }
}

fn check_lifetimes(generics: &Generics, problems: &mut Problems) {
    for parameter in generics.lifetimes() {
        let lifetime = &parameter.lifetime;
        problems.on(
            lifetime,
            format!("a system owns its data, so it has no lifetime `{lifetime}`"),
            "hold the value itself, or an `Arc` of it",
        );
    }
}

/// Refuses references: `&T` would be a resource of its own, and never the `T` that is meant.
fn without_references(accesses: Vec<Access>, problems: &mut Problems) -> Vec<Access> {
    accesses
        .into_iter()
        .filter(|access| {
            let Type::Reference(reference) = plain(&access.ty) else { return true };
            let (meant, list) =
                (spell(&reference.elem), if reference.mutability.is_some() { "writes" } else { "reads" });
            problems.on(
                &access.ty,
                "a reference is not declared; its type is",
                format!("write `{meant}`: which list it stands in says how it is accessed, as in `{list}({meant})`"),
            );
            false
        })
        .collect()
}

/// Refuses types that are only known when the system is: what they are cannot be asked where it is declared.
fn without_type_parameters(accesses: Vec<Access>, generics: &Generics, problems: &mut Problems) -> Vec<Access> {
    accesses
        .into_iter()
        .filter(|access| {
            let Some(parameter) = bare_parameter(&access.ty, generics) else { return true };
            problems.on(
                &access.ty,
                format!("the type parameter `{parameter}` cannot be declared by itself"),
                format!("wrap it in a type of yours, as in `Events<{parameter}>`"),
            );
            false
        })
        .collect()
}

/// Returns the type parameter that `ty` is, or is an associated type of.
fn bare_parameter(ty: &Type, generics: &Generics) -> Option<String> {
    struct Finder<'a>(&'a Generics, Option<String>);
    impl Visit<'_> for Finder<'_> {
        fn visit_path(&mut self, path: &syn::Path) {
            self.1 = self.1.take().or_else(|| parameter_at_start(path, self.0));
            visit::visit_path(self, path);
        }
    }
    let Type::Path(path) = plain(ty) else { return None };
    if path.qself.is_none() {
        return parameter_at_start(&path.path, generics);
    }
    // `<X as Trait>::Out` with a parameter anywhere in it.
    let mut finder = Finder(generics, None);
    finder.visit_type_path(path);
    finder.1
}

fn parameter_at_start(path: &syn::Path, generics: &Generics) -> Option<String> {
    let first = path.segments.first().filter(|_| path.leading_colon.is_none())?;
    generics.type_params().find(|parameter| parameter.ident == first.ident).map(|parameter| parameter.ident.to_string())
}

/// Checks that each CPU type stands in one list, once; returns those of `reads` and those of `writes`.
fn check_cpu(accesses: &[&Access], problems: &mut Problems) -> (Vec<Cpu>, Vec<Cpu>) {
    let of = |direction| accesses.iter().filter(move |access| access.direction == direction);
    let (mut reads, mut writes): (Vec<Cpu>, Vec<Cpu>) = (Vec::new(), Vec::new());
    for access in of(Direction::Write) {
        push_once(access, &mut writes, problems);
    }
    for access in of(Direction::Read) {
        let Access { ty, spelled, .. } = access;
        if writes.iter().any(|written| written.spelled == *spelled) {
            problems.on(
                ty,
                format!("`{spelled}` is in both `reads` and `writes`"),
                format!("`writes({spelled})` already lets the system read it; remove it from `reads`"),
            );
        } else {
            push_once(access, &mut reads, problems);
        }
    }
    (reads, writes)
}

fn push_once(access: &Access, list: &mut Vec<Cpu>, problems: &mut Problems) {
    let Access { ty, spelled, direction, .. } = access;
    if list.iter().any(|other| other.spelled == *spelled) {
        problems.on(ty, format!("`{spelled}` is in `{}` twice", direction.list()), "remove one of them");
    } else {
        list.push(Cpu { ty: ty.clone(), spelled: spelled.clone(), span: access.name_span() });
    }
}

fn check_pass(
    system: &Ident,
    pass: Option<(PassKind, Span)>,
    queue: Option<(Queue, Span)>,
    accesses: &[(&Access, &Gpu)],
    problems: &mut Problems,
) -> Option<Pass> {
    let may_touch_anything = pass.is_some_and(|(kind, _)| kind == PassKind::Opaque);
    if accesses.is_empty() && !may_touch_anything {
        let attributes = [("pass", pass.map(|(_, span)| span)), ("queue", queue.map(|(_, span)| span))];
        for (attribute, span) in attributes.into_iter().filter_map(|(attribute, span)| Some((attribute, span?))) {
            problems.at(
                span,
                format!("`#[{attribute}(..)]` is about GPU accesses, and `{system}` declares none"),
                format!(
                    "name a `GpuBuffer<..>` or `GpuImage<..>` in `reads` or `writes`, or remove `#[{attribute}(..)]`"
                ),
            );
        }
        return None;
    }
    let decision = pass::decide(system, pass, accesses, problems);
    if let (Some(decision), Some((queue, span))) = (&decision, queue) {
        check_queue(decision.kind, queue, span, problems);
    }
    check_whole(accesses, problems);
    let mut checked: Vec<GpuAccess> = Vec::new();
    for (access, gpu) in accesses {
        let sound = check_modifiers(access, gpu, problems);
        let parts = parts::check(access, gpu, problems);
        let usage = usage::check(access, gpu, decision.as_ref(), problems);
        if let (true, Some(parts), Some(usage)) = (sound, parts, usage) {
            let has = |modifier| access.modifiers.iter().any(|(other, _)| *other == modifier);
            checked.push(GpuAccess {
                direction: access.direction,
                ty: access.ty.clone(),
                spelled: access.spelled.clone(),
                usage,
                discard: has(Modifier::Discard),
                concurrent: has(Modifier::Concurrent),
                parts,
            });
        }
    }
    let mut uses: Vec<(Type, Span)> = Vec::new();
    for (access, _) in accesses {
        if !uses.iter().any(|(ty, _)| spell(ty) == access.spelled) {
            uses.push((access.ty.clone(), access.name_span()));
        }
    }
    Some(Pass {
        // Without a decision there is an error, and no access to check against the kind.
        kind: decision.as_ref().map_or(PassKind::Compute, |decision| decision.kind),
        queue: queue.map_or(Queue::Graphics, |(queue, _)| queue),
        uses,
        accesses: if decision.is_some() { checked } else { Vec::new() },
    })
}

/// Checks that a queue of this sort can run such a pass at all.
fn check_queue(kind: PassKind, queue: Queue, span: Span, problems: &mut Problems) {
    let runs = match queue {
        Queue::Graphics => true,
        Queue::Compute => kind != PassKind::Raster && kind != PassKind::Opaque,
        Queue::Transfer => kind == PassKind::Transfer,
    };
    if !runs {
        let help = match kind {
            PassKind::Raster => "remove `#[queue(..)]`: only the graphics queue draws",
            PassKind::Compute | PassKind::RayTracing => "write `#[queue(compute)]`, or remove it",
            PassKind::Transfer => "remove it",
            PassKind::Opaque => "remove `#[queue(..)]`: what may be anything runs where everything can",
        };
        problems.at(span, format!("a {} queue cannot run {}", queue.word(), kind.a()), help);
    }
}

/// Checks that a resource does not stand twice as a whole where one access writes: no part tells the accesses apart.
fn check_whole(accesses: &[(&Access, &Gpu)], problems: &mut Problems) {
    let concurrent = |access: &Access| access.modifiers.iter().any(|(modifier, _)| *modifier == Modifier::Concurrent);
    let whole: Vec<&Access> =
        accesses.iter().map(|(access, _)| *access).filter(|access| access.parts.is_empty()).collect();
    for (index, second) in whole.iter().enumerate() {
        for first in &whole[..index] {
            let ordered = first.direction == Direction::Write || second.direction == Direction::Write;
            if first.spelled != second.spelled || !ordered || concurrent(first) && concurrent(second) {
                continue;
            }
            let spelled = &second.spelled;
            let (message, help) = if first.direction == second.direction {
                (
                    format!("the whole of `{spelled}` is in `writes` twice"),
                    "keep one of them, or declare parts that do not overlap",
                )
            } else {
                (
                    format!(
                        "the whole of `{spelled}` is in both `reads` and `writes`, and nothing can order them inside a pass"
                    ),
                    "a usage in `writes` lets the pass read, too: remove it from `reads`, or declare parts that do not overlap",
                )
            };
            problems.on(&first.ty, message, help);
        }
    }
}

/// Checks the words before the type, and `Prev<..>`.
fn check_modifiers(access: &Access, gpu: &Gpu, problems: &mut Problems) -> bool {
    let mut sound = true;
    for (index, (modifier, span)) in access.modifiers.iter().enumerate() {
        let word = modifier.word();
        let (message, help) = if access.modifiers[..index].iter().any(|(other, _)| other == modifier) {
            (format!("`{word}` is written twice"), "remove one of them")
        } else if access.direction == Direction::Read {
            match modifier {
                Modifier::Discard => (
                    format!("`{word}` in `reads`: whoever reads needs the contents"),
                    "`discard` belongs in `writes`, where old contents are not needed",
                ),
                Modifier::Concurrent => (
                    format!("`{word}` in `reads`: readers need no order among themselves anyway"),
                    "`concurrent` belongs in `writes`, for writers that need no order among themselves",
                ),
            }
        } else {
            continue;
        };
        problems.at(*span, message, help);
        sound = false;
    }
    if gpu.previous && access.direction == Direction::Write {
        problems.on(
            &access.ty,
            "`Prev<..>` is what the previous frame wrote, and cannot be written",
            format!("write this frame's: remove `Prev<..>`, or move `{}` to `reads`", access.spelled),
        );
        sound = false;
    }
    sound
}
