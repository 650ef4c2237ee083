//! What one system's accesses ask of barriers, before anything is known of the other systems.

use std::fmt;

use ash::vk;

use crate::declare::access::{Access, AccessInfo};
use crate::declare::pass::{PassInfo, PassKind};
use crate::resource::ResourceKind;
use crate::usage::{access_names, layout_name, stage_names};

/// What a system's accesses ask of barriers; displays for people.
#[derive(Clone, Debug)]
pub struct BarrierRequirements {
    /// The system's name.
    pub system: String,
    /// Its pass.
    pub pass: PassInfo,
    /// One entry for each access, in the order of the declaration.
    pub accesses: Vec<BarrierRequirement>,
}

/// What one access asks of barriers.
#[derive(Clone, Debug)]
pub struct BarrierRequirement {
    /// The declared access.
    pub declared: &'static AccessInfo,
    /// The pipeline stages that must wait for a barrier before it.
    pub stages: vk::PipelineStageFlags2,
    /// The accesses that such a barrier makes earlier writes visible to.
    pub access: vk::AccessFlags2,
    /// The layout that an image must be in; none for a buffer.
    pub layout: Option<vk::ImageLayout>,
    /// What a barrier before it must do, in a sentence.
    pub action: String,
}

impl BarrierRequirements {
    /// Collects the requirements of a pass; `system` may be a full type name.
    pub(crate) fn new(system: &str, pass: PassInfo) -> Self {
        let accesses = pass.accesses.iter().map(|access| requirement(access, pass.kind)).collect();
        Self { system: short(system), pass, accesses }
    }
}

/// Takes the modules out of a type's name: `a::Blur<b::Hdr>` is `Blur<Hdr>`.
fn short(name: &str) -> String {
    let mut out = String::new();
    for part in name.split_inclusive(['<', '>', ',', ' ']) {
        out.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    out
}

fn requirement(declared: &'static AccessInfo, kind: PassKind) -> BarrierRequirement {
    let row = declared.usage;
    let image = row.image.filter(|_| declared.key.kind == ResourceKind::Image);
    let (access, layout) = match declared.access {
        Access::Read => (row.read, image.map(|image| image.read_layout)),
        Access::Write => (row.write, image.map(|image| image.write_layout)),
    };
    let (stages, access) = match kind {
        PassKind::Raster | PassKind::Compute | PassKind::Transfer | PassKind::RayTracing => {
            (row.stages, access.unwrap_or_default())
        }
        // Whatever the usage says, its commands may do anything; the layout is what counts.
        PassKind::Opaque => {
            (vk::PipelineStageFlags2::ALL_COMMANDS, vk::AccessFlags2::MEMORY_READ | vk::AccessFlags2::MEMORY_WRITE)
        }
    };
    BarrierRequirement { declared, stages, access, layout, action: action(declared, stages, access, layout) }
}

fn action(
    declared: &AccessInfo,
    stages: vk::PipelineStageFlags2,
    access: vk::AccessFlags2,
    layout: Option<vk::ImageLayout>,
) -> String {
    let transition = match layout {
        Some(layout) if declared.discard => format!("; UNDEFINED -> {}, old contents are dropped", layout_name(layout)),
        Some(layout) => format!("; transition to {} unless it is in it", layout_name(layout)),
        None => String::new(),
    };
    let wait = match declared.access {
        // An upload is what most often comes before a read, so it makes the example.
        Access::Read => format!(
            "make the last write visible; after a copy: COPY -> {}, TRANSFER_WRITE -> {}",
            stage_names(stages),
            access_names(access)
        ),
        Access::Write if declared.concurrent => {
            "wait for all earlier accesses but those of other concurrent writers".to_owned()
        }
        Access::Write => "wait for all earlier reads and writes".to_owned(),
    };
    wait + &transition
}

impl fmt::Display for BarrierRequirements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let barriers = if self.pass.auto_barriers { "emitted for it" } else { "recorded by itself" };
        let (kind, queue) = (self.pass.kind.name(), self.pass.queue.name());
        writeln!(f, "{}: {kind} pass on the {queue} queue, barriers {barriers}", self.system)?;
        if self.pass.kind == PassKind::Opaque {
            writeln!(f, "  ANYTHING: its commands are not known")?;
            writeln!(f, "        stage   ALL_COMMANDS")?;
            writeln!(f, "        access  MEMORY_READ | MEMORY_WRITE")?;
            writeln!(
                f,
                "        Action: a full barrier before it and one after it; an image is left in the layout that it is found in"
            )?;
        }
        self.accesses.iter().try_for_each(|access| write!(f, "{access}"))
    }
}

impl fmt::Display for BarrierRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.declared.access {
            Access::Read => "READ ",
            Access::Write => "WRITE",
        };
        let how = if self.declared.inferred.is_some() { ", as its name says" } else { "" };
        let part = if self.declared.uses_self { " (a part that `self` knows)" } else { "" };
        writeln!(f, "  {direction} {}{part} as {}{how}", self.declared.key.spelled, self.declared.usage.name)?;
        writeln!(f, "        stage   {}", stage_names(self.stages))?;
        writeln!(f, "        access  {}", access_names(self.access))?;
        if let Some(layout) = self.layout {
            writeln!(f, "        layout  {}", layout_name(layout))?;
        }
        writeln!(f, "        Action: {}", self.action)
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_type_is_named_without_its_modules() {
        assert_eq!(short("app::passes::Blur<app::Hdr, u8>"), "Blur<Hdr, u8>");
        assert_eq!(short("Draw"), "Draw");
    }
}
