//! Conditions, change detection, commands, failures and systems that have the whole world: random schedules against a plain
//! model of the documentation that shares no code with the scheduler.

mod support;

use std::sync::{Arc, Mutex};

use fencewright::prelude::*;
use fencewright::{
    Condition, Failure, Key, Reads, ResourceAccess, RunOrder, ScheduleBuilder, SystemFn, SystemInfo, Threads,
};
use support::{Random, pool};

const TYPES: usize = 3;

/// A resource and a component: type number `N`.
struct Cell<const N: usize>(u64);

/// What a condition asks.
#[derive(Clone, Copy, Debug)]
enum Ask {
    /// Whether the resource is odd; an error if it ends in five zeros and a one, in binary.
    Odd(usize),
    /// Nothing: every so many times it says no.
    Every(u32),
    /// Whether the type has changed.
    Changed(usize),
}

/// What a system does.
#[derive(Clone, Debug)]
struct Does {
    salt: u64,
    reads: [bool; TYPES],
    writes: [bool; TYPES],
    whole: bool,
    /// The type that its commands are about.
    commands: Option<usize>,
    asks: Vec<Ask>,
}

#[derive(Clone, Debug)]
struct StageDoes {
    asks: Vec<Ask>,
    systems: Vec<Does>,
}

/// What each system of the program saw in each of its runs, with the outcome of runs and the state at the end.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// For each system in program order; those that are conditions see nothing.
    logs: Vec<Vec<u64>>,
    /// For each run: who failed, and who was skipped.
    outcomes: Vec<(Vec<usize>, Vec<usize>)>,
    cells: [u64; TYPES],
    components: [Vec<u64>; TYPES],
}

const fn mix(x: u64, y: u64) -> u64 {
    let x = (x ^ y).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^ x >> 29
}

fn random_frame(seed: u64) -> Vec<StageDoes> {
    let mut random = Random(seed);
    let ask = |random: &mut Random| match random.below(4) {
        0 => Ask::Odd(random.below(3) as usize),
        1 => Ask::Every(2 + random.below(3) as u32),
        _ => Ask::Changed(random.below(3) as usize),
    };
    let system = |random: &mut Random| {
        let whole = random.below(14) == 0;
        let mut writes = [(); TYPES].map(|()| !whole && random.below(4) == 0);
        let reads = [(); TYPES].map(|()| !whole && random.below(3) == 0);
        // What is read and written is written.
        writes.iter_mut().zip(reads).for_each(|(write, read)| *write &= !read);
        let commands = (random.below(8) == 0).then(|| random.below(3) as usize);
        let asks = (0..random.below(4).saturating_sub(1)).map(|_| ask(random)).collect();
        Does { salt: random.next(), reads, writes, whole, commands, asks }
    };
    (0..=random.below(3))
        .map(|_| StageDoes {
            asks: (0..random.below(4).saturating_sub(1)).map(|_| ask(&mut random)).collect(),
            systems: (0..random.below(9)).map(|_| system(&mut random)).collect(),
        })
        .collect()
}

// The schedule.

struct Odd<const N: usize>;
struct Changed<const N: usize>;
struct Every(u32, u32);

macro_rules! declares {
    ($name:ty, $reads:expr $(, $n:ident)?) => {
        impl $(<const $n: usize>)? ResourceAccess for $name {
            const READS: &'static [Key] = $reads;
            const WRITES: &'static [Key] = &[];
        }
        impl $(<const $n: usize>)? System for $name {
            const INFO: SystemInfo = SystemInfo {
                name: stringify!($name),
                type_name: std::any::type_name::<Self>,
                at: std::panic::Location::caller(),
                reads: Self::READS,
                writes: &[],
                annotations: &[],
                uses_self: false,
            };
        }
        $(impl<const $n: usize> Reads<Cell<$n>> for $name {})?
    };
}

declares!(Odd<N>, &[Key::of::<Cell<N>>("Cell")], N);
declares!(Changed<N>, &[Key::of::<Cell<N>>("Cell")], N);
declares!(Every, &[]);

impl<const N: usize> Condition for Odd<N> {
    fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {
        match cx.read::<Cell<N>>()?.0 {
            cell if cell % 64 == 1 => Err("it ends in 000001")?,
            cell => Ok(cell % 2 == 1),
        }
    }
}

impl<const N: usize> Condition for Changed<N> {
    fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {
        Ok(cx.changed::<Cell<N>>())
    }
}

impl Condition for Every {
    fn holds(&mut self, _: &Cx<'_, Self>) -> Result<bool, Failure> {
        self.1 += 1;
        Ok(!self.1.is_multiple_of(self.0))
    }
}

