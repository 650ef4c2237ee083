//! The judge: an independent check of a command stream under the rules of the Vulkan memory model.
//!
//! It replays a [`Stream`], which is plain data, and reports each access that is not protected from an earlier one: both
//! accesses, the resource and the exact barrier to add. It shares no code with the planner, and knows nothing of where
//! the barriers came from: a plan, a hand, a file.
//!
//! # Rules
//!
//! A pair of accesses to the same bytes or texels needs
//!
//! | pair | needs |
//! | --- | --- |
//! | write, then read | the write made available (a first scope that names its stages *and* accesses), then made visible to each stage and access of the read, in that order |
//! | write, then write | the same for the stages and accesses of the later write; with `strict` off, availability before it is enough |
//! | read, then write | an execution dependency, or a chain of them |
//! | read, then read | nothing, unless the layout differs |
//! | transition | it is a write: as above before it; after it, an access must be in the second scope of its structure, or of a later one that chains |
//!
//! Structures of one call do not chain with each other; those of different calls do, where a second scope meets a first
//! scope. What a structure orders is not limited to its resource; what it makes available and visible is. First scopes
//! hold logically earlier stages too, second scopes logically later ones; access scopes hold exactly what they name. A
//! submit makes earlier writes of the host visible. A semaphore makes available what its signal covers and visible to
//! the stages that wait. The host sees what a barrier made visible to `HOST` / `HOST_READ` and what it then waited for. An
//! ownership transfer is a release, a semaphore, an acquire, with equal ranges, layouts and families.
//!
//! Specification: "Execution and Memory Dependencies", "Pipeline Barriers", "Queue Family Ownership Transfer",
//! "Memory Model".

mod atoms;
mod build;
mod check;
mod describe;
mod file;
mod fix;
mod join;
mod layout;
mod lower;
mod masks;
mod names;
mod order;
mod record;
mod report;
mod report_json;
mod state;
mod story;
mod stream;
mod structure;
mod superfluous;
mod verdict;

pub use file::FileError;
pub use stream::{
    Access, Barrier, Command, Contents, Event, Holds, HostAccess, HostOp, Kept, Last, Order, Part, Pass, Point, Queue,
    QueueId, Resource, ResourceId, Scope, SemaphoreId, SemaphoreOp, Shape, Sharing, Start, Stream, Submit, Target,
    Transfer,
};
pub use superfluous::{Excess, Superfluous, superfluous};
pub use verdict::{Accessed, Actor, First, Fix, Kind, Missing, Place, Rules, Verdict};

/// Judges a stream.
///
/// The time is near-linear in the length of the stream where resources live for a few passes.
///
/// # Panics
///
/// When the stream names a queue, a resource or a semaphore that it does not have, bytes of an image, or texels of a
/// buffer.
///
/// # Examples
///
/// ```
/// use ash::vk;
/// use fencewright_graphics::judge::{self, Access, Command, Kind, Pass, Rules, Scope, Stream};
///
/// let mut stream = Stream::default();
/// let queue = stream.queue("graphics", 0);
/// let buffer = stream.buffer("particles", 64);
/// let write = Scope::new(vk::PipelineStageFlags2::COMPUTE_SHADER, vk::AccessFlags2::SHADER_STORAGE_WRITE);
/// let read = Scope::new(vk::PipelineStageFlags2::COMPUTE_SHADER, vk::AccessFlags2::SHADER_STORAGE_READ);
/// stream.submit(
///     queue,
///     vec![
///         Command::Pass(Pass { name: "Simulate".into(), accesses: vec![Access::buffer(buffer, 0..64, write)] }),
///         Command::Pass(Pass { name: "Collide".into(), accesses: vec![Access::buffer(buffer, 0..64, read)] }),
///     ],
/// );
///
/// let verdict = judge::judge(&stream, &Rules::default());
/// assert_eq!(verdict.missing[0].kind, Kind::ReadAfterWrite);
/// println!("{verdict}");
/// ```
#[must_use]
#[track_caller]
pub fn judge(stream: &Stream, rules: &Rules) -> Verdict {
    check::check(stream);
    let walk = order::walk(stream);
    let lowered = lower::lower(&walk);
    let globals: Vec<_> = (0..lowered.len()).filter(|step| lowered[*step].is_global()).collect();
    let atoms = atoms::split(stream, &walk);

    let mut found = Vec::new();
    for atom in &atoms {
        for finding in story::tell(stream, &walk, &lowered, &globals, atom, *rules) {
            found.push((atom, finding));
        }
    }
    let mut missing: Vec<Missing> = walk.stuck.iter().map(|stuck| describe::stuck(stream, stuck)).collect();
    missing.extend(group(found).iter().map(|(finding, atoms)| describe::finding(stream, &walk, finding, atoms)));
    missing.sort_by_key(|missing| (missing.second.place, missing.resource));
    Verdict { missing }
}

/// Puts equal findings on atoms of one resource together.
fn group(found: Vec<(&atoms::Atom, story::Finding)>) -> Vec<(story::Finding, Vec<&atoms::Atom>)> {
    let mut groups: Vec<(story::Finding, Vec<&atoms::Atom>)> = Vec::new();
    for (atom, finding) in found {
        let same = groups.iter_mut().rev().take_while(|(_, atoms)| atoms[0].resource == atom.resource);
        match same.into_iter().find(|(other, _)| *other == finding) {
            Some((_, atoms)) => atoms.push(atom),
            None => groups.push((finding, vec![atom])),
        }
    }
    groups
}
