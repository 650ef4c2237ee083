//! The judge agrees with the oracle, and its advice helps.

use std::collections::BTreeSet;

use ash::vk::{ImageLayout, PipelineStageFlags2 as S};
use fencewright_graphics::judge::{
    self, Barrier, Command, Event, Fix, HostAccess, HostOp, Missing, Part, Place, Point, ResourceId, Rules, Scope,
    SemaphoreId, SemaphoreOp, Sharing, Start, Stream, Submit, Target, Transfer, Verdict,
};

use crate::oracle::{Oracle, Pair, units};
use crate::random::{self, Random};

/// What the judge says, pair by pair.
fn pairs(verdict: &Verdict) -> BTreeSet<Pair> {
    let mut pairs = BTreeSet::new();
    for missing in &verdict.missing {
        let second = missing.second.place.expect("it is in the stream");
        let resource = missing.resource.expect("it concerns a resource");
        for unit in missing.parts.iter().flat_map(|part| units(resource, part)) {
            for first in &missing.firsts {
                let place = first.access.place.expect("it is in the stream");
                pairs.insert((second, unit, first.kind, place));
            }
        }
    }
    pairs
}

#[test]
fn the_judge_agrees_with_the_matrices() {
    let (seed, count) = (random::seed(), random::streams(1_500));
    let (mut clean, mut found) = (0, 0);
    for at in 0..count {
        let seed = seed.wrapping_add(at);
        let mut random = Random(seed);
        let queues = 1 + random.below(2);
        let stream = random::stream(&mut random, queues);
        let strict = !random.one_in(4);
        let verdict = judge::judge(&stream, &Rules { strict });
        let expected = Oracle::new(&stream, strict).pairs();
        let judged = pairs(&verdict);
        assert_eq!(
            judged,
            expected,
            "JUDGE_SEED={seed} JUDGE_STREAMS=1, strict: {strict}\n{verdict}\n{}",
            stream.to_json()
        );
        clean += usize::from(judged.is_empty());
        found += judged.len();
    }
    // Neither side may be trivial.
    assert!(clean as u64 > count / 50, "{clean} of {count} are clean");
    assert!(found as u64 > count, "{found} pairs in {count} streams");
}

/// Applies what the judge says to do: first what leaves places as they are, then from the end to the beginning.
fn follow(stream: &mut Stream, missing: &[Missing]) {
    let mut layouts: Vec<(Place, &Missing, ImageLayout)> = Vec::new();
    let mut adds: Vec<(Place, Command)> = Vec::new();
    for (missing, fix) in missing.iter().flat_map(|missing| missing.fixes.iter().map(move |fix| (missing, fix))) {
        match fix {
            Fix::Add { before, barriers } => adds.push((*before, Command::Call(barriers.clone()))),
            Fix::Widen { structure, first, second } => {
                let barrier = &mut call(stream, *structure)[structure.item];
                barrier.first = or(barrier.first, *first);
                barrier.second = or(barrier.second, *second);
            }
            Fix::OldLayout { structure, layout } => layouts.push((*structure, missing, *layout)),
            Fix::Wait { signal, after, before, .. } => wait(stream, missing, signal, *after, *before),
            Fix::Transfer { .. }
            | Fix::AddForHost { .. }
            | Fix::HostWait { .. }
            | Fix::Split
            | Fix::Write
            | Fix::Signal { .. } => panic!("not in these streams: {missing}"),
        }
    }
    layouts.sort_by_key(|(structure, ..)| std::cmp::Reverse(*structure));
    layouts.dedup_by_key(|(structure, ..)| *structure);
    for (structure, missing, layout) in layouts {
        name_old_layout(stream, structure, missing, layout);
    }
    adds.sort_by_key(|(before, _)| std::cmp::Reverse(*before));
    for (before, call) in adds {
        commands(stream, before.event).insert(before.command, call);
    }
}

/// Lets the batch of the later access wait for those of the earlier ones on a queue.
fn wait(stream: &mut Stream, missing: &Missing, queue: &str, after: S, before: S) {
    let of_queue = missing.firsts.iter().filter(|first| first.access.queue.as_deref() == Some(queue));
    let events: BTreeSet<usize> = of_queue.filter_map(|first| Some(first.access.place?.event)).collect();
    let second = missing.second.place.expect("it is in the stream").event;
    for first in events {
        let point = Point { semaphore: stream.semaphore("advised"), value: 1 };
        batch(stream, first).signals.push(SemaphoreOp { point, stages: after });
        batch(stream, second).waits.push(SemaphoreOp { point, stages: before });
    }
}

fn batch(stream: &mut Stream, event: usize) -> &mut Submit {
    match &mut stream.events[event] {
        Event::Submit(submit) => submit,
        Event::HostWait(_) | Event::Idle | Event::Host(_) => panic!("only submits here"),
    }
}

fn call(stream: &mut Stream, place: Place) -> &mut Vec<Barrier> {
    match &mut commands(stream, place.event)[place.command] {
        Command::Call(call) => call,
        Command::Pass(pass) => panic!("{} is no call", pass.name),
    }
}

