//! The plan of a frame: made once, and kept while the program, the resources and their states stay the same.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};

use fencewright::{Program, ProgramId, ProgramSystem};

use crate::declare::pass::{PassDecl, PassInfo};
use crate::device::desc::{Judging, Loops};
use crate::device::looped::Looped;
use crate::device::registry::Registry;
use crate::device::renderer::Inner;
use crate::device::resolve::{self, Resolved};
use crate::judge::Rules;
use crate::plan::{self, Entry, Input, Options, PassOrder, Plan, ResourceState};
use crate::record::emission::Emission;
use crate::record::error::VkError;
use crate::record::recorder::Recorder;
use crate::record::script::{Found, LoopId, Script};
use crate::verify;

/// How many scripts are kept: two for resources that swap, and some for programs that take turns.
const KEPT: usize = 16;

/// The scripts of earlier frames; the latest is first.
#[derive(Default)]
pub(crate) struct Scripts {
    kept: VecDeque<Kept>,
    states: States,
    /// How often something was planned.
    planned: u64,
    /// How often a loop was tried.
    loops: u64,
}

struct Kept {
    program: Facts,
    script: Arc<Script>,
    /// The same frame as the body of a loop; tried when the frame is met for the second time.
    looped: Repeated,
    /// What a frame like this records after a script of this number, if nothing but that frame has changed anything: there is nothing
    /// to compare then.
    follows: Option<(u64, Arc<Script>)>,
}

enum Repeated {
    Untried,
    Alone,
    Looped(Looped),
}

/// What of a program decides its plan.
struct Facts {
    /// The program that was found to be like this last, and its revision then.
    id: ProgramId,
    revision: u64,
    stages: Vec<String>,
    systems: Vec<SystemFacts>,
}

struct SystemFacts {
    name: String,
    stage: usize,
    pass: Option<&'static PassInfo>,
    parts: Option<PassDecl>,
}

impl Facts {
    fn of(program: &Program) -> Self {
        let facts = |system: &ProgramSystem| SystemFacts {
            name: system.name().to_owned(),
            stage: system.stage(),
            pass: system.info().annotation(),
            parts: system.declaration().get::<PassDecl>().cloned(),
        };
        let systems = program.systems().iter().map(facts).collect();
        Self { id: program.id().clone(), revision: program.revision(), stages: program.stages().to_vec(), systems }
    }

    fn are_of(&self, program: &Program) -> bool {
        let mut systems = self.systems.iter().zip(program.systems());
        if self.id == *program.id() {
            return self.revision == program.revision() || systems.all(|(facts, system)| facts.have_parts_of(system));
        }
        self.stages == program.stages()
            && self.systems.len() == program.systems().len()
            && systems.all(|(facts, system)| facts.are_of(system))
    }
}

impl SystemFacts {
    /// Says whether a system that is the same declares the same. Only what depends on its value can have changed.
    fn have_parts_of(&self, system: &ProgramSystem) -> bool {
        !system.info().uses_self || self.parts.as_ref() == system.declaration().get()
    }

    fn are_of(&self, system: &ProgramSystem) -> bool {
        let pass = match (self.pass, system.info().annotation::<PassInfo>()) {
            (Some(one), Some(other)) => std::ptr::eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        pass && self.stage == system.stage()
            && self.parts.as_ref() == system.declaration().get()
            && self.name == system.name()
    }
}

impl Kept {
    /// Says whether the next frame is this one: it finds what it found then, or goes on with its loop.
    fn fits(&self, registry: &Registry) -> bool {
        self.goes_on(registry) || self.finds_its_resources(registry)
    }

    /// Returns all that it may record.
    fn scripts(&self) -> impl Iterator<Item = &Script> {
        let looped = match &self.looped {
            Repeated::Looped(looped) => [Some(&*looped.first), Some(&*looped.next)],
            Repeated::Untried | Repeated::Alone => [None; 2],
        };
        looped.into_iter().flatten().chain([&*self.script])
    }

    fn goes_on(&self, registry: &Registry) -> bool {
        match &self.looped {
            Repeated::Looped(looped) => looped.goes_on(registry),
            Repeated::Untried | Repeated::Alone => false,
        }
    }

