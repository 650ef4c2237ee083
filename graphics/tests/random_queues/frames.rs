//! Random frames over several queues.

use ash::vk::{AccessFlags2 as A, ImageLayout as L, PipelineStageFlags2 as S};
use fencewright_graphics::plan::{
    AccessInput, Entry, Exit, Imported, PassInput, QueueSpec, ResourceInput, Scope, Shape, Sharing, Topology,
};
use fencewright_graphics::usage::UsageRow;
use fencewright_graphics::{Access, PassKind, Queue};

use crate::support;
use crate::support::random::Random;

/// A usage: of buffers or of images, by passes of some kinds.
#[derive(Clone, Copy)]
pub(crate) struct Word {
    row: &'static UsageRow,
    access: Access,
    image: bool,
    kinds: &'static [PassKind],
}

pub(crate) fn words() -> Vec<Word> {
    use Access::{Read, Write};
    const TRANSFER: &[PassKind] = &[PassKind::Transfer];
    const COMPUTE: &[PassKind] = &[PassKind::Compute];
    const RASTER: &[PassKind] = &[PassKind::Raster];
    let word = |image, kinds, name, stages, flags, layout, access| Word {
        row: support::row(name, stages, flags, layout),
        access,
        image,
        kinds,
    };
    let storage = A::SHADER_STORAGE_READ | A::SHADER_STORAGE_WRITE;
    let tests = S::EARLY_FRAGMENT_TESTS | S::LATE_FRAGMENT_TESTS;
    let depth = A::DEPTH_STENCIL_ATTACHMENT_READ | A::DEPTH_STENCIL_ATTACHMENT_WRITE;
    let (both, none) = (S::VERTEX_SHADER | S::FRAGMENT_SHADER, L::UNDEFINED);
    vec![
        word(false, TRANSFER, "copy from", S::COPY, A::TRANSFER_READ, none, Read),
        word(false, TRANSFER, "copy to", S::COPY, A::TRANSFER_WRITE, none, Write),
        word(false, TRANSFER, "fill", S::CLEAR, A::TRANSFER_WRITE, none, Write),
        word(false, COMPUTE, "storage read", S::COMPUTE_SHADER, A::SHADER_STORAGE_READ, none, Read),
        word(false, COMPUTE, "storage", S::COMPUTE_SHADER, storage, none, Write),
        word(false, COMPUTE, "dispatch", S::DRAW_INDIRECT, A::INDIRECT_COMMAND_READ, none, Read),
        word(false, RASTER, "vertices", S::VERTEX_ATTRIBUTE_INPUT, A::VERTEX_ATTRIBUTE_READ, none, Read),
        word(false, RASTER, "uniform", both, A::UNIFORM_READ, none, Read),
        word(false, RASTER, "draw storage", S::FRAGMENT_SHADER, storage, none, Write),
        word(true, TRANSFER, "copy from image", S::COPY, A::TRANSFER_READ, L::TRANSFER_SRC_OPTIMAL, Read),
        word(true, TRANSFER, "copy to image", S::COPY, A::TRANSFER_WRITE, L::TRANSFER_DST_OPTIMAL, Write),
        word(
            true,
            COMPUTE,
            "sampled by compute",
            S::COMPUTE_SHADER,
            A::SHADER_SAMPLED_READ,
            L::READ_ONLY_OPTIMAL,
            Read,
        ),
        word(true, COMPUTE, "storage image", S::COMPUTE_SHADER, storage, L::GENERAL, Write),
        word(true, COMPUTE, "storage image read", S::COMPUTE_SHADER, A::SHADER_STORAGE_READ, L::GENERAL, Read),
        word(true, RASTER, "sampled", S::FRAGMENT_SHADER, A::SHADER_SAMPLED_READ, L::READ_ONLY_OPTIMAL, Read),
        word(true, RASTER, "sampled in both", both, A::SHADER_SAMPLED_READ, L::READ_ONLY_OPTIMAL, Read),
        word(
            true,
            RASTER,
            "colour",
            S::COLOR_ATTACHMENT_OUTPUT,
            A::COLOR_ATTACHMENT_WRITE,
            L::ATTACHMENT_OPTIMAL,
            Write,
        ),
        word(true, RASTER, "depth", tests, depth, L::ATTACHMENT_OPTIMAL, Write),
    ]
}