macro_rules! on {
    ($to:expr, $ask:expr) => {
        match $ask {
            Ask::Odd(0) => $to.run_if(Odd::<0>),
            Ask::Odd(1) => $to.run_if(Odd::<1>),
            Ask::Odd(_) => $to.run_if(Odd::<2>),
            Ask::Changed(0) => $to.run_if(Changed::<0>),
            Ask::Changed(1) => $to.run_if(Changed::<1>),
            Ask::Changed(_) => $to.run_if(Changed::<2>),
            Ask::Every(count) => $to.run_if(Every(count, 0)),
        }
    };
}

fn key(index: usize) -> Key {
    [Key::of::<Cell<0>>("Cell<0>"), Key::of::<Cell<1>>("Cell<1>"), Key::of::<Cell<2>>("Cell<2>")][index]
}

fn look<const N: usize>(cx: &Cx<'_, SystemFn>, does: &Does, x: u64) -> Result<u64, Failure> {
    if !does.reads[N] && !does.writes[N] {
        return Ok(x);
    }
    let x = mix(mix(x, cx.read::<Cell<N>>()?.0), u64::from(cx.changed::<Cell<N>>()));
    Ok(cx.query::<&Cell<N>>().iter().fold(x, |x, cell| mix(x, cell.0)))
}

fn write<const N: usize>(cx: &Cx<'_, SystemFn>, does: &Does, x: u64) -> Outcome {
    if does.writes[N] && !x.is_multiple_of(3) {
        let mut cell = cx.write::<Cell<N>>()?;
        cell.0 = mix(cell.0, x);
    }
    if does.writes[N] && x.is_multiple_of(5) {
        cx.query::<&mut Cell<N>>().for_each(|cell| cell.0 = mix(cell.0, x));
    }
    Ok(())
}

fn command<const N: usize>(world: &mut World, x: u64) {
    match x % 4 {
        0 => _ = world.spawn((Cell::<N>(x),)),
        1 => _ = world.insert(Cell::<N>(x)),
        2 => world.get_mut::<Cell<N>>().into_iter().for_each(|cell| cell.0 = mix(cell.0, x)),
        _ => {}
    }
}

fn system(name: String, does: &Does, log: &Arc<Mutex<Vec<u64>>>) -> SystemFn {
    let (log, mut ran, doing) = (Arc::clone(log), 0, does.clone());
    let body = move |cx: &Cx<'_, SystemFn>| {
        ran += 1;
        let mut x = mix(doing.salt, ran);
        if doing.whole {
            let mut world = cx.world()?;
            x = mix(x, world.get::<Cell<0>>().map_or(0, |cell| cell.0));
            x = mix(x, world.get::<Cell<1>>().map_or(0, |cell| cell.0));
            command::<2>(&mut world, x);
        }
        x = look::<2>(cx, &doing, look::<1>(cx, &doing, look::<0>(cx, &doing, x)?)?)?;
        log.lock().expect("no panic").push(x);
        write::<0>(cx, &doing, x)?;
        write::<1>(cx, &doing, x)?;
        write::<2>(cx, &doing, x)?;
        if let Some(of) = doing.commands {
            let commands = [command::<0>, command::<1>, command::<2>];
            cx.commands().queue(move |world| commands[of](world, x));
        }
        if x % 61 == 7 { Err("it ends badly")? } else { Ok(()) }
    };
    let mut system = SystemFn::new(name, body);
    for index in 0..TYPES {
        system = if does.reads[index] { system.reads(key(index)) } else { system };
        system = if does.writes[index] { system.writes(key(index)) } else { system };
    }
    system = if does.whole { system.writes(Key::of::<World>("World")) } else { system };
    system = if does.commands.is_some() { system.writes(Key::of::<Commands>("Commands")) } else { system };
    does.asks.iter().fold(system, |system, &ask| on!(system, ask))
}

const RUNS: usize = 6;