    /// Returns what the next frame records.
    fn script(&mut self, registry: &Registry, how: How, loops: &mut u64, states: &mut States) -> Arc<Script> {
        match (how.loops, &self.looped) {
            (Loops::Steady, Repeated::Untried) => {
                *loops += 1;
                let looped = Looped::of(&self.script, registry, how.judging, LoopId(*loops), |plan| states.share(plan));
                self.looped = looped.map_or(Repeated::Alone, Repeated::Looped);
            }
            (Loops::Off, _) | (Loops::Steady, Repeated::Alone | Repeated::Looped(_)) => {}
        }
        match &self.looped {
            Repeated::Looped(looped) if looped.goes_on(registry) => Arc::clone(&looped.next),
            Repeated::Looped(looped) => Arc::clone(&looped.first),
            Repeated::Untried | Repeated::Alone => Arc::clone(&self.script),
        }
    }

    /// Says whether every resource is the one that it was, and is left as it was then; and whether queues have waited for each
    /// other as they had.
    fn finds_its_resources(&self, registry: &Registry) -> bool {
        // Which objects they are comes first: of two frames that take turns, that tells at once which one it is.
        if !self.script.resources.iter().all(|found| registry.physical(found).is_some())
            || self.script.input.reached != *registry.reached()
        {
            return false;
        }
        let mut resources = self.script.resources.iter().zip(&self.script.input.resources);
        resources.all(|(found, input)| {
            registry.physical(found).is_some_and(|physical| is_equal(&physical.entry, &input.entry))
        })
    }
}

/// Says whether two entries are equal: quickly, where they are clones, as they are in a steady frame.
fn is_equal(one: &Entry, other: &Entry) -> bool {
    let are_clones = matches!((one, other), (Entry::Persisted(one), Entry::Persisted(other)) if one.is_same(other));
    are_clones || one == other
}

impl Scripts {
    /// Returns how often something was planned.
    pub(crate) fn planned(&self) -> u64 {
        self.planned
    }

    fn find(&mut self, program: &Program, registry: &mut Registry, how: How) -> Option<Arc<Script>> {
        if let Some(next) = self.next(program, registry, how) {
            registry.follow();
            return Some(next);
        }
        registry.settle();
        self.search(program, registry, how)
    }

    /// Returns what follows the frame before as it did the last time.
    ///
    /// A script that was found says how everything is that its plan names, and its plan how it leaves that. So what it leaves is the
    /// same each time, and the script that was found then to go on from there is the one that is found now.
    fn next(&self, program: &Program, registry: &Registry, how: How) -> Option<Arc<Script>> {
        let before = registry.left_by()?;
        self.kept.iter().find_map(|kept| {
            let (after, script) = kept.follows.as_ref()?;
            let is_next = *after == before
                && kept.script.emission == how.emission
                && kept.program.are_of(program)
                && kept.script.input.reached == *registry.reached();
            let is_right = || !registry.is_settled() || kept.fits(registry);
            debug_assert!(!is_next || is_right(), "what a frame leaves follows from what it found");
            is_next.then(|| Arc::clone(script))
        })
    }

    fn search(&mut self, program: &Program, registry: &Registry, how: How) -> Option<Arc<Script>> {
        let index = self.kept.iter().position(|kept| {
            kept.script.emission == how.emission && kept.program.are_of(program) && kept.fits(registry)
        })?;
        // The latest comes first; the order of the others stays.
        self.kept.make_contiguous()[..=index].rotate_right(1);
        let found = self.kept.front_mut()?;
        if found.program.id != *program.id() {
            found.program.id = program.id().clone();
        }
        found.program.revision = program.revision();
        let script = found.script(registry, how, &mut self.loops, &mut self.states);
        let before = registry.left_by().filter(|before| self.names_all_of(*before, &script));
        if let Some(found) = self.kept.front_mut() {
            found.follows = before.map(|before| (before, Arc::clone(&script)));
        }
        Some(script)
    }

    /// Says whether the script of this number names every resource that another one names.
    fn names_all_of(&self, number: u64, script: &Script) -> bool {
        let scripts = self.kept.iter().flat_map(Kept::scripts);
        let is_named = |before: &Script, found: &Found| {
            before.resources.iter().any(|known| known.key == found.key && known.serial == found.serial)
        };
        scripts
            .filter(|before| before.number == number)
            .any(|before| script.resources.iter().all(|found| is_named(before, found)))
    }

