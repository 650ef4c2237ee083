//! A plain replay of passes and barriers under the rules of the memory model, one cell at a time.
//!
//! It shares nothing with the planner: every access is kept with the stages that follow it, and every structure of
//! every call is applied to every access.

use std::collections::BTreeSet;
use std::ops::Range;

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};
use fencewright_graphics::plan::{Barrier, Subresource, Target};

/// One byte of a buffer, or one mip and layer and aspect of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub resource: usize,
    pub byte_or_mip: u64,
    pub layer: u32,
    pub aspect: u32,
}

/// An access of one cell, in one pipeline stage.
#[derive(Clone, Debug)]
struct Event {
    who: String,
    stage: S,
    access: A,
    write: bool,
    concurrent: bool,
    /// The stages whose later commands happen after it.
    followed_by: S,
    /// For writes: whether it is available.
    available: bool,
    /// For writes: what it is visible to, as bits of (stage, access).
    visible: BTreeSet<(u64, u64)>,
}

/// Everything that is known of one cell.
#[derive(Clone, Debug)]
pub struct CellState {
    pub layout: vk::ImageLayout,
    events: Vec<Event>,
}

impl CellState {
    pub fn new(layout: vk::ImageLayout) -> Self {
        Self { layout, events: Vec::new() }
    }
}

/// What a pass does to a cell.
#[derive(Clone, Debug)]
pub struct Use {
    pub who: String,
    pub stages: S,
    pub access: A,
    pub layout: vk::ImageLayout,
    pub write: bool,
    pub concurrent: bool,
}

/// The pipeline of draws, in its logical order.
const DRAW: [S; 8] = [
    S::DRAW_INDIRECT,
    S::INDEX_INPUT,
    S::VERTEX_ATTRIBUTE_INPUT,
    S::VERTEX_SHADER,
    S::EARLY_FRAGMENT_TESTS,
    S::FRAGMENT_SHADER,
    S::LATE_FRAGMENT_TESTS,
    S::COLOR_ATTACHMENT_OUTPUT,
];

/// The pipeline of dispatches.
const DISPATCH: [S; 2] = [S::DRAW_INDIRECT, S::COMPUTE_SHADER];

/// Adds what comes before the stages in their pipelines, or after them.
fn expanded(stages: S, earlier: bool) -> S {
    let stages = spelled_out(stages);
    let mut all = stages;
    for pipeline in [&DRAW[..], &DISPATCH[..]] {
        for (index, stage) in pipeline.iter().enumerate() {
            if stages.contains(*stage) {
                let more = if earlier { &pipeline[..index] } else { &pipeline[index..] };
                all = more.iter().fold(all, |all, stage| all | *stage);
            }
        }
    }
    all
}

const TRANSFER: S = S::from_raw(S::COPY.as_raw() | S::BLIT.as_raw() | S::RESOLVE.as_raw() | S::CLEAR.as_raw());

/// Adds the stages that others stand for.
fn spelled_out(stages: S) -> S {
    let mut all = stages;
    if stages.contains(S::ALL_COMMANDS) {
        let known = DRAW.iter().chain(&DISPATCH).fold(TRANSFER, |all, stage| all | *stage);
        all = (all & !S::ALL_COMMANDS) | known | S::ALL_TRANSFER;
    }
    if stages.contains(S::ALL_TRANSFER) { all | TRANSFER } else { all }
}

/// Adds the accesses that `MEMORY_READ` and `MEMORY_WRITE` stand for, of those that tests use.
fn spelled_access(access: A) -> A {
    const READS: u64 = A::SHADER_STORAGE_READ.as_raw()
        | A::SHADER_SAMPLED_READ.as_raw()
        | A::UNIFORM_READ.as_raw()
        | A::TRANSFER_READ.as_raw()
        | A::COLOR_ATTACHMENT_READ.as_raw()
        | A::DEPTH_STENCIL_ATTACHMENT_READ.as_raw()
        | A::VERTEX_ATTRIBUTE_READ.as_raw()
        | A::INDEX_READ.as_raw()
        | A::INDIRECT_COMMAND_READ.as_raw();
    const WRITES: u64 = A::SHADER_STORAGE_WRITE.as_raw()
        | A::TRANSFER_WRITE.as_raw()
        | A::COLOR_ATTACHMENT_WRITE.as_raw()
        | A::DEPTH_STENCIL_ATTACHMENT_WRITE.as_raw();
    let mut all = access;
    if access.contains(A::MEMORY_READ) {
        all |= A::from_raw(READS);
    }
    if access.contains(A::MEMORY_WRITE) {
        all |= A::from_raw(WRITES);
    }
    all
}

fn bits(flags: u64) -> impl Iterator<Item = u64> {
    (0..64).map(|bit| 1_u64 << bit).filter(move |bit| flags & bit != 0)
}

/// Applies one call: its structures do not chain with each other.
pub fn call(cells: &mut [(Cell, CellState)], barriers: &[Barrier]) -> Result<(), String> {
    for (cell, state) in cells {
        let before = state.clone();
        for barrier in barriers {
            apply(*cell, &before, state, barrier);
        }
        for barrier in barriers {
            transition(*cell, &before, state, barrier)?;
        }
    }
    Ok(())
}

