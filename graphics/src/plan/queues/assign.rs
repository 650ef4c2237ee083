//! Which queue each pass runs on, and on which one a resource is handed over.

use ash::vk::{ImageAspectFlags, PipelineStageFlags2 as S, QueueFlags};

use crate::declare::pass::PassKind;
use crate::plan::error::{Place, PlanError};
use crate::plan::input::{
    AccessInput, Cadence, Entry, Exit, Imported, Input, PassInput, ResourceInput, Shape, Sharing,
};
use crate::plan::model::{Fallback, ResourceRef};
use crate::plan::queues::moment::Moment;
use crate::plan::state::PastPoint;
use crate::plan::topology::{QueueRef, QueueSpec, Topology};

/// Where everything happens.
#[derive(Debug)]
pub(crate) struct Assigned<'a> {
    pub(crate) topology: &'a Topology,
    /// The queue of each pass.
    pub(crate) passes: Vec<QueueRef>,
    /// Why a pass does not run where it would like to.
    pub(crate) fallbacks: Vec<Option<Fallback>>,
    /// The first and the last pass that use each resource.
    pub(crate) uses: Vec<Option<(usize, usize)>>,
    /// The queue that each resource is handed over from, at the end.
    exits: Vec<Option<QueueRef>>,
    /// Whether each resource is owned by one family at a time.
    owned: Vec<bool>,
}

/// Chooses a queue for each pass, and checks what is handed over.
pub(crate) fn assign(input: &Input) -> Result<Assigned<'_>, PlanError> {
    let topology = &input.topology;
    if topology.has_several_queues() && input.options.cadence == Cadence::Repeats {
        return Err(PlanError::LoopOverQueues { queues: topology.queues().len() });
    }
    let mut passes = Vec::with_capacity(input.passes.len());
    let mut fallbacks = Vec::with_capacity(input.passes.len());
    let opaque = input.passes.iter().find(|pass| pass.kind == PassKind::Opaque);
    let beside = match opaque {
        Some(opaque) if topology.has_several_queues() => Some(queue_for(input, opaque)?.0),
        Some(_) | None => None,
    };
    for pass in &input.passes {
        let (queue, fallback) = match beside {
            Some(queue) => beside_opaque(input, pass, queue)?,
            None => queue_for(input, pass)?,
        };
        passes.push(queue);
        fallbacks.push(fallback);
    }
    let uses = uses(input);
    let several = topology.has_several_families();
    let owned = input.resources.iter().map(|resource| several && resource.sharing == Sharing::Exclusive).collect();
    let exits = Vec::with_capacity(input.resources.len());
    let mut assigned = Assigned { topology, passes, fallbacks, uses, exits, owned };
    for (index, resource) in input.resources.iter().enumerate() {
        let exit = assigned.exit_queue(input, index, resource)?;
        assigned.exits.push(exit);
        assigned.check_owner(input, index, resource)?;
    }
    Ok(assigned)
}

