//! A verdict as text, and what to add as Rust.

use std::fmt;

use ash::vk;

use super::names;
use super::stream::{Barrier, Part, Scope, Target, Transfer};
use super::verdict::{Accessed, Actor, First, Fix, Kind, Missing, Place, Verdict};

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.missing.is_empty() {
            return writeln!(f, "nothing is missing");
        }
        for (at, missing) in self.missing.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{missing}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = match self.kind {
            Kind::ReadAfterWrite | Kind::WriteAfterRead | Kind::WriteAfterWrite | Kind::Layout => "MISSING BARRIER",
            Kind::ContentsLost => "CONTENTS LOST",
            Kind::NeverWritten => "NEVER WRITTEN",
            Kind::Ownership => "MISSING OWNERSHIP TRANSFER",
            Kind::NeverSignalled => "NEVER SIGNALLED",
        };
        writeln!(f, "{title}: {}, {}", self.subject(), self.kind)?;
        for first in &self.firsts {
            writeln!(f, "  after   {}", Told(&first.access, Some(first)))?;
        }
        writeln!(f, "  before  {}", Told(&self.second, None))?;
        if let Some((found, expected)) = self.layouts {
            writeln!(f, "  layout  {}, expected {}", names::layout(found), names::layout(expected))?;
        }
        self.fixes.iter().try_for_each(|fix| self.write_fix(f, fix))
    }
}

impl Missing {
    fn subject(&self) -> String {
        if self.resource.is_none() {
            return format!("semaphore `{}`", self.name);
        }
        let kind = match self.parts.first() {
            Some(Part::Texels { .. }) => "image",
            Some(Part::Bytes(_)) | None => "buffer",
        };
        let parts: Vec<String> = self.parts.iter().map(part).collect();
        format!("{kind} `{}` {}", self.name, parts.join(" and "))
    }

    fn write_fix(&self, f: &mut fmt::Formatter<'_>, fix: &Fix) -> fmt::Result {
        match fix {
            Fix::Add { barriers, .. } => {
                writeln!(f, "  add a call right before {}:", name_of(&self.second))?;
                write_barriers(f, barriers)
            }
            Fix::Widen { structure, first, second } => {
                writeln!(f, "  widen structure {} of the call at {}:", structure.item, At(*structure))?;
                write_added(f, "first ", *first)?;
                write_added(f, "second", *second)
            }
            Fix::OldLayout { structure, layout } => {
                let layout = names::layout(*layout);
                writeln!(
                    f,
                    "  name {layout} as old layout in structure {} of the call at {}",
                    structure.item,
                    At(*structure)
                )
            }
            Fix::Wait { signal, after, wait, before } => {
                let (after, before) = (names::flags(*after), names::flags(*before));
                writeln!(f, "  let `{signal}` signal a semaphore after {after}, and `{wait}` wait for it at {before}")
            }
            Fix::Transfer { release, acquire } => {
                if !release.is_empty() {
                    writeln!(f, "  release on the queue that owns it:")?;
                    write_barriers(f, release)?;
                }
                if !acquire.is_empty() {
                    writeln!(f, "  acquire before {}, after a wait for a semaphore:", name_of(&self.second))?;
                    write_barriers(f, acquire)?;
                }
                Ok(())
            }
            Fix::AddForHost { barriers } => {
                writeln!(f, "  add a call after the device's access, before what the host waits for:")?;
                write_barriers(f, barriers)
            }
            Fix::HostWait { queue } => {
                writeln!(
                    f,
                    "  wait on the host, before its access, for a point that `{queue}` signals after the device's"
                )
            }
            Fix::Split => writeln!(f, "  order the accesses inside the pass, or make two passes of it"),
            Fix::Write => writeln!(f, "  write it first, or say what it holds when the stream begins"),
            Fix::Signal { point } => writeln!(f, "  signal value {} or more, or do not wait for it", point.value),
        }
    }

