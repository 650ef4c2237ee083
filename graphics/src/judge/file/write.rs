//! From a stream to JSON.

use ash::vk;

use super::read::ANY;
use crate::judge::names;
use crate::judge::report_json::text;
use crate::judge::stream::{
    Access, Barrier, Command, Contents, Event, Holds, HostOp, Kept, Order, Part, ResourceId, Scope, SemaphoreOp, Shape,
    Sharing, Start, Stream, Target, Transfer,
};

pub(super) fn stream(stream: &Stream) -> String {
    let queues =
        stream.queues.iter().map(|queue| format!("{{\"name\": {}, \"family\": {}}}", text(&queue.name), queue.family));
    let resources = stream.resources.iter().map(|resource| {
        let shape = match resource.shape {
            Shape::Buffer { len_bytes } => format!("\"buffer\": {}, \"bytes\": {len_bytes}", text(&resource.name)),
            Shape::Image { aspects, mips, layers } => format!(
                "\"image\": {}, \"aspects\": \"{}\", \"mips\": {mips}, \"layers\": {layers}",
                text(&resource.name),
                names::flags(aspects)
            ),
        };
        let sharing = match resource.sharing {
            Sharing::Exclusive => "",
            Sharing::Concurrent => ", \"sharing\": \"concurrent\"",
        };
        format!("{{{shape}{sharing}{}}}", start(stream, &resource.start, &resource.shape))
    });
    let events = stream.events.iter().map(|what| event(stream, what));
    format!(
        "{{\n\"queues\": {},\n\"resources\": {},\n\"events\": {}\n}}\n",
        lines(queues, 1),
        lines(resources, 1),
        lines(events, 1)
    )
}

fn start(stream: &Stream, start: &Start, shape: &Shape) -> String {
    match start {
        Start::Undefined => String::new(),
        Start::HostWritten => ", \"start\": \"host-written\"".to_owned(),
        Start::Kept(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| kept(stream, part, shape)).collect();
            format!(", \"start\": [{}]", parts.join(", "))
        }
    }
}

fn kept(stream: &Stream, kept: &Kept, shape: &Shape) -> String {
    let mut fields = vec![range(&kept.part, shape)];
    if let Shape::Image { .. } = shape {
        fields.push(format!("\"layout\": \"{}\"", names::layout(kept.layout)));
    }
    match kept.holds {
        Holds::Contents => {}
        Holds::Nothing => fields.push("\"contents\": \"undefined\"".to_owned()),
    }
    fields.extend(kept.family.map(|family| format!("\"family\": {family}")));
    let last = kept.last.iter().map(|last| {
        let (pass, queue) = (text(&last.pass), text(&stream.queues[last.queue.0].name));
        format!("{{\"pass\": {pass}, \"queue\": {queue}, {}}}", scope(last.scope))
    });
    fields.push(format!("\"last\": [{}]", last.collect::<Vec<_>>().join(", ")));
    format!("{{{}}}", fields.join(", "))
}

fn event(stream: &Stream, event: &Event) -> String {
    match event {
        Event::Submit(submit) => format!(
            "{{\"submit\": {}, \"waits\": [{}], \"commands\": {}, \"signals\": [{}]}}",
            text(&stream.queues[submit.queue.0].name),
            points(stream, &submit.waits),
            lines(submit.commands.iter().map(|what| command(stream, what)), 2),
            points(stream, &submit.signals)
        ),
        Event::HostWait(point) => {
            let semaphore = text(&stream.semaphores[point.semaphore.0]);
            format!("{{\"host_wait\": {semaphore}, \"value\": {}}}", point.value)
        }
        Event::Idle => "\"idle\"".to_owned(),
        Event::Host(access) => {
            let op = match access.op {
                HostOp::Read => "host_read",
                HostOp::Write => "host_write",
            };
            format!("{{\"{op}\": {}, {}}}", text(&access.name), part(stream, access.resource, &access.part))
        }
    }
}

fn points(stream: &Stream, points: &[SemaphoreOp]) -> String {
    let points = points.iter().map(|op| {
        let semaphore = text(&stream.semaphores[op.point.semaphore.0]);
        let (value, stages) = (op.point.value, names::flags(op.stages));
        format!("{{\"semaphore\": {semaphore}, \"value\": {value}, \"stages\": \"{stages}\"}}")
    });
    points.collect::<Vec<_>>().join(", ")
}