impl Assigned<'_> {
    /// Returns the moment of a pass.
    pub(crate) fn moment(&self, pass: usize) -> Moment {
        Moment::pass(self.passes[pass], pass)
    }

    /// Returns when an imported resource is handed over: to the first pass that uses it, or to a queue of the family that
    /// owns it, which releases it.
    pub(crate) fn handed_over(&self, resource: ResourceRef, imported: &Imported) -> Moment {
        let first = self.uses[resource.0].map(|(first, _)| self.moment(first));
        let first = first.unwrap_or_else(|| Moment::start(self.exits[resource.0].unwrap_or_default()));
        let family = imported.family.filter(|_| self.owned[resource.0]);
        let elsewhere = family.filter(|family| self.topology.queue(first.queue).family != *family);
        elsewhere.and_then(|family| self.queue_of_family(family)).map_or(first, Moment::start)
    }

    /// Returns the family that owns an imported resource.
    pub(crate) fn family_of_import(&self, resource: ResourceRef, imported: &Imported) -> Option<u32> {
        let queue = self.handed_over(resource, imported).queue;
        imported.family.or_else(|| self.family(resource, queue))
    }

    /// Returns the queue on which a resource is handed over at the end, where that does not depend on the part.
    pub(crate) fn exit(&self, resource: ResourceRef) -> Option<QueueRef> {
        self.exits[resource.0]
    }

    /// Returns whether a queue hands something on at the end; of a frame without passes the first queue does.
    pub(crate) fn hands_on(&self, input: &Input, queue: QueueRef) -> bool {
        self.exits.contains(&Some(queue)) || (input.passes.is_empty() && queue == QueueRef(0))
    }

    /// Returns the family of a queue, where a resource has owners.
    pub(crate) fn family(&self, resource: ResourceRef, queue: QueueRef) -> Option<u32> {
        self.owned[resource.0].then(|| self.topology.queue(queue).family)
    }

    /// Returns a queue of a family.
    pub(crate) fn queue_of_family(&self, family: u32) -> Option<QueueRef> {
        self.topology.queues().iter().position(|queue| queue.family == family).map(QueueRef)
    }

    /// Returns the queue and age of a past access; a queue that there is no more counts as the first one.
    pub(crate) fn past(&self, when: PastPoint) -> Moment {
        let is_there = when.queue.0 < self.topology.queues().len();
        if is_there { Moment::past(when) } else { Moment::past(PastPoint::default()) }
    }

    fn exit_queue(&self, input: &Input, index: usize, resource: &ResourceInput) -> Result<Option<QueueRef>, PlanError> {
        let last = self.uses[index].map(|(_, last)| last);
        match resource.exit {
            Exit::Nothing | Exit::HostRead => Ok(None),
            Exit::Exported { .. } => Ok(Some(QueueRef(0))),
            Exit::Present => {
                let presents = |queue: &QueueRef| self.topology.queue(*queue).presents;
                let queue = last.map(|last| self.passes[last]).filter(presents);
                let queue = queue.or_else(|| self.all().find(presents));
                queue.map(Some).ok_or_else(|| PlanError::CannotPresent {
                    system: last.map_or_else(|| "the frame".into(), |last| input.passes[last].name.clone()),
                    resource: resource.name.clone(),
                    at: Place(last.and_then(|last| access_of(&input.passes[last], index)).and_then(|one| one.at)),
                })
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = QueueRef> {
        (0..self.topology.queues().len()).map(QueueRef)
    }

    /// A family that owns a resource before the frame is one of the topology: it releases it.
    fn check_owner(&self, input: &Input, index: usize, resource: &ResourceInput) -> Result<(), PlanError> {
        if resource.sharing == Sharing::Concurrent {
            return Ok(());
        }
        let owners: Vec<u32> = match &resource.entry {
            Entry::Undefined | Entry::Ready { .. } => Vec::new(),
            Entry::Imported(imported) => imported.family.into_iter().collect(),
            Entry::Persisted(state) => state.parts().iter().filter_map(|part| part.state.family).collect(),
        };
        let Some(&family) = owners.iter().find(|family| self.queue_of_family(**family).is_none()) else {
            return Ok(());
        };
        let first = self.uses[index].map(|(first, _)| &input.passes[first]);
        Err(PlanError::UnknownFamily {
            system: first.map_or_else(|| "the frame".into(), |pass| pass.name.clone()),
            resource: resource.name.clone(),
            family,
            at: Place(first.and_then(|pass| access_of(pass, index)).and_then(|access| access.at)),
        })
    }
}

fn uses(input: &Input) -> Vec<Option<(usize, usize)>> {
    let mut uses: Vec<Option<(usize, usize)>> = vec![None; input.resources.len()];
    for (index, pass) in input.passes.iter().enumerate() {
        for access in &pass.accesses {
            let first = uses[access.resource.0].map_or(index, |(first, _)| first);
            uses[access.resource.0] = Some((first, index));
        }
    }
    uses
}

fn access_of(pass: &PassInput, resource: usize) -> Option<&AccessInput> {
    pass.accesses.iter().find(|access| access.resource.0 == resource)
}

/// Returns the queue that a pass asks for, or the first that can do what it does.
fn queue_for(input: &Input, pass: &PassInput) -> Result<(QueueRef, Option<Fallback>), PlanError> {
    let topology = &input.topology;
    let wanted = topology.for_role(pass.queue);
    let lacks = |queue: QueueRef| lacks(input, pass, topology.queue(queue));
    let fallback = match wanted.map(|queue| (queue, lacks(queue))) {
        Some((queue, None)) => return Ok((queue, None)),
        Some((_, Some((lacks, _)))) => Fallback::CannotServe { lacks },
        None => Fallback::NoSuchQueue,
    };
    let all = (0..topology.queues().len()).map(QueueRef);
    if let Some(queue) = all.into_iter().find(|queue| lacks(*queue).is_none()) {
        return Ok((queue, Some(fallback)));
    }
    Err(no_queue(input, pass, lacks(wanted.unwrap_or_default()).unwrap_or_default()))
}

/// Beside a pass that may touch anything, all passes run on its queue.
fn beside_opaque(input: &Input, pass: &PassInput, queue: QueueRef) -> Result<(QueueRef, Option<Fallback>), PlanError> {
    if let Some(lacks) = lacks(input, pass, input.topology.queue(queue)) {
        return Err(no_queue(input, pass, lacks));
    }
    let elsewhere = input.topology.for_role(pass.queue) != Some(queue);
    Ok((queue, elsewhere.then_some(Fallback::BesideOpaque)))
}

fn no_queue(input: &Input, pass: &PassInput, (lacks, access): (QueueFlags, Option<&AccessInput>)) -> PlanError {
    let access = access.or_else(|| pass.accesses.first());
    PlanError::NoQueue {
        system: pass.name.clone(),
        kind: pass.kind.name(),
        queue: pass.queue.name(),
        lacks: flag_names(lacks),
        resource: access.map_or_else(String::new, |access| input.resources[access.resource.0].name.clone()),
        at: Place(access.and_then(|access| access.at)),
    }
}

/// Returns what a queue cannot do for a pass, and the access that asks for it, if it is one.
fn lacks<'a>(input: &Input, pass: &'a PassInput, queue: &QueueSpec) -> Option<(QueueFlags, Option<&'a AccessInput>)> {
    let of_kind = match pass.kind {
        PassKind::Raster => QueueFlags::GRAPHICS,
        PassKind::Compute | PassKind::RayTracing => QueueFlags::COMPUTE,
        PassKind::Transfer => QueueFlags::TRANSFER,
        PassKind::Opaque => QueueFlags::GRAPHICS | QueueFlags::COMPUTE | QueueFlags::TRANSFER,
    };
    if !queue.can(of_kind) {
        return Some((of_kind, None));
    }
    let of_access = pass.accesses.iter().map(|access| (needed_by(input, access), access));
    of_access
        .filter(|(needed, _)| {
            let clears = *needed == QueueFlags::COMPUTE && queue.can(QueueFlags::GRAPHICS);
            !queue.can(*needed) && !clears
        })
        .map(|(needed, access)| (needed, Some(access)))
        .next()
}

/// What a command needs of its queue beyond the kind of its pass: "Supported Queue Types" of each command.
fn needed_by(input: &Input, access: &AccessInput) -> QueueFlags {
    let stages = access.usage.stages;
    let aspects = match input.resources[access.resource.0].shape {
        Shape::Buffer { .. } => ImageAspectFlags::empty(),
        Shape::Image { aspects, .. } => aspects,
    };
    let depth = aspects.intersects(ImageAspectFlags::DEPTH | ImageAspectFlags::STENCIL);
    if stages.intersects(S::BLIT | S::RESOLVE) || (depth && stages.intersects(S::COPY | S::CLEAR)) {
        QueueFlags::GRAPHICS
    } else if !aspects.is_empty() && stages.intersects(S::CLEAR) {
        // `vkCmdClearColorImage`: graphics or compute.
        QueueFlags::COMPUTE
    } else {
        QueueFlags::empty()
    }
}

/// Returns the specification's names of what queues can do.
pub(crate) fn flag_names(flags: QueueFlags) -> String {
    let names =
        [(QueueFlags::GRAPHICS, "GRAPHICS"), (QueueFlags::COMPUTE, "COMPUTE"), (QueueFlags::TRANSFER, "TRANSFER")];
    let set: Vec<&str> = names.iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, name)| *name).collect();
    set.join(" | ")
}