    /// Returns the calls to add, as Rust with ash; empty when no call is missing.
    #[must_use]
    pub fn rust(&self) -> String {
        let calls = self.fixes.iter().flat_map(|fix| match fix {
            Fix::Add { barriers, .. } | Fix::AddForHost { barriers } => vec![barriers],
            Fix::Transfer { release, acquire } => vec![release, acquire],
            Fix::Widen { .. }
            | Fix::OldLayout { .. }
            | Fix::Wait { .. }
            | Fix::HostWait { .. }
            | Fix::Split
            | Fix::Write
            | Fix::Signal { .. } => Vec::new(),
        });
        let calls = calls.filter(|barriers| !barriers.is_empty()).map(|barriers| rust_call(&self.name, barriers));
        calls.collect()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadAfterWrite => "read-after-write",
            Self::WriteAfterRead => "write-after-read",
            Self::WriteAfterWrite => "write-after-write",
            Self::Layout => "layout",
            Self::ContentsLost => "contents lost",
            Self::NeverWritten => "read before any write",
            Self::Ownership => "ownership",
            Self::NeverSignalled => "nothing signals what is waited for",
        })
    }
}

/// One access as a line.
struct Told<'m>(&'m Accessed, Option<&'m First>);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(access, first) = self;
        let did = match (&access.actor, first.map(|first| first.kind)) {
            (Actor::Transition { old, new }, _) => {
                format!("the transition {} -> {}", names::layout(*old), names::layout(*new))
            }
            (Actor::Release, _) => "the release".to_owned(),
            (Actor::Acquire, _) => "the acquire".to_owned(),
            (Actor::Barrier, _) => "the barrier".to_owned(),
            (Actor::Wait, _) => "the wait".to_owned(),
            (Actor::Pass(_) | Actor::Host(_), None) => name_of(access),
            (Actor::Pass(_) | Actor::Host(_), Some(Kind::WriteAfterRead)) => format!("{} reads", name_of(access)),
            (Actor::Pass(_) | Actor::Host(_), Some(_)) => format!("{} writes", name_of(access)),
        };
        f.write_str(&did)?;
        if access.scope != Scope::default() {
            write!(f, " at {}", scope(access.scope))?;
        }
        if let Some(first) = first {
            write!(f, " ({})", first.kind)?;
        }
        match (&access.queue, access.place) {
            (Some(queue), Some(place)) => write!(f, " [`{queue}`, {}]", At(place))?,
            (Some(queue), None) => write!(f, " [`{queue}`, before the stream]")?,
            (None, Some(place)) => write!(f, " [host, event {}]", place.event)?,
            (None, None) => {}
        }
        access.note.as_ref().map_or(Ok(()), |note| write!(f, " ({note})"))
    }
}

struct At(Place);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {}, command {}", self.0.event, self.0.command)
    }
}

fn name_of(access: &Accessed) -> String {
    match &access.actor {
        Actor::Pass(name) => format!("`{name}`"),
        Actor::Host(name) => format!("host `{name}`"),
        Actor::Transition { .. } => "the transition".to_owned(),
        Actor::Release => "the release".to_owned(),
        Actor::Acquire => "the acquire".to_owned(),
        Actor::Barrier => "the barrier".to_owned(),
        Actor::Wait => "the wait".to_owned(),
    }
}

/// Names a scope as `STAGES / ACCESSES`.
pub(super) fn scope(scope: Scope) -> String {
    format!("{} / {}", names::flags(scope.stages), names::flags(scope.access))
}

/// Names a part as `bytes 0..64` or `COLOR mips 0..1 layers 0..1`.
pub(super) fn part(part: &Part) -> String {
    match part {
        Part::Bytes(bytes) => format!("bytes {}..{}", bytes.start, bytes.end),
        Part::Texels { aspects, mips, layers } => format!(
            "{} mips {}..{} layers {}..{}",
            names::flags(*aspects),
            mips.start,
            mips.end,
            layers.start,
            layers.end
        ),
    }
}

fn write_added(f: &mut fmt::Formatter<'_>, which: &str, added: Scope) -> fmt::Result {
    if added == Scope::default() {
        return Ok(());
    }
    writeln!(f, "    {which}  + {}", scope(added))
}

fn write_barriers(f: &mut fmt::Formatter<'_>, barriers: &[Barrier]) -> fmt::Result {
    for barrier in barriers {
        let (what, layouts, transfer) = described(&barrier.target);
        writeln!(f, "    {what}")?;
        writeln!(f, "      first   {}", scope(barrier.first))?;
        writeln!(f, "      second  {}", scope(barrier.second))?;
        if let Some((old, new)) = layouts {
            writeln!(f, "      layout  {} -> {}", names::layout(old), names::layout(new))?;
        }
        if let Some(Transfer { from, to }) = transfer {
            writeln!(f, "      family  {from} -> {to}")?;
        }
    }
    Ok(())
}