fn command(stream: &Stream, command: &Command) -> String {
    match command {
        Command::Pass(pass) => format!(
            "{{\"pass\": {}, \"accesses\": {}}}",
            text(&pass.name),
            lines(pass.accesses.iter().map(|what| access(stream, what)), 3)
        ),
        Command::Call(barriers) => {
            format!("{{\"call\": {}}}", lines(barriers.iter().map(|what| barrier(stream, what)), 3))
        }
    }
}

fn access(stream: &Stream, access: &Access) -> String {
    let mut fields = vec![part(stream, access.resource, &access.part), scope(access.scope)];
    if let Part::Texels { .. } = access.part {
        fields.push(format!("\"layout\": \"{}\"", access.layout.map_or(ANY.to_owned(), names::layout)));
    }
    match access.contents {
        Contents::Keep => {}
        Contents::Discard => fields.push("\"contents\": \"discard\"".to_owned()),
    }
    match access.leaves {
        Holds::Contents => {}
        Holds::Nothing => fields.push("\"leaves\": \"nothing\"".to_owned()),
    }
    match access.order {
        Order::Ordered => {}
        Order::Concurrent => fields.push("\"order\": \"concurrent\"".to_owned()),
    }
    fields.extend(access.note.as_ref().map(|note| format!("\"note\": {}", text(note))));
    format!("{{{}}}", fields.join(", "))
}

fn barrier(stream: &Stream, barrier: &Barrier) -> String {
    let mut fields =
        vec![format!("\"first\": {{{}}}", scope(barrier.first)), format!("\"second\": {{{}}}", scope(barrier.second))];
    let mut families = None;
    match &barrier.target {
        Target::Memory => {}
        Target::Buffer { resource, bytes, transfer } => {
            fields.push(part(stream, *resource, &Part::Bytes(bytes.clone())));
            families = *transfer;
        }
        Target::Image { resource, aspects, mips, layers, old_layout, new_layout, transfer } => {
            let texels = Part::Texels { aspects: *aspects, mips: mips.clone(), layers: layers.clone() };
            fields.push(part(stream, *resource, &texels));
            fields.push(layouts(*old_layout, *new_layout));
            families = *transfer;
        }
    }
    fields.extend(families.map(|Transfer { from, to }| format!("\"families\": [{from}, {to}]")));
    format!("{{{}}}", fields.join(", "))
}

fn layouts(old: vk::ImageLayout, new: vk::ImageLayout) -> String {
    format!("\"old_layout\": \"{}\", \"new_layout\": \"{}\"", names::layout(old), names::layout(new))
}

fn part(stream: &Stream, resource: ResourceId, part: &Part) -> String {
    let resource = &stream.resources[resource.0];
    let kind = match resource.shape {
        Shape::Buffer { .. } => "buffer",
        Shape::Image { .. } => "image",
    };
    format!("\"{kind}\": {}, {}", text(&resource.name), range(part, &resource.shape))
}

fn range(part: &Part, shape: &Shape) -> String {
    match (part, shape) {
        (Part::Bytes(bytes), Shape::Buffer { len_bytes }) => {
            format!("\"bytes\": [{}, {}]", bytes.start, bytes.end.min(*len_bytes))
        }
        (Part::Texels { aspects, mips, layers }, Shape::Image { mips: levels, layers: count, .. }) => format!(
            "\"aspects\": \"{}\", \"mips\": [{}, {}], \"layers\": [{}, {}]",
            names::flags(*aspects),
            mips.start,
            mips.end.min(*levels),
            layers.start,
            layers.end.min(*count)
        ),
        (Part::Bytes(_), Shape::Image { .. }) | (Part::Texels { .. }, Shape::Buffer { .. }) => {
            panic!("bytes belong to buffers, mip levels and layers to images")
        }
    }
}

fn scope(scope: Scope) -> String {
    format!("\"stages\": \"{}\", \"access\": \"{}\"", names::flags(scope.stages), names::flags(scope.access))
}

/// A list with one element a line.
fn lines(elements: impl Iterator<Item = String>, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let elements: Vec<String> = elements.map(|element| format!("\n{indent}{element}")).collect();
    format!("[{}]", elements.join(","))
}
