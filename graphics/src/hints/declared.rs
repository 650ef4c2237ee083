//! A frame as it is declared: resources whose sizes nobody knows yet, planned twice.

use std::any::TypeId;
use std::sync::Arc;

use ash::vk;
use fencewright::{Program, StageInfo};

use crate::declare::access::{Access, AccessInfo};
use crate::declare::part::{Aspect, Part};
use crate::declare::pass::{PassDecl, PassInfo, Queue};
use crate::plan::{
    Entry, Exit, Imported, Input, Options, Overlaps, PassInput, PassOrder, Plan, PlanError, Policy, ResourceInput,
    ResourceRef, Scope, Shape, Sharing, Topology, pass_of, plan, reorder, resolved,
};
use crate::resource::ResourceKind;

/// The declared passes of a frame.
#[derive(Debug)]
pub(super) struct Declared {
    passes: Vec<Pass>,
    overlaps: Overlaps,
}

/// One declared pass, in program order.
#[derive(Debug)]
struct Pass {
    system: usize,
    name: Arc<str>,
    stage: Arc<str>,
    info: &'static PassInfo,
    parts: Vec<Part>,
}

/// The plans of the first frame, and of one that follows another.
#[derive(Debug)]
pub(super) struct Plans {
    pub(super) first: Plan,
    pub(super) steady: Plan,
}

/// Collects the passes of a schedule type; parts that use `self` are whole.
pub(super) fn of_type(stages: &'static [StageInfo]) -> Declared {
    let mut passes = Vec::new();
    let systems = in_order(stages).into_iter().flat_map(|stage| stage.systems.iter().map(move |info| (stage, info)));
    let systems: Vec<_> = systems.collect();
    for (index, (stage, system)) in systems.iter().enumerate() {
        let Some(info) = system.annotation::<PassInfo>() else { continue };
        let number = systems[..index].iter().filter(|(_, other)| other.name == system.name).count();
        let name = if number == 0 { system.name.to_owned() } else { format!("{}#{number}", system.name) };
        let parts = info.accesses.iter().map(|access| (access.part)()).collect();
        passes.push(Pass { system: index, name: name.into(), stage: stage.name.into(), info, parts });
    }
    Declared { passes, overlaps: Overlaps::Merge }
}

/// Collects the passes of a built schedule.
pub(super) fn of_program(program: &Program) -> Declared {
    let mut passes = Vec::new();
    for (index, system) in program.systems().iter().enumerate() {
        let Some(info) = system.info().annotation::<PassInfo>() else { continue };
        let parts = match system.declaration().get::<PassDecl>() {
            Some(decl) => decl.parts.clone(),
            None => info.accesses.iter().map(|access| (access.part)()).collect(),
        };
        let stage = program.stages()[system.stage()].as_str().into();
        passes.push(Pass { system: index, name: system.name().into(), stage, info, parts });
    }
    Declared { passes, overlaps: Overlaps::Refuse }
}

/// Puts stages in a stable topological order: of those that may come next, the one declared first.
fn in_order(stages: &'static [StageInfo]) -> Vec<&'static StageInfo> {
    let comes_after = |later: &StageInfo, earlier: &StageInfo| {
        later.after.contains(&earlier.name) || earlier.before.contains(&later.name)
    };
    let mut left: Vec<&StageInfo> = stages.iter().collect();
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let free = |stage: &&StageInfo| !left.iter().any(|other| comes_after(stage, other));
        // A cycle is an error of the derive; whoever wrote the stages by hand gets them as they stand.
        let next = left.iter().position(free).unwrap_or(0);
        ordered.push(left.remove(next));
    }
    ordered
}

/// What tells one resource of a declaration from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    id: TypeId,
    previous: bool,
    /// None where some access leaves it open: then all instances are one.
    instance: Option<u32>,
}

impl Declared {
    /// Returns whether some part is known only with a value.
    pub(super) fn depends_on_values(&self) -> bool {
        self.overlaps == Overlaps::Merge
            && self.passes.iter().any(|pass| pass.info.accesses.iter().any(|access| access.uses_self))
    }

    /// Returns the passes that ask for a queue of their own, each with the queue.
    pub(super) fn elsewhere(&self) -> impl Iterator<Item = (&str, Queue)> {
        let asks = |pass: &&Pass| pass.info.queue != Queue::Graphics;
        self.passes.iter().filter(asks).map(|pass| (&*pass.name, pass.info.queue))
    }

    /// Plans the first frame and one that follows another.
    pub(super) fn plans(&self) -> Result<Plans, PlanError> {
        let options = Options { policy: Policy::PerResource, ..Options::default() };
        let (first, steady) = self.inputs(&Topology::one(), PassOrder::Declared, options)?;
        Ok(Plans { first: plan(&first)?, steady: plan(&steady)? })
    }

    /// Returns what the first frame is planned from, over these queues, and one that follows another; each has its passes in
    /// this order.
    pub(super) fn inputs(
        &self,
        topology: &Topology,
        order: PassOrder,
        options: Options,
    ) -> Result<(Input, Input), PlanError> {
        let identities = self.identities();
        let declared = Input { topology: topology.clone(), ..self.input(&identities, options) };
        let first = ordered(&declared, order)?;
        let mut input = first.clone();
        for _ in 0..2 {
            let before = plan(&input)?;
            for (index, identity) in identities.iter().enumerate() {
                if matches!(input.resources[index].entry, Entry::Imported(_)) {
                    continue;
                }
                // What was written becomes what was written in the frame before, and the other way round.
                let other = identities.iter().position(|other| *other == identity.other());
                input.resources[index].entry = Entry::Persisted(before.exit[other.unwrap_or(index)].clone());
            }
            // A better order is one for what the frame finds.
            input = ordered(&Input { passes: declared.passes.clone(), ..input }, order)?;
        }
        Ok((first, input))
    }

