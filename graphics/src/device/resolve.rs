//! From the declarations of a program and the resources that exist to what the planner takes.

use std::sync::Arc;

use ash::vk;
use fencewright::Program;

use crate::declare::access::{Access, AccessInfo};
use crate::declare::part::Part;
use crate::device::registry::{Flags, Registry, Resource};
use crate::plan::{
    self, AccessInput, Exit, Input, Options, Policy, ResourceInput, ResourceRef, Shape, Subresource, Topology,
};
use crate::record::error::VkError;
use crate::record::script::{self, ResourceKey, Use};
use crate::resource::{ResourceKind, label};

/// A program with its resources found.
#[derive(Default)]
pub(crate) struct Resolved {
    pub(crate) input: Input,
    /// The resources of the input, in its order, and the objects that they are in this frame.
    pub(crate) resources: Vec<script::Found>,
    /// The accesses of each pass, as recording needs them.
    pub(crate) uses: Vec<Vec<Use>>,
}

/// Finds what the systems of a program declare.
pub(crate) fn resolve(
    program: &Program,
    registry: &Registry,
    options: Options,
    topology: &Topology,
) -> Result<Resolved, VkError> {
    let mut found = Found::default();
    let passes = plan::passes(program, |system, access, part| found.find(registry, system.name(), access, part))?;
    let mut labels = std::mem::take(&mut found.labels).into_iter();
    let uses = passes.iter().map(|pass| {
        let mut uses = Vec::with_capacity(pass.accesses.len());
        for (access, label) in pass.accesses.iter().zip(&mut labels) {
            uses.push(used(access, found.resources[access.resource.0], label));
        }
        settle_layouts(&mut uses, options.policy);
        uses
    });
    let uses = uses.collect();
    let Found { inputs, resources, .. } = found;
    let (topology, reached) = (topology.clone(), registry.reached().clone());
    let input = Input { passes, resources: inputs, options, topology, reached };
    Ok(Resolved { input, resources, uses })
}

/// The resources of a program, in the order of the first accesses that name them.
#[derive(Default)]
struct Found {
    inputs: Vec<ResourceInput>,
    resources: Vec<script::Found>,
    /// The name of the resource of each access.
    labels: Vec<Arc<str>>,
}

impl Found {
    fn find(
        &mut self,
        registry: &Registry,
        system: &str,
        access: &AccessInfo,
        part: &Part,
    ) -> Result<(ResourceRef, Shape), VkError> {
        // Only a declaration without a value knows no instance, and what runs has values.
        let instance = part.instance.unwrap_or(0);
        let resource = find(registry, system, access, instance)?;
        check_flags(system, resource, access)?;
        let key = ResourceKey { key: access.key.id, instance, previous: access.previous };
        let known = self.resources.iter().position(|known| known.key == key);
        let index = match known {
            Some(index) => index,
            None => self.add(resource, key).ok_or_else(|| no_history(system, access, instance))?,
        };
        self.labels.push(Arc::clone(&resource.label));
        Ok((ResourceRef(index), resource.shape))
    }

    fn add(&mut self, resource: &Resource, key: ResourceKey) -> Option<usize> {
        let physical = resource.physical(key.previous)?;
        let (name, exit) = if key.previous {
            (format!("Prev<{}>", resource.label), Exit::Nothing)
        } else {
            (resource.label.to_string(), resource.exit)
        };
        self.inputs.push(ResourceInput {
            name,
            shape: resource.shape,
            entry: physical.entry.clone(),
            exit,
            sharing: resource.sharing,
        });
        self.resources.push(script::Found {
            key,
            handle: physical.handle,
            serial: resource.serial,
            slot: resource.slot,
        });
        Some(self.resources.len() - 1)
    }
}