    fn make(&mut self, program: &Program, resolved: Resolved, how: How) -> Result<Arc<Script>, VkError> {
        let Resolved { input, resources, uses } = match how.order {
            PassOrder::Declared => resolved,
            PassOrder::Reordered => reordered(resolved)?,
        };
        let mut plan = plan::plan(&input)?;
        self.states.take_in(&input);
        self.states.share(&mut plan);
        let plan = Arc::new(plan);
        match how.judging {
            Judging::NewPlans => accept(&input, &plan)?,
            Judging::Off => {}
        }
        self.planned += 1;
        let script = Script::new(input, plan, uses, resources, program.systems().len(), how.emission);
        let script = Arc::new(Script { number: self.planned * 3, ..script });
        self.kept.truncate(KEPT - 1);
        let program = Facts::of(program);
        self.kept.push_front(Kept { program, script: Arc::clone(&script), looped: Repeated::Untried, follows: None });
        Ok(script)
    }
}

/// The states that plans begin with and leave, each once: that the next frame finds what its plan begins with shows without
/// looking into them.
#[derive(Default)]
struct States(HashSet<ResourceState>);

impl States {
    /// Takes in what a frame finds, and lets go of what nobody else has any more.
    fn take_in(&mut self, input: &Input) {
        self.0.retain(|state| !state.is_the_last());
        for resource in &input.resources {
            match &resource.entry {
                Entry::Persisted(state) if !self.0.contains(state) => {
                    self.0.insert(state.clone());
                }
                Entry::Persisted(_) | Entry::Undefined | Entry::Ready { .. } | Entry::Imported(_) => {}
            }
        }
    }

    /// Makes what a plan leaves one with what other plans begin with or leave.
    fn share(&mut self, plan: &mut Plan) {
        for state in plan.exit.iter_mut().chain(&mut plan.exit_prepared) {
            if let Some(known) = self.0.get(state) {
                *state = known.clone();
            } else {
                self.0.insert(state.clone());
            }
        }
    }
}

/// How frames are planned and recorded.
#[derive(Clone, Copy)]
struct How {
    emission: Emission,
    judging: Judging,
    loops: Loops,
    order: PassOrder,
}

/// Puts the passes in a better order.
fn reordered(resolved: Resolved) -> Result<Resolved, VkError> {
    let Resolved { mut input, resources, uses } = resolved;
    let order = plan::reorder(&input)?;
    input.passes = order.iter().map(|pass| input.passes[*pass].clone()).collect();
    let uses = order.iter().map(|pass| uses[*pass].clone()).collect();
    Ok(Resolved { input, resources, uses })
}

/// Lets the judge look at a plan.
fn accept(input: &Input, plan: &Plan) -> Result<(), VkError> {
    let verdict = verify::verify(input, plan, &Rules::default());
    if verdict.is_clean() { Ok(()) } else { Err(VkError::Refused { verdict: Box::new(verdict) }) }
}

impl Inner {
    /// Returns what a frame of this program records.
    pub(crate) fn script_of(&self, program: &Program) -> Result<Arc<Script>, VkError> {
        let number = |number: &AtomicUsize| Some(number.load(Ordering::Acquire)).filter(|number| *number != usize::MAX);
        let emission = Emission {
            barriers: *self.barriers.lock().unwrap_or_else(PoisonError::into_inner),
            left_out: number(&self.left_out),
            by_hand: number(&self.by_hand),
        };
        let how = How { emission, judging: self.desc.judging, loops: self.desc.loops, order: self.desc.pass_order };
        let mut registry = self.registry_for_frames();
        registry.forget_reached_before(&self.timelines.submitted());
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        registry.watch();
        if let Some(script) = scripts.find(program, &mut registry, how) {
            return Ok(script);
        }
        let options = Options { policy: self.desc.policy, features: self.gpu.stages, ..Options::default() };
        self.refuse_by_hand(program, emission)?;
        let mut resolved = resolve::resolve(program, &registry, options, &self.gpu.topology)?;
        for pass in resolved.input.passes.iter_mut().filter(|pass| emission.by_hand == Some(pass.system)) {
            pass.auto_barriers = false;
        }
        scripts.make(program, resolved, how)
    }

