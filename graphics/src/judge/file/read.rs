//! From JSON to a stream.

use ash::vk;

use super::FileError;
use super::json::Value;
use super::node::{Fields, Node};
use crate::judge::names::{self, Named};
use crate::judge::stream::{
    Access, Barrier, Command, Contents, Event, Holds, HostAccess, HostOp, Kept, Last, Order, Part, Pass, Point,
    QueueId, ResourceId, Scope, SemaphoreId, SemaphoreOp, Shape, Sharing, Start, Stream, Submit, Target, Transfer,
};

pub(super) fn stream(value: &Value) -> Result<Stream, FileError> {
    let fields = Node::root(value).object(&["queues", "resources", "events"])?;
    let mut reader = Reader { stream: Stream::default() };
    reader.queues(fields.list("queues")?)?;
    for node in fields.list("resources")? {
        reader.resource(node)?;
    }
    let events = fields.need("events")?;
    for node in events.list()? {
        let event = reader.event(node)?;
        reader.stream.events.push(event);
    }
    if reader.stream.events.is_empty() {
        return Err(events.error("there is nothing to judge: no event"));
    }
    Ok(reader.stream)
}

/// The layout of an access that takes any.
pub(super) const ANY: &str = "any";

const PART: [&str; 5] = ["buffer", "image", "bytes", "mips", "layers"];

struct Reader {
    stream: Stream,
}

impl Reader {
    // Queues and resources.

    fn queues(&mut self, nodes: Vec<Node<'_>>) -> Result<(), FileError> {
        if nodes.is_empty() {
            self.stream.queue("graphics", 0);
        }
        for node in nodes {
            let fields = node.object(&["name", "family"])?;
            let name = fields.need("name")?;
            if self.stream.queues.iter().any(|queue| Ok(queue.name.as_str()) == name.text()) {
                return Err(name.error("two queues have this name"));
            }
            self.stream.queue(name.text()?, fields.need("family")?.number()?);
        }
        Ok(())
    }

    fn resource(&mut self, node: Node<'_>) -> Result<(), FileError> {
        let (name, shape, fields) = if node.has("image") {
            let fields = node.object(&["image", "aspects", "mips", "layers", "sharing", "start"])?;
            let shape = Shape::Image {
                aspects: some_aspects(&fields.need("aspects")?)?,
                mips: count(&fields, "mips")?,
                layers: count(&fields, "layers")?,
            };
            (fields.need("image")?, shape, fields)
        } else {
            let fields = node.object(&["buffer", "bytes", "sharing", "start"])?;
            let bytes = fields.need("bytes")?;
            let shape = Shape::Buffer { len_bytes: bytes.number()? };
            if shape == (Shape::Buffer { len_bytes: 0 }) {
                return Err(bytes.error("a buffer has at least one"));
            }
            (fields.need("buffer")?, shape, fields)
        };
        if self.stream.resources.iter().any(|resource| Ok(resource.name.as_str()) == name.text()) {
            return Err(name.error("two resources have this name"));
        }
        let start = fields.get("start").map_or(Ok(Start::Undefined), |start| self.start(start, &shape))?;
        let id = self.stream.resource(name.text()?, shape, start);
        if let Some(sharing) = fields.get("sharing") {
            self.stream.resources[id.0].sharing =
                sharing.word(&[("exclusive", Sharing::Exclusive), ("concurrent", Sharing::Concurrent)])?;
        }
        Ok(())
    }

    fn start(&self, node: Node<'_>, shape: &Shape) -> Result<Start, FileError> {
        if node.text().is_ok() {
            let host = node.word(&[("undefined", false), ("host-written", true)])?;
            return Ok(if host { Start::HostWritten } else { Start::Undefined });
        }
        let nodes = if node.list().is_ok() { node.list()?.collect() } else { vec![node] };
        Ok(Start::Kept(nodes.into_iter().map(|node| self.kept(node, shape)).collect::<Result<_, _>>()?))
    }