    fn accesses(&self) -> impl Iterator<Item = (&'static AccessInfo, &Part)> {
        self.passes.iter().flat_map(|pass| pass.info.accesses.iter().zip(&pass.parts))
    }

    fn identity(&self, access: &AccessInfo, part: &Part) -> Identity {
        let id = access.key.id;
        let open = self.accesses().any(|(other, part)| other.key.id == id && part.instance.is_none());
        Identity { id, previous: access.previous, instance: if open { None } else { part.instance } }
    }

    fn identities(&self) -> Vec<Identity> {
        let mut identities = Vec::new();
        for (access, part) in self.accesses() {
            let identity = self.identity(access, part);
            if !identities.contains(&identity) {
                identities.push(identity);
            }
        }
        identities
    }

    fn input(&self, identities: &[Identity], options: Options) -> Input {
        let resources: Vec<ResourceInput> = identities.iter().map(|identity| self.resource(*identity)).collect();
        let find = |access: &AccessInfo, part: &Part| {
            let identity = self.identity(access, part);
            identities.iter().position(|other| *other == identity).map_or(ResourceRef(0), ResourceRef)
        };
        let pass = |pass: &Pass| {
            let accesses = pass.info.accesses.iter().zip(&pass.parts).map(|(access, part)| {
                let resource = find(access, part);
                resolved(access, resource, &resources[resource.0].shape, part)
            });
            pass_of(pass.system, pass.name.clone(), pass.stage.clone(), pass.info, accesses.collect())
        };
        let passes: Vec<PassInput> = self.passes.iter().map(pass).collect();
        Input { passes, resources, options: Options { overlaps: self.overlaps, ..options }, ..Input::default() }
    }

    fn resource(&self, identity: Identity) -> ResourceInput {
        let mut accesses = self.accesses().filter(|(access, part)| self.identity(access, part) == identity);
        let Some((first, _)) = accesses.next() else { unreachable!("an identity comes from an access") };
        let on_screen = (first.key.marker)().rsplit("::").next().is_some_and(|name| name.contains("Swapchain"));
        let name = match identity.instance {
            Some(instance) if instance > 0 => format!("{}#{instance}", first.key.spelled),
            Some(_) | None => first.key.spelled.to_owned(),
        };
        ResourceInput {
            name,
            shape: self.shape(identity, first.key.kind),
            entry: if on_screen { Entry::Imported(ACQUIRED) } else { self.entry(identity) },
            exit: if on_screen { Exit::Present } else { Exit::Nothing },
            sharing: Sharing::Exclusive,
        }
    }

    /// A resource without an end: parts count from its beginning.
    fn shape(&self, identity: Identity, kind: ResourceKind) -> Shape {
        match kind {
            ResourceKind::Buffer => Shape::Buffer { len_bytes: u64::MAX },
            ResourceKind::Image => Shape::Image { mips: u32::MAX, layers: u32::MAX, aspects: self.aspects(identity) },
        }
    }

    fn aspects(&self, identity: Identity) -> vk::ImageAspectFlags {
        let mut aspects = vk::ImageAspectFlags::empty();
        for (access, part) in self.accesses().filter(|(access, _)| access.key.id == identity.id) {
            let attachment = vk::ImageUsageFlags::DEPTH_STENCIL_ATTACHMENT;
            if access.usage.image.is_some_and(|image| image.usage.contains(attachment)) {
                aspects |= vk::ImageAspectFlags::DEPTH;
            }
            aspects |= match part.aspect {
                Some(Aspect::Depth) => vk::ImageAspectFlags::DEPTH,
                Some(Aspect::Stencil) => vk::ImageAspectFlags::STENCIL,
                Some(Aspect::Color) | None => vk::ImageAspectFlags::empty(),
            };
        }
        if aspects.is_empty() { vk::ImageAspectFlags::COLOR } else { aspects }
    }

    /// What some pass reads and none wrote before comes from outside, ready to read.
    fn entry(&self, identity: Identity) -> Entry {
        let mut accesses = self.accesses().filter(|(access, part)| self.identity(access, part) == identity);
        let wrote_whole =
            |access: &AccessInfo, part: &Part| access.access == Access::Write && part.instance(0) == Part::whole();
        match accesses.next() {
            Some((first, part)) if wrote_whole(first, part) => Entry::Undefined,
            Some((first, _)) => {
                let layout = first.usage.image.filter(|_| first.key.kind == ResourceKind::Image);
                let layout = layout.map_or(vk::ImageLayout::UNDEFINED, |image| match first.access {
                    Access::Read => image.read_layout,
                    Access::Write => image.write_layout,
                });
                Entry::Ready { layout }
            }
            None => Entry::Undefined,
        }
    }
}

/// Puts the passes in an order.
fn ordered(input: &Input, order: PassOrder) -> Result<Input, PlanError> {
    match order {
        PassOrder::Declared => Ok(input.clone()),
        PassOrder::Reordered => {
            let passes = reorder(input)?.into_iter().map(|pass| input.passes[pass].clone()).collect();
            Ok(Input { passes, ..input.clone() })
        }
    }
}

impl Identity {
    fn other(self) -> Self {
        Self { previous: !self.previous, ..self }
    }
}

/// An image of the swapchain, as the wait for it leaves it.
const ACQUIRED: Imported = Imported {
    scope: Scope { stages: vk::PipelineStageFlags2::COLOR_ATTACHMENT_OUTPUT, access: vk::AccessFlags2::NONE },
    layout: vk::ImageLayout::UNDEFINED,
    by: "the acquire",
    family: None,
};
