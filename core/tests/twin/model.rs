//! The random frames as the documentation says: one system after another, on plain numbers.

use crate::{Ask, Does, RUNS, Seen, StageDoes, TYPES, mix};

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

/// Runs a frame as the documentation says.
pub(crate) fn modelled(frame: &[StageDoes]) -> Seen {
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