    fn kept(&self, node: Node<'_>, shape: &Shape) -> Result<Kept, FileError> {
        let fields = node.object(&["bytes", "mips", "layers", "aspects", "layout", "family", "contents", "last"])?;
        let layout = match (fields.get("layout"), shape) {
            (Some(layout), Shape::Image { .. }) => layout_of(&layout)?,
            (None, Shape::Image { .. }) => return Err(fields.error("field `layout` is missing")),
            (Some(layout), Shape::Buffer { .. }) => return Err(layout.error("a buffer has no layout")),
            (None, Shape::Buffer { .. }) => vk::ImageLayout::UNDEFINED,
        };
        let holds = fields.get("contents").map_or(Ok(Holds::Contents), |contents| {
            contents.word(&[("kept", Holds::Contents), ("undefined", Holds::Nothing)])
        })?;
        let family = fields.get("family").map(|family| family.number()).transpose()?;
        let last = fields.list("last")?.into_iter().map(|last| self.last(last)).collect::<Result<_, _>>()?;
        Ok(Kept { part: part_of(&fields, shape)?, layout, holds, family, last })
    }

    fn last(&self, node: Node<'_>) -> Result<Last, FileError> {
        let fields = node.object(&["pass", "queue", "stages", "access"])?;
        let queue = match fields.get("queue") {
            Some(queue) => self.queue(&queue)?,
            None => QueueId(0),
        };
        Ok(Last { pass: fields.need("pass")?.text()?.to_owned(), queue, scope: scope(&fields)? })
    }

    // Events.

    fn event(&mut self, node: Node<'_>) -> Result<Event, FileError> {
        if node.text().is_ok() {
            return node.word(&[("idle", ())]).map(|()| Event::Idle);
        }
        if node.has("submit") {
            self.submit(node).map(Event::Submit)
        } else if node.has("host_wait") {
            let fields = node.object(&["host_wait", "value"])?;
            let semaphore = self.semaphore(fields.need("host_wait")?.text()?);
            Ok(Event::HostWait(Point { semaphore, value: fields.need("value")?.number()? }))
        } else if node.has("host_read") {
            self.host(node, "host_read", HostOp::Read).map(Event::Host)
        } else if node.has("host_write") {
            self.host(node, "host_write", HostOp::Write).map(Event::Host)
        } else {
            Err(node.error("expected \"idle\", or an object with `submit`, `host_wait`, `host_read` or `host_write`"))
        }
    }

    fn submit(&mut self, node: Node<'_>) -> Result<Submit, FileError> {
        let fields = node.object(&["submit", "waits", "commands", "signals"])?;
        let mut points = |name| -> Result<Vec<SemaphoreOp>, FileError> {
            fields.list(name)?.into_iter().map(|node| self.semaphore_op(node)).collect()
        };
        let (waits, signals) = (points("waits")?, points("signals")?);
        let queue = self.queue(&fields.need("submit")?)?;
        if let Some((node, _)) =
            fields.list("signals")?.iter().zip(&signals).find(|(_, signal)| signal.point.value == 0)
        {
            return Err(node.error("a signal raises the value, which begins at 0"));
        }
        let commands = fields.list("commands")?.into_iter().map(|node| self.command(node)).collect::<Result<_, _>>()?;
        Ok(Submit { queue, waits, commands, signals })
    }

    fn semaphore_op(&mut self, node: Node<'_>) -> Result<SemaphoreOp, FileError> {
        let fields = node.object(&["semaphore", "value", "stages"])?;
        let semaphore = self.semaphore(fields.need("semaphore")?.text()?);
        let value = fields.need("value")?.number()?;
        let stages = fields.get("stages").map_or(Ok(vk::PipelineStageFlags2::ALL_COMMANDS), |node| flags(&node))?;
        Ok(SemaphoreOp { point: Point { semaphore, value }, stages })
    }

    fn host(&self, node: Node<'_>, name: &'static str, op: HostOp) -> Result<HostAccess, FileError> {
        let fields = node.object(&[name, "buffer", "image", "bytes", "mips", "layers", "aspects"])?;
        let (resource, part) = self.part(&fields)?;
        Ok(HostAccess { name: fields.need(name)?.text()?.to_owned(), resource, part, op })
    }

    // Commands.

    fn command(&self, node: Node<'_>) -> Result<Command, FileError> {
        if node.has("call") {
            let fields = node.object(&["call"])?;
            let barriers = fields.list("call")?.into_iter().map(|node| self.barrier(node));
            return Ok(Command::Call(barriers.collect::<Result<_, _>>()?));
        }
        let fields = node.object(&["pass", "accesses"])?;
        let accesses = fields.list("accesses")?.into_iter().map(|node| self.access(node)).collect::<Result<_, _>>()?;
        Ok(Command::Pass(Pass { name: fields.need("pass")?.text()?.to_owned(), accesses }))
    }

