//! What is around frames: who hands resources over, who goes on with them, the screen, the host.

use std::collections::BTreeSet;

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::declare::access::Access as Direction;
use crate::judge::{
    Access, Command, Contents, Event, Holds, HostAccess, HostOp, Pass, Point, ResourceId, Scope, SemaphoreOp, Start,
};
use crate::plan::{self, Entry, Exit, Input, ResourceInput, ResourceRef};
use crate::verify::declared;
use crate::verify::start;
use crate::verify::stream::{Writer, at, queue_of};

impl Writer {
    /// Hands over what another queue had: it has used it until then, and the frame waits for that.
    pub(super) fn hand_over(
        &mut self,
        number: u64,
        input: &Input,
        first_uses: &[Option<usize>],
    ) -> Vec<(ResourceRef, SemaphoreOp)> {
        let waiting: Vec<(usize, S)> = awaited(input, first_uses).collect();
        let mut handed_over = Vec::with_capacity(waiting.len());
        for (index, stages) in waiting {
            let is_image = matches!(input.resources[index].shape, plan::Shape::Image { .. });
            let (family, leaves_nothing) = match &input.resources[index].entry {
                Entry::Imported(imported) => {
                    (imported.family, is_image && imported.layout == vk::ImageLayout::UNDEFINED)
                }
                Entry::Undefined | Entry::Ready { .. } | Entry::Persisted(_) => (None, false),
            };
            let user = input.topology.queues()[first_uses[index].map_or(0, |first| queue_of(input, first))].family;
            let known = self.outside.get(&index).copied();
            let (outside, semaphore) = known.unwrap_or_else(|| {
                let queue = self.stream.queue("outside", family.unwrap_or(user));
                (queue, self.stream.semaphore("handed over"))
            });
            self.outside.insert(index, (outside, semaphore));
            let used = self.outside_read(index, None);
            let used = if leaves_nothing { used.leaves_nothing() } else { used };
            let before = Command::Pass(Pass { name: "outside".to_owned(), accesses: vec![used] });
            let waits = self.last_use.get(&index).cloned().unwrap_or_default();
            let point = Point { semaphore, value: number };
            self.submit(outside, waits, vec![before], vec![at(point)]);
            handed_over.push((ResourceRef(index), SemaphoreOp { point, stages }));
        }
        handed_over
    }

    fn outside_read(&self, index: usize, layout: Option<vk::ImageLayout>) -> Access {
        let everything = Scope::new(S::ALL_COMMANDS, A::MEMORY_READ);
        let access = Access { layout, ..Access::buffer(ResourceId(index), 0..0, everything) };
        Access { part: self.stream.resources[index].shape.whole(), ..access.discard() }
    }

    /// What the frame leaves for others, as accesses at its end.
    pub(super) fn left(&self, input: &Input, exports: &[ResourceRef], overwritten: &[bool]) -> Option<Pass> {
        let access = |&ResourceRef(index): &ResourceRef| {
            let (scope, layout, by) = match input.resources[index].exit {
                Exit::Nothing | Exit::HostRead => return None,
                Exit::Present => (Scope::default(), vk::ImageLayout::PRESENT_SRC_KHR, "presented"),
                Exit::Exported { scope, layout, by } => (declared::scope(scope), layout, by),
            };
            let whole = &self.stream.resources[index];
            // What nothing wrote may be left, too: what is in it is for others to know.
            let contents = match &whole.start {
                _ if overwritten[index] => Contents::Keep,
                Start::Undefined => Contents::Discard,
                Start::Kept(kept) if kept.iter().any(|kept| kept.holds == Holds::Nothing) => Contents::Discard,
                Start::HostWritten | Start::Kept(_) => Contents::Keep,
            };
            let layout = (layout != vk::ImageLayout::UNDEFINED).then_some(layout);
            let access = Access::buffer(ResourceId(index), 0..0, scope);
            Some(Access { part: whole.shape.whole(), layout, contents, note: Some(by.to_owned()), ..access })
        };
        let exports: BTreeSet<ResourceRef> = exports.iter().copied().collect();
        let accesses: Vec<Access> = exports.iter().filter_map(access).collect();
        (!accesses.is_empty()).then(|| Pass { name: "the end of the frame".to_owned(), accesses })
    }

    /// Presents what was handed over to be presented.
    pub(super) fn show(&mut self, input: &Input, handed_on: &[(usize, SemaphoreOp)]) {
        for (index, end) in handed_on.iter().filter(|(index, _)| input.resources[*index].exit == Exit::Present) {
            if let Some(&(outside, _)) = self.outside.get(index) {
                let shown = self.outside_read(*index, Some(vk::ImageLayout::PRESENT_SRC_KHR));
                let screen = Command::Pass(Pass { name: "the screen".to_owned(), accesses: vec![shown] });
                self.submit(outside, vec![*end], vec![screen], Vec::new());
            }
        }
    }

    pub(super) fn read_back(&mut self, input: &Input, ends: &[SemaphoreOp]) {
        let read = |(index, resource): (usize, &ResourceInput)| match resource.exit {
            Exit::HostRead => Some(Event::Host(HostAccess {
                name: "the host".to_owned(),
                resource: ResourceId(index),
                part: self.stream.resources[index].shape.whole(),
                op: HostOp::Read,
            })),
            Exit::Nothing | Exit::Present | Exit::Exported { .. } => None,
        };
        let reads: Vec<Event> = input.resources.iter().enumerate().filter_map(read).collect();
        if !reads.is_empty() {
            self.stream.events.extend(ends.iter().map(|end| Event::HostWait(end.point)));
            self.stream.events.extend(reads);
        }
    }
}

/// Returns whether some pass writes the whole of each resource.
pub(super) fn overwritten(input: &Input) -> Vec<bool> {
    let mut overwritten = vec![false; input.resources.len()];
    for access in input.passes.iter().flat_map(|pass| &pass.accesses) {
        let index = access.resource.0;
        overwritten[index] |= access.access == Direction::Write && access.part == input.resources[index].shape.whole();
    }
    overwritten
}

/// The resources that a frame waits for, with the stages that wait.
pub(super) fn awaited<'a>(input: &'a Input, first_uses: &'a [Option<usize>]) -> impl Iterator<Item = (usize, S)> {
    let is_used = |index: usize| input.resources[index].exit != Exit::Nothing || first_uses[index].is_some();
    input.resources.iter().enumerate().filter(move |(index, _)| is_used(*index)).filter_map(|(index, resource)| {
        match &resource.entry {
            Entry::Imported(imported) => Some((index, start::waits_for(imported)?)),
            Entry::Undefined | Entry::Ready { .. } | Entry::Persisted(_) => None,
        }
    })
}