type Described = (String, Option<(vk::ImageLayout, vk::ImageLayout)>, Option<Transfer>);

fn described(target: &Target) -> Described {
    match target {
        Target::Memory => ("memory".to_owned(), None, None),
        Target::Buffer { bytes, transfer, .. } => (part(&Part::Bytes(bytes.clone())), None, *transfer),
        Target::Image { aspects, mips, layers, old_layout, new_layout, transfer, .. } => {
            let texels = Part::Texels { aspects: *aspects, mips: mips.clone(), layers: layers.clone() };
            (part(&texels), Some((*old_layout, *new_layout)), *transfer)
        }
    }
}

fn rust_call(name: &str, barriers: &[Barrier]) -> String {
    let structures: Vec<String> = barriers.iter().map(|barrier| rust_barrier(name, barrier)).collect();
    let setter = match barriers.first().map(|barrier| &barrier.target) {
        Some(Target::Image { .. }) => "image_memory_barriers",
        Some(Target::Buffer { .. }) => "buffer_memory_barriers",
        Some(Target::Memory) | None => "memory_barriers",
    };
    format!(
        "let barriers = [\n{}\n];\nlet call = vk::DependencyInfo::default().{setter}(&barriers);\n\
         unsafe {{ device.cmd_pipeline_barrier2(commands, &call) }};\n",
        structures.join("\n")
    )
}

fn rust_barrier(name: &str, barrier: &Barrier) -> String {
    let (first, second) = (barrier.first, barrier.second);
    let mut lines = vec![
        format!(".src_stage_mask({})", names::rust_flags(first.stages)),
        format!(".src_access_mask({})", names::rust_flags(first.access)),
        format!(".dst_stage_mask({})", names::rust_flags(second.stages)),
        format!(".dst_access_mask({})", names::rust_flags(second.access)),
    ];
    let mut families = |transfer: &Option<Transfer>| {
        if let Some(Transfer { from, to }) = transfer {
            lines.push(format!(".src_queue_family_index({from})"));
            lines.push(format!(".dst_queue_family_index({to})"));
        }
    };
    let kind = match &barrier.target {
        Target::Memory => "Memory",
        Target::Buffer { bytes, transfer, .. } => {
            families(transfer);
            lines.push(format!(".buffer({})", variable(name)));
            lines.push(format!(".offset({})", bytes.start));
            lines.push(format!(".size({})", bytes.end - bytes.start));
            "BufferMemory"
        }
        Target::Image { aspects, mips, layers, old_layout, new_layout, transfer, .. } => {
            families(transfer);
            lines.push(format!(".old_layout({})", names::rust_layout(*old_layout)));
            lines.push(format!(".new_layout({})", names::rust_layout(*new_layout)));
            lines.push(format!(".image({})", variable(name)));
            lines.push(format!(
                ".subresource_range(vk::ImageSubresourceRange {{ aspect_mask: {}, base_mip_level: {}, level_count: {}, \
                 base_array_layer: {}, layer_count: {} }})",
                names::rust_flags(*aspects),
                mips.start,
                mips.end - mips.start,
                layers.start,
                layers.end - layers.start
            ));
            "ImageMemory"
        }
    };
    format!("    vk::{kind}Barrier2::default()\n        {},", lines.join("\n        "))
}

/// Makes a variable's name of a resource's: `GpuImage<Bloom>#1` becomes `bloom_1`.
fn variable(name: &str) -> String {
    let inner = name.trim_start_matches("GpuImage").trim_start_matches("GpuBuffer");
    let mut variable = String::with_capacity(inner.len());
    for character in inner.chars() {
        if character.is_ascii_alphanumeric() {
            if character.is_ascii_uppercase() && variable.ends_with(|last: char| last.is_ascii_lowercase()) {
                variable.push('_');
            }
            variable.push(character.to_ascii_lowercase());
        } else if !variable.is_empty() && !variable.ends_with('_') {
            variable.push('_');
        }
    }
    let variable = variable.trim_end_matches('_');
    if variable.starts_with(|first: char| first.is_ascii_alphabetic()) {
        variable.to_owned()
    } else {
        format!("resource_{variable}")
    }
}