fn used(access: &AccessInput, found: script::Found, label: Arc<str>) -> Use {
    let layout = access.usage.image.map_or(vk::ImageLayout::UNDEFINED, |image| match access.access {
        Access::Read => image.read_layout,
        Access::Write => image.write_layout,
    });
    let (number, access, usage, part) = (access.resource, access.access, access.usage, access.part.clone());
    Use {
        resource: found.key,
        number,
        access,
        usage,
        part,
        layout,
        handle: found.handle,
        label,
        same: script::Same::default(),
    }
}

fn find<'r>(registry: &'r Registry, system: &str, access: &AccessInfo, instance: u32) -> Result<&'r Resource, VkError> {
    registry.get(access.key.id, instance).ok_or_else(|| VkError::NoResource {
        system: system.to_owned(),
        resource: name(access, instance),
        make: format!("renderer.create_{}::<{}>(..)", word(access), marker(access)),
    })
}

fn no_history(system: &str, access: &AccessInfo, instance: u32) -> VkError {
    VkError::NoResource {
        system: system.to_owned(),
        resource: format!("Prev<{}>", name(access, instance)),
        make: format!("renderer.create_history_{}::<{}>(..)", word(access), marker(access)),
    }
}

fn word(access: &AccessInfo) -> &'static str {
    match access.key.kind {
        ResourceKind::Buffer => "buffer",
        ResourceKind::Image => "image",
    }
}

fn name(access: &AccessInfo, instance: u32) -> String {
    let kind = match access.key.kind {
        ResourceKind::Buffer => "GpuBuffer",
        ResourceKind::Image => "GpuImage",
    };
    label(kind, (access.key.marker)(), instance)
}

fn marker(access: &AccessInfo) -> String {
    crate::resource::without_modules((access.key.marker)())
}

/// Refuses a resource that was not created for what the system does with it.
fn check_flags(system: &str, resource: &Resource, access: &AccessInfo) -> Result<(), VkError> {
    let missing = match (resource.usage, access.usage.buffer, access.usage.image) {
        (Flags::Buffer(has), Some(needs), _) if !has.contains(needs) => format!("`{:?}`", needs & !has),
        (Flags::Image(has), _, Some(needs)) if !has.contains(needs.usage) => format!("`{:?}`", needs.usage & !has),
        (Flags::Buffer(_) | Flags::Image(_), _, _) => return Ok(()),
    };
    Err(VkError::MissingUsage {
        system: system.to_owned(),
        resource: resource.label.to_string(),
        usage: access.usage.name,
        flag: missing,
    })
}

/// Gives accesses of one pass that share texels the one layout that serves them all, as the planner does.
fn settle_layouts(uses: &mut [Use], policy: Policy) {
    let settled: Vec<_> = uses
        .iter()
        .map(|used| match policy {
            Policy::UnifiedLayouts => vk::ImageLayout::GENERAL,
            Policy::Joined | Policy::PerResource | Policy::MergedGlobal => {
                let others = uses.iter().filter(|other| other.handle == used.handle && meet(&other.part, &used.part));
                others.fold(used.layout, |layout, other| plan::serving(layout, other.layout))
            }
        })
        .collect();
    for (used, layout) in uses.iter_mut().zip(settled) {
        used.layout = layout;
    }
}

fn meet(one: &Subresource, other: &Subresource) -> bool {
    match (one, other) {
        (Subresource::Buffer { bytes: one }, Subresource::Buffer { bytes: other }) => {
            one.start < other.end && other.start < one.end
        }
        (
            Subresource::Image { aspects, mips, layers },
            Subresource::Image { aspects: aspects_2, mips: mips_2, layers: layers_2 },
        ) => {
            aspects.intersects(*aspects_2)
                && mips.start < mips_2.end
                && mips_2.start < mips.end
                && layers.start < layers_2.end
                && layers_2.start < layers.end
        }
        (Subresource::Buffer { .. }, Subresource::Image { .. })
        | (Subresource::Image { .. }, Subresource::Buffer { .. }) => false,
    }
}