    /// Refuses systems that record their own barriers, where there are several queues: what one hands over on one queue and takes
    /// on another is not its own to record.
    fn refuse_by_hand(&self, program: &Program, emission: Emission) -> Result<(), VkError> {
        let by_hand = |(index, system): &(usize, &ProgramSystem)| {
            let info = system.info().annotation::<PassInfo>();
            info.is_some_and(|info| !emission.emits_for(*index, info.auto_barriers))
        };
        match program.systems().iter().enumerate().find(by_hand) {
            Some((_, system)) if self.gpu.topology.has_several_queues() => {
                Err(VkError::ByHandOnSeveralQueues { system: system.name().to_owned() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Makes the command pools that a frame is likely to need at once: one for each system that records, and one for each
    /// chunk.
    pub(crate) fn reserve_pools(&self, recorder: &Recorder, script: &Script) -> Result<(), VkError> {
        for (queue, &(passes, raster)) in script.load.iter().enumerate() {
            let systems = passes.min(self.desc.recorders).max(1);
            recorder.reserve(queue, systems + if raster { self.desc.recorders } else { 0 })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::accept;
    use crate::declare::access::Access;
    use crate::declare::pass::{PassKind, Queue};
    use crate::plan::{
        self, AccessInput, Barrier, Entry, Exit, Half, Input, PassInput, Plan, ResourceInput, ResourceRef, Shape,
        Sharing, Topology,
    };
    use crate::record::error::VkError;
    use crate::usage;

    /// A copy, and a dispatch that reads what it wrote.
    fn frame() -> Input {
        let shape = Shape::Buffer { len_bytes: 64 };
        let pass = |system, name: &str, kind, usage, access| PassInput {
            system,
            name: name.into(),
            stage: "main".into(),
            kind,
            queue: Queue::Graphics,
            auto_barriers: true,
            accesses: vec![AccessInput {
                resource: ResourceRef(0),
                part: shape.whole(),
                usage,
                access,
                discard: false,
                concurrent: false,
                at: None,
            }],
        };
        let name = String::from("GpuBuffer<Particles>");
        Input {
            passes: vec![
                pass(0, "Fill", PassKind::Transfer, usage::CopyDestination::ROW, Access::Write),
                pass(1, "Sum", PassKind::Compute, usage::ComputeStorage::ROW, Access::Read),
            ],
            resources: vec![ResourceInput {
                name,
                shape,
                entry: Entry::Undefined,
                exit: Exit::Nothing,
                sharing: Sharing::default(),
            }],
            ..Input::default()
        }
    }

    #[test]
    fn a_plan_that_lacks_a_barrier_is_refused_and_the_refusal_names_it() -> Result<(), VkError> {
        let input = frame();
        let mut plan = plan::plan(&input)?;
        accept(&input, &plan)?;
        plan.calls.clear();
        let refusal = accept(&input, &plan).expect_err("the copy is not made visible").to_string();
        for word in ["MISSING BARRIER", "GpuBuffer<Particles>", "Fill", "Sum"] {
            assert!(refusal.contains(word), "{refusal}");
        }
        Ok(())
    }

    /// The same on two queues: the copy on that of transfers, which the dispatch waits for.
    #[test]
    fn a_plan_that_lacks_a_wait_a_release_or_an_acquire_is_refused() -> Result<(), VkError> {
        let mut input = frame();
        input.topology = Topology::transfer();
        input.passes[0].queue = Queue::Transfer;
        let plan = plan::plan(&input)?;
        accept(&input, &plan)?;
        assert_eq!(plan.submissions.iter().map(|submission| submission.waits.len()).sum::<usize>(), 1, "{plan}");
        let refused = |mutate: &dyn Fn(&mut Plan)| {
            let mut plan = plan.clone();
            mutate(&mut plan);
            accept(&input, &plan).is_err()
        };
        assert!(refused(&|plan| plan.submissions.iter_mut().for_each(|submission| submission.waits.clear())));
        for half in [Half::Release, Half::Acquire] {
            assert!(refused(&|plan| {
                let is_half = |barrier: &Barrier| barrier.transfer.is_some_and(|transfer| transfer.half == half);
                plan.calls.iter_mut().for_each(|call| call.barriers.retain(|barrier| !is_half(barrier)));
            }));
        }
        Ok(())
    }
}
