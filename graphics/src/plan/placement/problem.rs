//! What placement works on: passes as pipeline stages, dependencies as intervals of gaps. No images, no buffers.

use std::ops::Range;

use ash::vk::PipelineStageFlags2 as Stages;

use super::scope;
use crate::plan::model::Scope;

/// A frame on one queue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problem {
    /// The pipeline stages that each pass executes, in recording order: all of the pre-rasterisation, fragment and
    /// attachment stages for a raster pass, what its usages name for the others. They decide which passes a scope orders. What
    /// executes none is a cut of the queue: what depends on it, and on what it depends, are not in order by that.
    pub(crate) passes: Vec<Stages>,
    /// What must be ordered: every hazard, so that reachability is that of the frame. Those that others
    /// cover, as two writes with a read between, have no carrier.
    pub(crate) dependencies: Vec<Dependency>,
    /// What other queues order: no barrier orders that for nothing.
    pub(crate) detours: Vec<Detour>,
    /// For each transition by its number, the group of those that can be one structure in one call, if it has one: parts of
    /// one image from one layout to another one.
    pub(crate) alike: Vec<Option<u32>>,
    /// For each transition by its number, whether it may be a memory dependency instead, if that is one with others; `false` for
    /// those that are not listed.
    pub(crate) can_stay: Vec<bool>,
}

/// An order through other queues: of all passes up to one before later ones, which wait for a queue that waited for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Detour {
    /// The last pass that is over.
    pub(crate) last: usize,
    /// Which passes wait; all come after `last`.
    pub(crate) after: Range<usize>,
    /// Those of them wait that execute one of these stages.
    pub(crate) stages: Stages,
}

impl Detour {
    /// Returns the passes that wait, up to `end`.
    pub(super) fn waiting(&self, passes: &[Stages], end: usize) -> impl Iterator<Item = usize> {
        let after = self.after.start..self.after.end.min(end).min(passes.len());
        after.filter(|pass| scope::stages(passes[*pass]).intersects(self.stages))
    }
}

/// One access that must wait for another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dependency {
    /// Who must finish.
    pub(crate) producer: Producer,
    /// Who must wait: a pass, or the number of passes for what comes after the frame (END).
    pub(crate) consumer: usize,
    /// What must finish; an execution dependency has no accesses.
    pub(crate) first: Scope,
    /// What must wait; an execution dependency has no accesses.
    pub(crate) second: Scope,
    /// Which structure carries it.
    pub(crate) carrier: Carrier,
}

/// Who must finish before a dependency's second scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Producer {
    /// A pass of this frame.
    Pass(usize),
    /// The last use in the previous frame, on the same queue. Where the frame repeats, the previous frame's END can
    /// meet the dependency.
    PreviousFrame,
    /// Nothing, or something outside: a new resource, an acquired swapchain image. Only this frame can meet it.
    Outside,
}

/// The key of structures of all memory, whatever keys there are.
pub(crate) const EVERYTHING: u32 = u32::MAX;

/// Which structure of a call carries a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// A structure that changes no layout; dependencies with equal keys may share one.
    Memory(u32),
    /// The layout transition of that number (small and dense). Its dependencies have one consumer and share one structure.
    Transition(u32),
    /// A later access in the layout that a transition made. It widens the transition's second scope, or chains behind it
    /// in a later call, in a structure that changes no layout. It never needs a call of its own.
    AfterTransition {
        /// The number of the transition.
        transition: u32,
        /// The key of the structure in a later call.
        key: u32,
    },
    /// None: other dependencies cover it. It only says that the consumer depends on the producer.
    Nothing,
}

impl Dependency {
    /// Returns whether it orders execution only.
    pub(super) fn is_execution_only(&self) -> bool {
        self.first.access.is_empty() && self.second.access.is_empty() && matches!(self.carrier, Carrier::Memory(_))
    }
}

/// How to place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choices {
    /// Whether the frame repeats.
    pub(crate) frame: Frame,
    /// What later readers of a transition's result may do.
    pub(crate) later_readers: LaterReaders,
    /// How long to search for fewer false pairs.
    pub(crate) effort: Effort,
    /// Where what only orders execution may ride.
    pub(crate) riding: Riding,
    /// Which structures become one.
    pub(crate) joining: Joining,
}

/// Which structures of one call that change no layout become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Joining {
    /// Those with equal keys, where the two alone order all that both do together.
    #[default]
    Alone,
    /// Those with equal keys, where all structures of the call together order that. One with another key than this one, or a
    /// transition that can stay, joins, too, where another transition of the call waits for the same accesses: their caches are
    /// flushed anyway.
    InCall { key: u32 },
}

/// Where what only orders execution may ride: it adds nothing to a structure that orders as much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Riding {
    /// On any structure of its call.
    #[default]
    Any,
    /// On one of all memory, [`EVERYTHING`]; else its scopes are in a structure with its own key.
    OwnKey,
}

/// Whether a frame is planned alone or as the body of a loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Frame {
    /// It is planned alone: first uses are met in the frame.
    #[default]
    Once,
    /// It follows itself: the call at END may carry the next frame's first uses.
    Repeats,
}

/// What later readers of a transition's result may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LaterReaders {
    /// Widen the transition, or chain behind it in a later call where that orders fewer false pairs.
    #[default]
    Chain,
    /// Always widen the transition.
    #[cfg_attr(not(test), expect(dead_code, reason = "measured against, not offered"))]
    Widen,
}

/// How long to search for fewer false pairs, beyond what a first solution and its lower bound cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Effort {
    /// In proportion to the number of passes, and to a proof up to eight passes.
    #[default]
    Proportional,
    /// That many nodes of the search tree.
    Nodes(usize),
}