    fn access(&self, node: Node<'_>) -> Result<Access, FileError> {
        let own = ["aspects", "stages", "access", "layout", "contents", "leaves", "order", "note"];
        let fields = node.object(&[&PART[..], &own[..]].concat())?;
        let (resource, part) = self.part(&fields)?;
        let layout = match (&part, fields.get("layout")) {
            (Part::Texels { .. }, Some(layout)) if layout.text() == Ok(ANY) => None,
            (Part::Texels { .. }, Some(layout)) => Some(layout_of(&layout)?),
            (Part::Texels { .. }, None) => return Err(fields.error("field `layout` is missing")),
            (Part::Bytes(_), Some(layout)) => return Err(layout.error("a buffer has no layout")),
            (Part::Bytes(_), None) => None,
        };
        let contents = fields.get("contents").map_or(Ok(Contents::Keep), |contents| {
            contents.word(&[("keep", Contents::Keep), ("discard", Contents::Discard)])
        })?;
        let leaves = fields.get("leaves").map_or(Ok(Holds::Contents), |leaves| {
            leaves.word(&[("contents", Holds::Contents), ("nothing", Holds::Nothing)])
        })?;
        let order = fields.get("order").map_or(Ok(Order::Ordered), |order| {
            order.word(&[("ordered", Order::Ordered), ("concurrent", Order::Concurrent)])
        })?;
        let note = fields.get("note").map(|note| note.text().map(str::to_owned)).transpose()?;
        Ok(Access { resource, part, scope: scope(&fields)?, layout, contents, leaves, order, note })
    }

    fn barrier(&self, node: Node<'_>) -> Result<Barrier, FileError> {
        let own = ["aspects", "first", "second", "old_layout", "new_layout", "families"];
        let fields = node.object(&[&PART[..], &own[..]].concat())?;
        let of = |name| scope(&fields.need(name)?.object(&["stages", "access"])?);
        let (first, second) = (of("first")?, of("second")?);
        if fields.get("buffer").is_none() && fields.get("image").is_none() {
            let target_fields = ["bytes", "mips", "layers", "aspects", "old_layout", "new_layout", "families"];
            return match target_fields.iter().find_map(|name| fields.get(name)) {
                Some(field) => Err(field.error("belongs to a `buffer` or an `image`, which is missing")),
                None => Ok(Barrier { first, second, target: Target::Memory }),
            };
        }
        let transfer = fields.get("families").map(|families| transfer(&families)).transpose()?;
        let target = match self.part(&fields)? {
            (resource, Part::Bytes(bytes)) => {
                if let Some(layout) = ["old_layout", "new_layout"].iter().find_map(|name| fields.get(name)) {
                    return Err(layout.error("a buffer has no layout"));
                }
                Target::Buffer { resource, bytes, transfer }
            }
            (resource, Part::Texels { aspects, mips, layers }) => {
                let old_layout = layout_of(&fields.need("old_layout")?)?;
                let new = fields.need("new_layout")?;
                let new_layout = layout_of(&new)?;
                if new_layout == vk::ImageLayout::UNDEFINED && transfer.is_none() {
                    return Err(new.error("a transition to UNDEFINED is not allowed"));
                }
                Target::Image { resource, aspects, mips, layers, old_layout, new_layout, transfer }
            }
        };
        Ok(Barrier { first, second, target })
    }

    // Names.

    fn queue(&self, node: &Node<'_>) -> Result<QueueId, FileError> {
        let name = node.text()?;
        let at = self.stream.queues.iter().position(|queue| queue.name == name);
        at.map(QueueId).ok_or_else(|| node.error(format!("no queue is called `{name}`; list it in `queues`")))
    }

    fn semaphore(&mut self, name: &str) -> SemaphoreId {
        match self.stream.semaphores.iter().position(|other| other == name) {
            Some(at) => SemaphoreId(at),
            None => self.stream.semaphore(name),
        }
    }

