//! The waits against exhaustive search: of all sets of waits, those that order what is needed and nothing else.

use crate::plan::queues::moment::Moment;
use crate::plan::queues::order::{Clock, Edge, order};
use crate::plan::topology::QueueRef;

/// What orders moments: those of one queue follow each other, and what waits comes after what it waits for.
fn closure(moments: &[Moment], edges: &[Edge]) -> Vec<Vec<bool>> {
    let before = |one: &Moment, other: &Moment| one.queue == other.queue && one.key < other.key;
    let mut order: Vec<Vec<bool>> = moments
        .iter()
        .map(|from| {
            moments
                .iter()
                .map(|to| before(from, to) || edges.iter().any(|edge| edge.from == *from && edge.to == *to))
                .collect()
        })
        .collect();
    for middle in 0..moments.len() {
        for from in 0..moments.len() {
            for to in 0..moments.len() {
                order[from][to] |= order[from][middle] && order[middle][to];
            }
        }
    }
    order
}

fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |end| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from((state >> 11) % end as u64).expect("small")
    }
}

#[test]
fn no_set_of_fewer_waits_orders_the_same() {
    let mut saved = 0;
    for seed in 0..300 {
        let mut below = numbers(seed);
        let queues = 2 + below(2);
        let moments: Vec<Moment> = (0..3 + below(4)).map(|pass| Moment::pass(QueueRef(below(queues)), pass)).collect();
        let pairs: Vec<Edge> = moments
            .iter()
            .flat_map(|to| moments.iter().map(move |from| Edge { to: *to, from: *from }))
            .filter(|edge| edge.from.queue != edge.to.queue && edge.from.key < edge.to.key)
            .collect();
        let needed: Vec<Edge> = pairs.iter().filter(|_| below(2) == 0).copied().collect();
        let wanted = closure(&moments, &needed);

        let waits = order(&vec![Clock::new(queues); queues], needed.clone());
        let waits: Vec<Edge> = waits.iter().map(|wait| Edge { to: wait.at, from: wait.from }).collect();
        assert_eq!(closure(&moments, &waits), wanted, "seed {seed}: {needed:?} {waits:?}");

        let fewest = (0_usize..1 << pairs.len())
            .filter(|set| (set.count_ones() as usize) < waits.len())
            .map(|set| pairs.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, edge)| *edge).collect())
            .find(|set: &Vec<Edge>| closure(&moments, set) == wanted);
        assert_eq!(fewest, None, "seed {seed}: {needed:?} {waits:?}");
        saved += needed.len() - waits.len();
    }
    assert!(saved > 100, "{saved} of the needs followed from others");
}

#[test]
fn nothing_waits_for_what_comes_later() {
    for seed in 0..300 {
        let mut below = numbers(seed);
        let moment = |pass: usize, queue| Moment::pass(QueueRef(queue), pass);
        let edges: Vec<Edge> = (1..12)
            .map(|pass| Edge { to: moment(pass, pass % 3), from: moment(below(pass), (pass + 1) % 3) })
            .collect();
        for wait in order(&vec![Clock::new(3); 3], edges) {
            assert!(wait.from.key < wait.at.key, "seed {seed}: {wait:?}");
            let behind = (0..3).filter_map(|queue| wait.clock.latest(QueueRef(queue)));
            assert!(behind.into_iter().all(|moment| moment.key < wait.at.key), "seed {seed}: {wait:?}");
        }
    }
}

#[test]
fn what_another_queue_has_waited_for_in_an_earlier_frame_is_behind_its_signals() {
    let past = |queue, back| Moment::past(crate::plan::PastPoint { queue: QueueRef(queue), back });
    let mut reached = vec![Clock::new(3); 3];
    reached[1].add(past(0, 0));
    // The pass on queue 2 needs the last submission of queue 0, and a pass of queue 1, which has waited for it.
    let (from, to) = (Moment::pass(QueueRef(1), 0), Moment::pass(QueueRef(2), 1));
    let edges = vec![Edge { to, from: past(0, 0) }, Edge { to, from }];
    let waits = order(&reached, edges.clone());
    assert_eq!(waits.iter().map(|wait| wait.from).collect::<Vec<_>>(), [from]);
    assert_eq!(order(&vec![Clock::new(3); 3], edges).len(), 2);
}
