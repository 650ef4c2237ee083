//! Refuses streams that name what they do not have.

use super::stream::{Command, Event, Part, Resource, ResourceId, Shape, Start, Stream, Target};

/// Checks every name and the kind of every part.
///
/// # Panics
///
/// At the first that is wrong, where the caller stands.
#[track_caller]
pub(super) fn check(stream: &Stream) {
    for resource in &stream.resources {
        starts(stream, resource);
    }
    for event in &stream.events {
        match event {
            Event::Submit(submit) => {
                queue(stream, submit.queue.0);
                for op in submit.waits.iter().chain(&submit.signals) {
                    semaphore(stream, op.point.semaphore.0);
                }
                for what in &submit.commands {
                    command(stream, what);
                }
            }
            Event::HostWait(point) => semaphore(stream, point.semaphore.0),
            Event::Idle => {}
            Event::Host(access) => part(stream, access.resource, &access.part),
        }
    }
}

#[track_caller]
fn starts(stream: &Stream, resource: &Resource) {
    match &resource.start {
        Start::Undefined | Start::HostWritten => {}
        Start::Kept(kept) => {
            for kept in kept {
                fits(resource, &kept.part);
                for last in &kept.last {
                    queue(stream, last.queue.0);
                }
            }
        }
    }
}

#[track_caller]
fn command(stream: &Stream, command: &Command) {
    match command {
        Command::Pass(pass) => {
            for access in &pass.accesses {
                part(stream, access.resource, &access.part);
            }
        }
        Command::Call(barriers) => {
            for barrier in barriers {
                match &barrier.target {
                    Target::Memory => {}
                    Target::Buffer { resource, bytes, .. } => part(stream, *resource, &Part::Bytes(bytes.clone())),
                    Target::Image { resource, aspects, mips, layers, .. } => {
                        let texels = Part::Texels { aspects: *aspects, mips: mips.clone(), layers: layers.clone() };
                        part(stream, *resource, &texels);
                    }
                }
            }
        }
    }
}

#[track_caller]
fn part(stream: &Stream, resource: ResourceId, part: &Part) {
    let count = stream.resources.len();
    assert!(resource.0 < count, "the stream has {count} resources; there is no {}", resource.0);
    fits(&stream.resources[resource.0], part);
}

#[track_caller]
fn fits(resource: &Resource, part: &Part) {
    match (part, &resource.shape) {
        (Part::Bytes(_), Shape::Buffer { .. }) | (Part::Texels { .. }, Shape::Image { .. }) => {}
        (Part::Bytes(_), Shape::Image { .. }) => panic!("`{}` is an image; it has no bytes to name", resource.name),
        (Part::Texels { .. }, Shape::Buffer { .. }) => panic!("`{}` is a buffer; it has no texels", resource.name),
    }
}

#[track_caller]
fn queue(stream: &Stream, queue: usize) {
    let count = stream.queues.len();
    assert!(queue < count, "the stream has {count} queues; there is no {queue}");
}

#[track_caller]
fn semaphore(stream: &Stream, semaphore: usize) {
    let count = stream.semaphores.len();
    assert!(semaphore < count, "the stream has {count} semaphores; there is no {semaphore}");
}