    fn part(&self, fields: &Fields<'_>) -> Result<(ResourceId, Part), FileError> {
        let node = match (fields.get("buffer"), fields.get("image")) {
            (Some(node), None) | (None, Some(node)) => node,
            (Some(_), Some(both)) => return Err(both.error("name a `buffer` or an `image`, not both")),
            (None, None) => return Err(fields.error("field `buffer` or `image` is missing")),
        };
        let name = node.text()?;
        let is_image = fields.get("image").is_some();
        let at =
            self.stream.resources.iter().position(|resource| {
                resource.name == name && matches!(resource.shape, Shape::Image { .. }) == is_image
            });
        let at = at.ok_or_else(|| {
            let kind = if is_image { "image" } else { "buffer" };
            node.error(format!("no {kind} is called `{name}`; list it in `resources`"))
        })?;
        let part = part_of(fields, &self.stream.resources[at].shape)?;
        Ok((ResourceId(at), part))
    }
}

/// Reads which part of a resource; what is left out is all of it.
fn part_of(fields: &Fields<'_>, shape: &Shape) -> Result<Part, FileError> {
    match *shape {
        Shape::Buffer { len_bytes } => {
            only(fields, &["mips", "layers", "aspects"], "belongs to images")?;
            Ok(Part::Bytes(fields.get("bytes").map_or(Ok(0..len_bytes), |bytes| bytes.range(len_bytes))?))
        }
        Shape::Image { aspects, mips, layers } => {
            only(fields, &["bytes"], "belongs to buffers")?;
            Ok(Part::Texels {
                aspects: fields.get("aspects").map_or(Ok(aspects), |node| aspects_of(&node, aspects))?,
                mips: fields.get("mips").map_or(Ok(0..mips), |range| range.range(mips))?,
                layers: fields.get("layers").map_or(Ok(0..layers), |range| range.range(layers))?,
            })
        }
    }
}

fn only(fields: &Fields<'_>, foreign: &[&str], problem: &str) -> Result<(), FileError> {
    foreign.iter().find_map(|name| fields.get(name)).map_or(Ok(()), |field| Err(field.error(problem)))
}

fn count(fields: &Fields<'_>, name: &str) -> Result<u32, FileError> {
    fields.get(name).map_or(Ok(1), |node| match node.number()? {
        0 => Err(node.error("an image has at least one")),
        count => Ok(count),
    })
}

fn flags<T: Named>(node: &Node<'_>) -> Result<T, FileError> {
    names::parse_flags(node.text()?).map_err(|name| node.error(format!("`{name}` is no {}", T::WHAT)))
}

fn some_aspects(node: &Node<'_>) -> Result<vk::ImageAspectFlags, FileError> {
    let aspects: vk::ImageAspectFlags = flags(node)?;
    if aspects.is_empty() { Err(node.error("an image has at least one")) } else { Ok(aspects) }
}

fn aspects_of(node: &Node<'_>, all: vk::ImageAspectFlags) -> Result<vk::ImageAspectFlags, FileError> {
    let aspects: vk::ImageAspectFlags = flags(node)?;
    if aspects.is_empty() || !all.contains(aspects) {
        return Err(node.error(format!("the image has {}", names::flags(all))));
    }
    Ok(aspects)
}

fn layout_of(node: &Node<'_>) -> Result<vk::ImageLayout, FileError> {
    let name = node.text()?;
    names::parse_layout(name).ok_or_else(|| node.error(format!("`{name}` is no image layout")))
}

fn transfer(node: &Node<'_>) -> Result<Transfer, FileError> {
    let families: Vec<u32> = node.list()?.map(|family| family.number()).collect::<Result<_, _>>()?;
    match families[..] {
        [from, to] => Ok(Transfer { from, to }),
        _ => Err(node.error("expected two queue families, from and to")),
    }
}

/// Reads `stages` and `access`, which may be left out when there is none. Every access needs a stage that performs it.
fn scope(fields: &Fields<'_>) -> Result<Scope, FileError> {
    let stages = flags(&fields.need("stages")?)?;
    let Some(node) = fields.get("access") else {
        return Ok(Scope::new(stages, vk::AccessFlags2::NONE));
    };
    let scope = Scope::new(stages, flags(&node)?);
    match scope.unperformed() {
        vk::AccessFlags2::NONE => Ok(scope),
        idle => Err(node.error(format!("{} is performed by none of {}", names::flags(idle), names::flags(stages)))),
    }
}