/// Splits a structure into single texels, and changes the old layout of those that are concerned.
fn name_old_layout(stream: &mut Stream, structure: Place, missing: &Missing, layout: ImageLayout) {
    let call = call(stream, structure);
    let barrier = call[structure.item].clone();
    let Target::Image { resource, aspects, mips, layers, .. } = barrier.target.clone() else { panic!("{missing}") };
    let concerned: Vec<_> = missing.parts.iter().flat_map(|part| units(resource, part)).collect();
    let texels = mips.flat_map(|mip| layers.clone().map(move |layer| (mip, layer)));
    let texels = texels.map(|(mip, layer)| {
        let mut texel = barrier.clone();
        let Target::Image { mips, layers, old_layout, .. } = &mut texel.target else { unreachable!() };
        (*mips, *layers) = (mip..mip + 1, layer..layer + 1);
        let part = Part::Texels { aspects, mips: mips.clone(), layers: layers.clone() };
        if concerned.contains(&units(resource, &part)[0]) {
            *old_layout = layout;
        }
        texel
    });
    let texels: Vec<_> = texels.collect();
    call.splice(structure.item..=structure.item, texels);
}

fn commands(stream: &mut Stream, event: usize) -> &mut Vec<Command> {
    &mut batch(stream, event).commands
}

fn or(one: Scope, other: Scope) -> Scope {
    Scope::new(one.stages | other.stages, one.access | other.access)
}

#[test]
fn what_the_judge_says_to_add_is_what_was_missing() {
    let (seed, count) = (random::seed(), random::streams(3_000));
    let mut fixed = 0;
    for at in 0..count {
        let seed = seed.wrapping_add(at);
        let mut random = Random(seed);
        let queues = 1 + random.below(2);
        let stream = random::stream(&mut random, queues);
        let mut better = stream.clone();
        let mut verdict = judge::judge(&better, &Rules::default());
        fixed += usize::from(!verdict.is_clean());
        // A widened transition can show the next one behind it; a transition that now keeps its contents, one before it.
        for _ in 0..8 {
            follow(&mut better, &verdict.missing);
            verdict = judge::judge(&better, &Rules::default());
        }
        assert!(verdict.is_clean(), "JUDGE_SEED={seed} JUDGE_STREAMS=1\n{verdict}\n{}", stream.to_json());
    }
    assert!(fixed as u64 > count / 2, "{fixed} of {count} had something missing");
}

/// Adds what the oracle does not know: families, ownership transfers, the host, waits for anything.
fn anything(random: &mut Random, stream: &mut Stream) {
    for queue in &mut stream.queues {
        queue.family = random.below(2) as u32;
    }
    let transfer = |random: &mut Random| {
        random.one_in(2).then(|| Transfer { from: random.below(2) as u32, to: random.below(2) as u32 })
    };
    for event in &mut stream.events {
        let Event::Submit(submit) = event else { continue };
        for command in &mut submit.commands {
            let Command::Call(barriers) = command else { continue };
            for barrier in barriers {
                match &mut barrier.target {
                    Target::Memory => {}
                    Target::Buffer { transfer: half, .. } | Target::Image { transfer: half, .. } => {
                        *half = transfer(random);
                    }
                }
            }
        }
    }
    for resource in &mut stream.resources {
        match random.below(4) {
            0 => resource.start = Start::HostWritten,
            1 => resource.sharing = Sharing::Concurrent,
            _ => {}
        }
    }
    for _ in 0..random.below(4) {
        let resource = random.below(stream.resources.len());
        let part = stream.resources[resource].shape.whole();
        let value = random.below(6) as u64;
        let event = match random.below(4) {
            0 => Event::Idle,
            1 => Event::HostWait(Point { semaphore: SemaphoreId(0), value }),
            other => Event::Host(HostAccess {
                name: "host".into(),
                resource: ResourceId(resource),
                part,
                op: if other == 2 { HostOp::Read } else { HostOp::Write },
            }),
        };
        stream.events.insert(random.below(stream.events.len() + 1), event);
    }
    stream.events.rotate_left(random.below(2));
}

#[test]
fn whatever_is_in_a_stream_the_verdict_is_the_same_each_time_and_from_its_file() {
    let (seed, count) = (random::seed(), random::streams(400));
    for at in 0..count {
        let mut random = Random(seed.wrapping_add(at));
        let mut stream = random::stream(&mut random, 2);
        anything(&mut random, &mut stream);
        let verdict = judge::judge(&stream, &Rules::default());
        let again =
            Stream::from_json(&stream.to_json()).unwrap_or_else(|error| panic!("{error}\n{}", stream.to_json()));
        assert_eq!(judge::judge(&again, &Rules::default()), verdict, "JUDGE_SEED={seed}\n{}", stream.to_json());
        let lax = judge::judge(&stream, &Rules { strict: false });
        assert!(lax.missing.len() <= verdict.missing.len(), "JUDGE_SEED={seed}\n{verdict}\n{lax}");
        for missing in &verdict.missing {
            let named = missing.to_string().contains(&missing.name);
            assert!(named && !missing.fixes.is_empty(), "JUDGE_SEED={seed}\n{missing}\n{}", stream.to_json());
        }
    }
}
