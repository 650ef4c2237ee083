//! Builds streams in code.

use std::ops::Range;

use ash::vk;

use super::stream::{
    Access, Command, Contents, Event, Holds, Order, Part, Queue, QueueId, Resource, ResourceId, Scope, SemaphoreId,
    Shape, Sharing, Start, Stream, Submit,
};

impl Stream {
    /// Adds a queue.
    pub fn queue(&mut self, name: impl Into<String>, family: u32) -> QueueId {
        self.queues.push(Queue { name: name.into(), family });
        QueueId(self.queues.len() - 1)
    }

    /// Adds a buffer that holds nothing yet.
    pub fn buffer(&mut self, name: impl Into<String>, len_bytes: u64) -> ResourceId {
        self.resource(name, Shape::Buffer { len_bytes }, Start::Undefined)
    }

    /// Adds an image that holds nothing yet.
    pub fn image(
        &mut self,
        name: impl Into<String>,
        aspects: vk::ImageAspectFlags,
        mips: u32,
        layers: u32,
    ) -> ResourceId {
        self.resource(name, Shape::Image { aspects, mips, layers }, Start::Undefined)
    }

    /// Adds a resource.
    pub fn resource(&mut self, name: impl Into<String>, shape: Shape, start: Start) -> ResourceId {
        self.resources.push(Resource { name: name.into(), shape, sharing: Sharing::Exclusive, start });
        ResourceId(self.resources.len() - 1)
    }

    /// Adds a timeline semaphore.
    pub fn semaphore(&mut self, name: impl Into<String>) -> SemaphoreId {
        self.semaphores.push(name.into());
        SemaphoreId(self.semaphores.len() - 1)
    }

    /// Adds a submit that neither waits nor signals.
    pub fn submit(&mut self, queue: QueueId, commands: Vec<Command>) {
        self.events.push(Event::Submit(Submit { queue, waits: Vec::new(), commands, signals: Vec::new() }));
    }
}

impl Access {
    /// Describes an access to bytes of a buffer.
    #[must_use]
    pub const fn buffer(resource: ResourceId, bytes: Range<u64>, scope: Scope) -> Self {
        Self::new(resource, Part::Bytes(bytes), scope, None)
    }

    /// Describes an access to a part of an image in `layout`.
    #[must_use]
    pub const fn image(resource: ResourceId, part: Part, scope: Scope, layout: vk::ImageLayout) -> Self {
        Self::new(resource, part, scope, Some(layout))
    }

    const fn new(resource: ResourceId, part: Part, scope: Scope, layout: Option<vk::ImageLayout>) -> Self {
        Self {
            resource,
            part,
            scope,
            layout,
            contents: Contents::Keep,
            leaves: Holds::Contents,
            order: Order::Ordered,
            note: None,
        }
    }

    /// Says that earlier contents are not needed.
    #[must_use]
    pub fn discard(mut self) -> Self {
        self.contents = Contents::Discard;
        self
    }

    /// Says that no contents are left after it.
    #[must_use]
    pub fn leaves_nothing(mut self) -> Self {
        self.leaves = Holds::Nothing;
        self
    }

    /// Says that it needs no order among concurrent accesses.
    #[must_use]
    pub fn concurrent(mut self) -> Self {
        self.order = Order::Concurrent;
        self
    }
}
