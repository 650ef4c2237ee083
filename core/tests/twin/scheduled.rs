//! The random frames as schedules.

use std::sync::{Arc, Mutex};

use fencewright::prelude::*;
use fencewright::{
    Condition, Failure, Key, Reads, ResourceAccess, RunOrder, ScheduleBuilder, SystemFn, SystemInfo, Threads,
};

use crate::{Ask, Does, RUNS, Seen, StageDoes, TYPES, mix};

/// A resource and a component: type number `N`.
struct Cell<const N: usize>(u64);

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

/// Runs a frame as a schedule.
pub(crate) fn scheduled(frame: &[StageDoes], threads: Threads, order: RunOrder) -> Seen {
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