fn apply(cell: Cell, before: &CellState, state: &mut CellState, barrier: &Barrier) {
    let first = expanded(barrier.first.stages, true);
    let second = expanded(barrier.second.stages, false);
    let covers = covers(&barrier.target, cell);
    for (old, event) in before.events.iter().zip(&mut state.events) {
        let ordered = first.contains(old.stage) || first.intersects(old.followed_by);
        if !ordered {
            continue;
        }
        event.followed_by |= second;
        if covers && old.write {
            let named = spelled_out(barrier.first.stages).contains(old.stage)
                && spelled_access(barrier.first.access).contains(old.access);
            event.available |= named;
            if old.available || named {
                event.visible.extend(pairs(barrier.second.stages, barrier.second.access));
            }
        }
    }
}

fn pairs(stages: S, access: A) -> Vec<(u64, u64)> {
    let stages = bits(spelled_out(stages).as_raw());
    let access = spelled_access(access);
    stages.flat_map(|stage| bits(access.as_raw()).map(move |access| (stage, access))).collect()
}

/// A layout transition needs all earlier accesses ordered before it, all writes available, and counts as a write.
fn transition(cell: Cell, before: &CellState, state: &mut CellState, barrier: &Barrier) -> Result<(), String> {
    let Target::Image { old_layout, new_layout, .. } = &barrier.target else { return Ok(()) };
    if !covers(&barrier.target, cell) {
        return Ok(());
    }
    if *old_layout != before.layout && *old_layout != vk::ImageLayout::UNDEFINED {
        return Err(format!("{cell:?}: a barrier from {old_layout:?} finds {:?}", before.layout));
    }
    if old_layout == new_layout {
        return Ok(());
    }
    let first = expanded(barrier.first.stages, true);
    for (old, now) in before.events.iter().zip(&state.events) {
        if !first.contains(old.stage) && !first.intersects(old.followed_by) {
            return Err(format!("{cell:?}: a transition to {new_layout:?} does not wait for {}", old.who));
        }
        if old.write && !now.available {
            return Err(format!("{cell:?}: a transition to {new_layout:?} may lose what {} wrote", old.who));
        }
    }
    state.layout = *new_layout;
    state.events = vec![Event {
        who: format!("the transition to {new_layout:?}"),
        stage: S::NONE,
        access: A::NONE,
        write: true,
        concurrent: false,
        followed_by: expanded(barrier.second.stages, false),
        available: true,
        visible: pairs(barrier.second.stages, barrier.second.access).into_iter().collect(),
    }];
    Ok(())
}

fn covers(target: &Target, cell: Cell) -> bool {
    match target {
        Target::Memory => true,
        Target::Buffer { resource, bytes } => resource.0 == cell.resource && bytes.contains(&cell.byte_or_mip),
        Target::Image { resource, aspects, mips, layers, .. } => {
            resource.0 == cell.resource
                && u32::try_from(cell.byte_or_mip).is_ok_and(|mip| mips.contains(&mip))
                && layers.contains(&cell.layer)
                && aspects.as_raw() & cell.aspect != 0
        }
    }
}

/// Makes an access of one cell, and says what it is not ordered after.
pub fn access(cell: Cell, state: &mut CellState, access: &Use) -> Result<(), String> {
    if state.layout != access.layout {
        return Err(format!("{cell:?}: {} wants {:?} and finds {:?}", access.who, access.layout, state.layout));
    }
    for event in &state.events {
        let apart = !(access.write || event.write) || (access.concurrent && event.concurrent);
        if apart || event.who == access.who {
            continue;
        }
        if !event.followed_by.contains(spelled_out(access.stages)) {
            return Err(format!("{cell:?}: {} is not ordered after {}", access.who, event.who));
        }
        if event.write {
            let seen = |pair: &(u64, u64)| event.visible.contains(pair);
            if !event.available || !pairs(access.stages, access.access).iter().all(seen) {
                return Err(format!("{cell:?}: what {} wrote is not visible to {}", event.who, access.who));
            }
        }
    }
    if access.write && !access.concurrent {
        state.events.retain(|event| event.who == access.who);
    } else if access.write {
        state.events.retain(|event| event.who == access.who || (event.write && event.concurrent));
    }
    for stage in bits(spelled_out(access.stages).as_raw()).map(S::from_raw) {
        state.events.push(Event {
            who: access.who.clone(),
            stage,
            access: only_writes(access.access),
            write: access.write,
            concurrent: access.concurrent,
            followed_by: S::NONE,
            available: false,
            visible: BTreeSet::new(),
        });
    }
    Ok(())
}

fn only_writes(access: A) -> A {
    bits(access.as_raw()).map(A::from_raw).filter(|bit| super::writes(*bit)).fold(A::NONE, |all, bit| all | bit)
}

/// Lists the cells of a part.
pub fn cells(resource: usize, part: &Subresource) -> Vec<Cell> {
    match part {
        Subresource::Buffer { bytes } => {
            Range::clone(bytes).map(|byte| Cell { resource, byte_or_mip: byte, layer: 0, aspect: 0 }).collect()
        }
        Subresource::Image { aspects, mips, layers } => bits(u64::from(aspects.as_raw()))
            .flat_map(|aspect| mips.clone().map(move |mip| (aspect, mip)))
            .flat_map(|(aspect, mip)| layers.clone().map(move |layer| (aspect, mip, layer)))
            .map(|(aspect, mip, layer)| Cell {
                resource,
                byte_or_mip: u64::from(mip),
                layer,
                aspect: u32::try_from(aspect).expect("aspects have 32 bits"),
            })
            .collect(),
    }
}