pub(crate) fn topology(random: &mut Random) -> Topology {
    let with = |queues: [QueueSpec; 3]| Topology::new(queues).expect("one queue for each role");
    let everything = |role, family| QueueSpec { role, ..QueueSpec::graphics(family) };
    match random.below(7) {
        0 => Topology::transfer(),
        1 => Topology::asynchronous().alias(),
        // Two queues of one family, and one of another.
        2 => with([QueueSpec::graphics(0), everything(Queue::Compute, 0), QueueSpec::transfer(1)]),
        3 => {
            let transfer = QueueSpec { role: Queue::Transfer, ..QueueSpec::compute(1) };
            with([QueueSpec::graphics(0), QueueSpec::compute(1), transfer])
        }
        _ => Topology::asynchronous(),
    }
}

pub(crate) fn resources(random: &mut Random, topology: &Topology, unified: bool) -> Vec<ResourceInput> {
    let mut resources = Vec::new();
    for index in 0..=random.below(4) {
        let name = format!("r{index}");
        let layout = if unified { L::GENERAL } else { random.pick(&[L::GENERAL, L::READ_ONLY_OPTIMAL]) };
        let mut resource = if random.one_in(2) {
            support::image(&name, 3, 2, Entry::Ready { layout })
        } else {
            support::buffer(&name, 6, Entry::Ready { layout: L::UNDEFINED })
        };
        if random.one_in(4) {
            resource.sharing = Sharing::Concurrent;
        }
        let is_image = matches!(resource.shape, Shape::Image { .. });
        resource.exit = match (random.below(8), is_image) {
            (0, true) => Exit::Present,
            (0 | 1, false) => Exit::HostRead,
            (1 | 2, _) => Exit::Exported {
                scope: Scope { stages: S::COMPUTE_SHADER, access: A::SHADER_STORAGE_READ },
                layout: if is_image { L::GENERAL } else { L::UNDEFINED },
                by: "other code",
            },
            _ => Exit::Nothing,
        };
        if random.one_in(6) {
            let stages = S::ALL_COMMANDS;
            let scope = Scope { stages, access: A::NONE };
            let new = resource.exit == Exit::Present || random.one_in(3);
            let layout = if is_image && !new { layout } else { L::UNDEFINED };
            let owned = resource.sharing == Sharing::Exclusive && !new && random.one_in(2);
            let family = owned.then(|| topology.queues()[random.below(topology.queues().len())].family);
            resource.entry = Entry::Imported(Imported { scope, layout, by: "outside", family });
        }
        resources.push(resource);
    }
    resources
}

pub(crate) fn passes(
    random: &mut Random,
    words: &[Word],
    resources: &[ResourceInput],
    by_hand: bool,
) -> Vec<PassInput> {
    let one = |number: usize, random: &mut Random| {
        let queue = random.pick(&[Queue::Graphics, Queue::Graphics, Queue::Compute, Queue::Transfer]);
        let kind = match queue {
            Queue::Graphics => random.pick(&[PassKind::Raster, PassKind::Compute, PassKind::Transfer]),
            Queue::Compute => random.pick(&[PassKind::Compute, PassKind::Compute, PassKind::Transfer]),
            Queue::Transfer => PassKind::Transfer,
        };
        let mut accesses: Vec<AccessInput> = Vec::new();
        for (index, resource) in resources.iter().enumerate().filter(|_| !random.one_in(3)) {
            let is_image = matches!(resource.shape, Shape::Image { .. });
            let fit: Vec<Word> =
                words.iter().filter(|word| word.image == is_image && word.kinds.contains(&kind)).copied().collect();
            let Word { row, access, .. } = fit[accesses.len() * 7 % fit.len()];
            accesses.push(support::access(index, row, access, resource.shape.whole()));
        }
        for access in &mut accesses {
            let resource = &resources[access.resource.0];
            let is_image = matches!(resource.shape, Shape::Image { .. });
            let fit: Vec<Word> =
                words.iter().filter(|word| word.image == is_image && word.kinds.contains(&kind)).copied().collect();
            let word = random.pick(&fit);
            (access.usage, access.access, access.part) = (word.row, word.access, random.part(&resource.shape));
            access.discard = word.access == Access::Write && random.one_in(4);
            access.concurrent = word.access == Access::Write && random.one_in(5);
        }
        let auto_barriers = !(by_hand && random.one_in(4));
        PassInput { kind, queue, auto_barriers, ..support::pass(&format!("p{number}"), accesses) }
    };
    (0..=random.below(9)).map(|number| one(number, random)).collect()
}
