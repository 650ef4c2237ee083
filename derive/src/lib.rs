//! The derives of fencewright: `System`, `AutoBarriers`, `Schedule` and `Job`.
//!
//! They are re-exported, and documented for users, by `fencewright` and `fencewright-graphics`. Inside, a derive is
//! four steps: `attr` turns tokens into values that keep their spans, `model` names them, `check` holds every rule,
//! and `expand` only quotes. `words` is what names of usages and of markers mean.

mod attr;
mod check;
mod expand;
mod model;
mod problems;
mod spell;
mod words;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::problems::Problems;

/// Declares what a system reads and writes.
///
/// ```text
/// #[reads(list)] #[writes(list)]     list   = access { "," access } [","]
/// access   = { "discard" | "concurrent" } type [ "[" part { "," part } "]" ] [ "as" usage ]
/// part     = ("mip" | "layer" | "aspect" | "bytes" | "instance") "=" expression        `self` allowed
/// usage    = a word of `fencewright_graphics::usage` (no import) | a path
/// ```
///
/// | attribute | meaning |
/// | --- | --- |
/// | `#[reads(..)]`, `#[writes(..)]` | what the system accesses; writing lets it read, too |
/// | `#[pass(raster)]`, `compute`, `transfer`, `ray_tracing` | the kind of its pass, where it does not follow from the usages |
/// | `#[pass(opaque)]` | its commands are not known: it may touch anything, so a full barrier stands before and after it; what it declares says in which layouts it finds and leaves images. Where there are several queues, it waits for all that came before on any of them; what a later frame does on another queue waits for it where that uses something that a system of the opaque pass's own schedule declares: name there what its commands touch |
/// | `#[queue(graphics)]`, `compute`, `transfer` | where its pass would like to run |
/// | `#[system(crate = path, graphics = path)]` | where `fencewright` and `fencewright_graphics` are found |
///
/// A usage follows from the marker's own name (whole words of it, as in `GpuBuffer<VertexData>`), the direction and the
/// kind of the pass; where it does not, write it: `GpuImage<Bloom> as ComputeStorage`.
///
/// # Examples
///
/// ```text
/// #[derive(System)]
/// #[reads(Time, Velocity)]
/// #[writes(Position)]
/// struct Integrate;
///
/// #[derive(System, AutoBarriers)]
/// #[reads(Camera, GpuBuffer<MeshVertexData>)]        // the name says VertexAttribute
/// #[writes(discard GpuImage<SceneRenderTarget>)]     // the name says ColorAttachment: a raster pass
/// struct Draw;
///
/// #[derive(System, AutoBarriers)]
/// #[reads(GpuImage<Bloom>[mip = self.level] as ComputeSampled)]
/// #[writes(discard GpuImage<Bloom>[mip = self.level + 1] as ComputeStorage)]
/// struct Downsample {
///     level: u32,
/// }
/// ```
#[proc_macro_derive(System, attributes(reads, writes, pass, queue, system))]
pub fn derive_system(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut problems = Problems::default();
    let attributes = attr::system::parse(&input.attrs, &mut problems);
    let declared = model::system::name(&input, attributes);
    let system = check::system::check(declared, &mut problems);
    problems.before(expand::system::expand(&system)).into()
}

/// Asks for the barriers of a system to be emitted before it: `#[derive(System, AutoBarriers)]`.
///
/// Without it a system records its barriers itself; the hints list them, and in debug builds each one that is missing is an
/// error before the submit.
///
/// It takes no attributes of its own; `#[system(graphics = path)]` of `System` holds for it, too.
#[proc_macro_derive(AutoBarriers)]
pub fn derive_auto_barriers(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    // Mistakes in the attributes are reported by `System`, whose they are.
    let attributes = attr::system::parse(&input.attrs, &mut Problems::default());
    let declared = model::system::name(&input, attributes);
    expand::auto_barriers::expand(&declared).into()
}

/// Declares the stages of a schedule: one field for each, a tuple of systems.
///
/// | attribute | meaning |
/// | --- | --- |
/// | `#[stage(name = "..")]` | the stage's name; the field's name without it |
/// | `#[stage(after = "a, b", before = "c")]` | stages that it comes after, and before |
/// | `#[schedule(crate = path)]` | where `fencewright` is found |
///
/// # Examples
///
/// ```text
/// #[derive(Schedule)]
/// struct Frame {
///     simulate: (Integrate, Collide),
///     #[stage(after = "simulate")]
///     render: (Draw,),
/// }
///
/// let mut schedule = Frame { simulate: (Integrate, Collide), render: (Draw,) }.schedule()?;
/// schedule.run(&mut world)?;
/// ```
#[proc_macro_derive(Schedule, attributes(stage, schedule))]
pub fn derive_schedule(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut problems = Problems::default();
    let attributes = attr::schedule::parse(&input, &mut problems);
    let declared = model::schedule::name(&input, attributes, &mut problems);
    let schedule = check::schedule::check(declared, &mut problems);
    problems.before(expand::schedule::expand(&schedule)).into()
}

/// Makes a job of a type that can be run once: it calls the type's own `run(self)`.
///
/// | attribute | meaning |
/// | --- | --- |
/// | `#[job(method = "load")]` | it calls `load(self)` instead |
/// | `#[job(crate = path)]` | where `fencewright` is found |
#[proc_macro_derive(Job, attributes(job))]
pub fn derive_job(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut problems = Problems::default();
    let attributes = attr::job::parse(&input.attrs, &mut problems);
    problems.before(expand::job::expand(&input, &attributes)).into()
}

/// Expands to what the derives know of usages, so that a test of the graphics crate can compare it with its table.
#[doc(hidden)]
#[proc_macro]
pub fn __usage_words(_: TokenStream) -> TokenStream {
    expand::words::expand().into()
}