fn scheduled(frame: &[StageDoes], threads: Threads, order: RunOrder) -> Seen {
    let mut logs = Vec::new();
    let stage = |(number, does): (usize, &StageDoes)| {
        let mut stage = does.asks.iter().fold(Stage::new(number.to_string()), |stage, &ask| on!(stage, ask));
        logs.extend(does.asks.iter().map(|_| Arc::default()));
        for (index, does) in does.systems.iter().enumerate() {
            logs.push(Arc::default());
            stage = stage.system_fn(system(format!("{number}.{index}"), does, &logs[logs.len() - 1]));
        }
        stage
    };
    let stages: Vec<_> = frame.iter().enumerate().map(stage).collect();
    let builder = stages.into_iter().fold(Schedule::builder(), ScheduleBuilder::stage);
    let mut schedule = builder.threads(threads).build().expect("a schedule");
    schedule.set_order(order).expect("it fits any schedule");
    let mut world = World::new();
    world.insert(Cell::<0>(0));
    world.insert(Cell::<1>(3));
    world.insert(Cell::<2>(2));
    let outcomes = (0..RUNS).map(|_| match schedule.run(&mut world) {
        Ok(()) => (Vec::new(), Vec::new()),
        Err(error) => {
            let find = |name: &str| schedule.program().systems().iter().position(|system| system.name() == name);
            let failed = error.failures().iter().filter_map(|failure| find(&failure.system)).collect();
            (failed, error.skipped().iter().filter_map(|name| find(name)).collect())
        }
    });
    let outcomes = outcomes.collect();
    let logs = logs.iter().map(|log: &Arc<Mutex<Vec<u64>>>| log.lock().expect("no panic").clone()).collect();
    let (cells, components) = (
        [cell::<0>(&world), cell::<1>(&world), cell::<2>(&world)],
        [components::<0>(&world), components::<1>(&world), components::<2>(&world)],
    );
    Seen { logs, outcomes, cells, components }
}

fn cell<const N: usize>(world: &World) -> u64 {
    world.get::<Cell<N>>().map_or(0, |cell| cell.0)
}

fn components<const N: usize>(world: &World) -> Vec<u64> {
    world.entities().query::<&Cell<N>>().iter().map(|cell| cell.0).collect()
}

// The model.

#[derive(Default)]
struct Model {
    cells: [u64; TYPES],
    components: [Vec<u64>; TYPES],
    /// So often each type was written, and entities came.
    written: [u64; TYPES],
    came: u64,
}

/// A system or a condition of a stage.
struct Node<'f> {
    stage: usize,
    does: Option<&'f Does>,
    asks: Vec<(Ask, u32)>,
    reads: [bool; TYPES],
    /// What each type and the entities stood at when it last ran well.
    saw: Option<([u64; TYPES], u64)>,
    asked: bool,
    ran: u64,
    answer: bool,
}

/// An error of a system or a condition.
struct Fails;

impl Model {
    fn changed(&self, node: &mut Node<'_>, index: usize) -> bool {
        node.asked = true;
        let Some((written, came)) = node.saw else { return true };
        written[index] != self.written[index] || (!self.components[index].is_empty() && came != self.came)
    }

    fn holds(&self, node: &mut Node<'_>, which: usize) -> Result<bool, Fails> {
        match node.asks[which].0 {
            Ask::Odd(index) if self.cells[index] % 64 == 1 => Err(Fails),
            Ask::Odd(index) => Ok(self.cells[index] % 2 == 1),
            Ask::Changed(index) => Ok(self.changed(node, index)),
            Ask::Every(count) => {
                node.asks[which].1 += 1;
                Ok(!node.asks[which].1.is_multiple_of(count))
            }
        }
    }

    fn command(&mut self, index: usize, x: u64) {
        match x % 4 {
            0 => {
                self.components[index].push(x);
                self.came += 1;
            }
            1 => {
                self.cells[index] = x;
                self.written[index] += 1;
            }
            2 => {
                self.cells[index] = mix(self.cells[index], x);
                self.written[index] += 1;
            }
            _ => {}
        }
    }

    /// Runs a system; returns the number for its commands, if it was not kept from running.
    fn run(&mut self, node: &mut Node<'_>, log: &mut Vec<u64>) -> Result<Option<u64>, Fails> {
        for which in 0..node.asks.len() {
            node.answer = self.holds(node, which)?;
            if !node.answer && node.does.is_some() {
                return Ok(None);
            }
        }
        let mut given = None;
        if let Some(does) = node.does {
            node.ran += 1;
            let mut x = mix(does.salt, node.ran);
            if does.whole {
                x = mix(mix(x, self.cells[0]), self.cells[1]);
                self.command(2, x);
            }
            for index in (0..TYPES).filter(|&index| does.reads[index] || does.writes[index]) {
                x = mix(mix(x, self.cells[index]), u64::from(self.changed(node, index)));
                x = self.components[index].iter().fold(x, |x, cell| mix(x, *cell));
            }
            log.push(x);
            for index in (0..TYPES).filter(|&index| does.writes[index]) {
                if !x.is_multiple_of(3) {
                    self.cells[index] = mix(self.cells[index], x);
                    self.written[index] += 1;
                }
                if x.is_multiple_of(5) {
                    self.components[index].iter_mut().for_each(|cell| *cell = mix(*cell, x));
                    self.written[index] += 1;
                }
            }
            if x % 61 == 7 {
                return Err(Fails);
            }
            given = Some(x);
        }
        if node.asked {
            node.saw = Some((self.written, self.came));
        }
        Ok(given)
    }
}

fn nodes<'f>(frame: &'f [StageDoes]) -> Vec<Node<'f>> {
    let new = |stage: usize, does: Option<&'f Does>, asks: Vec<Ask>| {
        let mut reads = does.map_or([false; TYPES], |does| does.reads);
        for ask in &asks {
            if let Ask::Odd(index) | Ask::Changed(index) = ask {
                reads[*index] = true;
            }
        }
        let asks = asks.into_iter().map(|ask| (ask, 0)).collect();
        Node { stage, does, asks, reads, saw: None, asked: false, ran: 0, answer: false }
    };
    let mut nodes = Vec::new();
    for (stage, all) in frame.iter().enumerate() {
        nodes.extend(all.asks.iter().map(|&ask| new(stage, None, vec![ask])));
        nodes.extend(all.systems.iter().map(|does| new(stage, Some(does), does.asks.clone())));
    }
    nodes
}

/// Whether the second of two nodes depends on the first.
fn conflict(first: &Node<'_>, second: &Node<'_>) -> bool {
    let whole = |node: &Node<'_>| node.does.is_some_and(|does| does.whole);
    let writes = |node: &Node<'_>, index: usize| node.does.is_some_and(|does| does.writes[index]);
    let touches = |node: &Node<'_>, index: usize| node.reads[index] || writes(node, index);
    let gates = first.does.is_none() && second.does.is_some() && first.stage == second.stage;
    let of_type = |index: usize| {
        (writes(first, index) && touches(second, index)) || (touches(first, index) && writes(second, index))
    };
    gates || whole(first) || whole(second) || (0..TYPES).any(of_type)
}

fn modelled(frame: &[StageDoes]) -> Seen {
    let mut nodes = nodes(frame);
    let mut model = Model { cells: [0, 3, 2], ..Model::default() };
    let mut seen = Seen { logs: vec![Vec::new(); nodes.len()], ..Seen::default() };
    for _ in 0..RUNS {
        let (mut failed, mut skipped) = (Vec::new(), Vec::new());
        let mut commands = Vec::new();
        for index in 0..nodes.len() {
            let (earlier, rest) = nodes.split_at_mut(index);
            let node = &mut rest[0];
            let is_bad = |first: &usize| conflict(&earlier[*first], node);
            if failed.iter().chain(&skipped).any(is_bad) {
                skipped.push(index);
            } else if node.does.is_none()
                || earlier.iter().all(|first| first.stage != node.stage || first.does.is_some() || first.answer)
            {
                match model.run(node, &mut seen.logs[index]) {
                    Err(Fails) => failed.push(index),
                    Ok(given) => {
                        let of = node.does.and_then(|does| does.commands);
                        commands.extend(of.zip(given));
                    }
                }
            }
            if nodes.get(index + 1).is_none_or(|next| next.stage != nodes[index].stage) {
                commands.drain(..).for_each(|(of, x)| model.command(of, x));
            }
        }
        seen.outcomes.push((failed, skipped));
    }
    Seen { cells: model.cells, components: model.components, ..seen }
}

#[test]
fn a_run_is_what_the_documentation_says() {
    let pools = [1, 2, 4, 8].map(pool);
    let (mut failed, mut ran) = (0, 0);
    let seeds = if cfg!(miri) { 4 } else { 150 };
    for seed in 0..seeds {
        let frame = random_frame(seed);
        let wanted = modelled(&frame);
        failed += usize::from(wanted.outcomes.iter().any(|(failed, _)| !failed.is_empty()));
        ran += wanted.logs.iter().map(Vec::len).sum::<usize>();
        assert_eq!(wanted, scheduled(&frame, Threads::Inline, RunOrder::Free), "seed {seed}, inline: {frame:#?}");
        for shuffle in 0..4 {
            let order = RunOrder::Shuffled { seed: seed ^ shuffle << 32 };
            assert_eq!(wanted, scheduled(&frame, Threads::Inline, order), "seed {seed}, shuffle {shuffle}");
        }
        for pool in &pools {
            let seen = scheduled(&frame, pool.clone(), RunOrder::Free);
            assert_eq!(wanted, seen, "seed {seed}, {} threads", pool.lanes());
        }
    }
    assert!(cfg!(miri) || (failed > 30 && ran > 2_500), "{failed} frames fail, {ran} runs of systems");
}
