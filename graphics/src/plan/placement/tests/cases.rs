//! Small frames, each for one rule.

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use super::super::explain::Stays;
use super::super::reorder::permuted;
use super::super::*;
use super::check::{calls, check};
use crate::plan::model::Scope;

const RASTER: S =
    S::from_raw(S::VERTEX_SHADER.as_raw() | S::FRAGMENT_SHADER.as_raw() | S::COLOR_ATTACHMENT_OUTPUT.as_raw());

fn scope(stages: S, access: A) -> Scope {
    Scope { stages, access }
}

/// A read after a write of memory with key 0.
fn read(producer: Producer, first: S, consumer: usize, second: S) -> Dependency {
    Dependency {
        producer,
        consumer,
        first: scope(first, A::MEMORY_WRITE),
        second: scope(second, A::MEMORY_READ),
        carrier: Carrier::Memory(0),
    }
}

fn transition(number: u32, dependency: Dependency) -> Dependency {
    Dependency { carrier: Carrier::Transition(number), ..dependency }
}

/// A write after a read.
fn war(pass: usize, first: S, consumer: usize, second: S) -> Dependency {
    Dependency {
        first: scope(first, A::NONE),
        second: scope(second, A::NONE),
        ..read(Producer::Pass(pass), first, consumer, second)
    }
}

fn placed(passes: &[S], dependencies: &[Dependency], choices: &Choices) -> (Problem, Placement) {
    let problem = Problem { passes: passes.to_vec(), dependencies: dependencies.to_vec(), ..Problem::default() };
    let placement = place(&problem, choices);
    check(&problem, choices, &placement);
    (problem, placement)
}

#[test]
fn nothing_to_order_is_no_call() {
    let (_, placement) = placed(&[], &[], &Choices::default());
    assert_eq!((calls(&placement).len(), placement.false_pairs_proven), (0, true));
    let (_, placement) = placed(&[RASTER; 3], &[], &Choices { frame: Frame::Repeats, ..Choices::default() });
    assert!(placement.structures.is_empty());
}

#[test]
fn one_call_meets_all_whose_intervals_hold_its_gap() {
    let (c, passes) = (S::COMPUTE_SHADER, [S::COMPUTE_SHADER; 4]);
    let dependencies = [0, 1, 2].map(|pass| read(Producer::Pass(pass), c, 3, c));
    let (_, placement) = placed(&passes, &dependencies, &Choices::default());
    assert_eq!(calls(&placement), [3]);
    assert_eq!(placement.structures.len(), 1);
    assert_eq!(placement.certificate, Certificate::Disjoint(vec![2]));
}

#[test]
fn stage_pairs_stay_apart_where_a_joint_structure_would_order_more() {
    let passes = [S::COPY, S::COMPUTE_SHADER, S::COMPUTE_SHADER, RASTER];
    let apart = [
        read(Producer::Pass(0), S::COPY, 2, S::COMPUTE_SHADER),
        read(Producer::Pass(1), S::COMPUTE_SHADER, 2, S::COMPUTE_SHADER),
        read(Producer::PreviousFrame, S::COPY, 3, S::VERTEX_SHADER),
    ];
    let (_, placement) = placed(&passes, &apart[..2], &Choices::default());
    // Equal second sides: one structure orders what two would.
    assert_eq!(placement.structures.len(), 1);
    let (_, placement) = placed(&passes, &apart[1..], &Choices::default());
    assert_eq!((calls(&placement).len(), placement.structures.len()), (1, 2));
}

#[test]
fn keys_keep_structures_apart() {
    let passes = [S::COPY, RASTER];
    let one = read(Producer::Pass(0), S::COPY, 1, S::VERTEX_SHADER);
    let other = Dependency { carrier: Carrier::Memory(1), ..one };
    let (_, placement) = placed(&passes, &[one, other], &Choices::default());
    assert_eq!(placement.structures.len(), 2);
}

#[test]
fn a_write_after_a_read_rides_on_a_structure_that_covers_its_stages() {
    let passes = [RASTER, RASTER];
    let image = transition(0, read(Producer::Pass(0), S::COLOR_ATTACHMENT_OUTPUT, 1, S::VERTEX_SHADER));
    let (_, placement) =
        placed(&passes, &[war(0, S::FRAGMENT_SHADER, 1, S::FRAGMENT_SHADER), image], &Choices::default());
    assert_eq!(placement.structures.len(), 1);
    assert_eq!(placement.met[0].map(|met| met.how), Some(How::Covered));
    assert_eq!(placement.structures[0].first.stages, S::COLOR_ATTACHMENT_OUTPUT);
    let (_, placement) =
        placed(&passes, &[war(0, S::COLOR_ATTACHMENT_OUTPUT, 1, S::VERTEX_SHADER)], &Choices::default());
    assert_eq!(placement.structures.len(), 1);
}

#[test]
fn stages_without_accesses_that_others_reach_are_left_out() {
    let depth = S::EARLY_FRAGMENT_TESTS | S::LATE_FRAGMENT_TESTS;
    let (_, placement) = placed(&[depth, depth], &[war(0, depth, 1, depth)], &Choices::default());
    let structure = &placement.structures[0];
    assert_eq!((structure.first.stages, structure.second.stages), (S::LATE_FRAGMENT_TESTS, S::EARLY_FRAGMENT_TESTS));
}

#[test]
fn a_later_reader_widens_a_transition_where_that_orders_no_more() {
    let passes = [RASTER, S::COMPUTE_SHADER, RASTER];
    let first = transition(0, read(Producer::Pass(0), S::COLOR_ATTACHMENT_OUTPUT, 1, S::COMPUTE_SHADER));
    let later = Dependency {
        carrier: Carrier::AfterTransition { transition: 0, key: 0 },
        ..read(Producer::Pass(0), S::COLOR_ATTACHMENT_OUTPUT, 2, S::FRAGMENT_SHADER)
    };
    let (_, placement) = placed(&passes, &[first, later], &Choices::default());
    assert_eq!((calls(&placement), placement.structures.len()), (vec![1], 1));
    assert_eq!(placement.structures[0].second.stages, S::COMPUTE_SHADER | S::FRAGMENT_SHADER);
}

#[test]
fn a_later_reader_chains_where_widening_would_order_more() {
    // An independent raster pass stands between the two readers.
    let passes = [RASTER, S::COMPUTE_SHADER, RASTER, RASTER];
    let first = transition(0, read(Producer::Pass(0), S::COLOR_ATTACHMENT_OUTPUT, 1, S::COMPUTE_SHADER));
    let later = Dependency {
        carrier: Carrier::AfterTransition { transition: 0, key: 0 },
        ..read(Producer::Pass(0), S::COLOR_ATTACHMENT_OUTPUT, 3, S::FRAGMENT_SHADER)
    };
    let other = read(Producer::Pass(1), S::COMPUTE_SHADER, 3, S::FRAGMENT_SHADER);
    let cost = |later_readers, dependencies: &[Dependency]| {
        let choices = Choices { later_readers, ..Choices::default() };
        let (problem, placement) = placed(&passes, dependencies, &choices);
        (calls(&placement).len(), false_pairs(&problem, &placement).len(), placement.met[1].unwrap().how)
    };
    assert_eq!(cost(LaterReaders::Chain, &[first, later, other]), (2, 0, How::Chained));
    assert_eq!(cost(LaterReaders::Widen, &[first, later, other]), (2, 1, How::Directly));
    // It gets no call of its own.
    assert_eq!(cost(LaterReaders::Chain, &[first, later]), (1, 1, How::Directly));
}

#[test]
fn the_end_of_a_loop_carries_first_uses_and_says_so() {
    let (c, passes) = (S::COMPUTE_SHADER, [S::COMPUTE_SHADER, RASTER]);
    let dependencies = [
        read(Producer::PreviousFrame, S::FRAGMENT_SHADER, 0, c),
        read(Producer::Pass(0), c, 1, S::FRAGMENT_SHADER),
        transition(0, read(Producer::Pass(1), S::COLOR_ATTACHMENT_OUTPUT, 2, S::NONE)),
    ];
    let (_, alone) = placed(&passes, &dependencies, &Choices::default());
    assert_eq!(calls(&alone), [0, 1, 2]);
    let (_, looped) = placed(&passes, &dependencies, &Choices { frame: Frame::Repeats, ..Choices::default() });
    assert_eq!(calls(&looped), [1, 2]);
    let carried: Vec<&Structure> = looped.structures.iter().filter(|structure| structure.next_frame).collect();
    assert_eq!(carried.len(), 1);
    assert_eq!((carried[0].gap, carried[0].second.stages), (2, c));
}

#[test]
fn a_loop_without_a_call_at_end_is_proven_by_cases() {
    // The intervals meet pairwise, in different gaps: 0 or 1 or END, 1 or 2, 2 or END.
    let (c, passes) = (S::COMPUTE_SHADER, [S::COMPUTE_SHADER; 3]);
    let dependencies =
        [read(Producer::PreviousFrame, c, 1, c), read(Producer::Pass(0), c, 2, c), read(Producer::Pass(1), c, 3, c)];
    let (_, placement) = placed(&passes, &dependencies, &Choices { frame: Frame::Repeats, ..Choices::default() });
    assert_eq!(calls(&placement).len(), 2);
    assert!(matches!(placement.certificate, Certificate::Cases { .. }));
}

#[test]
fn what_only_says_who_depends_on_whom_counts_for_reachability() {
    let passes = [S::COMPUTE_SHADER; 3];
    let needed = read(Producer::Pass(1), S::COMPUTE_SHADER, 2, S::COMPUTE_SHADER);
    let only = Dependency { carrier: Carrier::Nothing, ..read(Producer::Pass(0), S::NONE, 2, S::NONE) };
    let (problem, placement) = placed(&passes, &[needed], &Choices::default());
    assert_eq!(false_pairs(&problem, &placement), [FalsePair { before: 0, after: 2 }]);
    let (problem, placement) = placed(&passes, &[needed, only], &Choices::default());
    assert_eq!(false_pairs(&problem, &placement), []);
}

#[test]
fn a_false_pair_says_why_it_stays() {
    let c = S::COMPUTE_SHADER;
    let choices = Choices::default();
    let stays = |passes: &[S], dependencies: &[Dependency]| {
        let (problem, placement) = placed(passes, dependencies, &choices);
        let pairs = false_pairs(&problem, &placement);
        pairs
            .iter()
            .flat_map(|pair| explain(&problem, &choices, &placement, *pair))
            .map(|cause| cause.stays)
            .collect::<Vec<_>>()
    };
    assert_eq!(stays(&[c; 3], &[read(Producer::Pass(1), c, 2, c)]), [Stays::EveryGapOrders]);
    // In gap 1 the first use would order nothing, but a call there is one more.
    let late = [read(Producer::Pass(1), S::COPY, 2, S::COPY), read(Producer::PreviousFrame, c, 2, c)];
    assert_eq!(stays(&[c, S::COPY, c | S::COPY], &late), [Stays::CostsACall { gap: 0 }]);
    // Before the second or before the third pass, it is one of two either way.
    assert_eq!(
        stays(&[c; 3], &[Dependency { consumer: 2, ..read(Producer::Pass(0), c, 2, c) }]),
        [Stays::OrdersAsMany { gap: 1 }]
    );
}

#[test]
fn passes_that_no_scope_tells_apart_are_taken_together() {
    let stages = [S::COPY, S::BLIT, S::CLEAR, S::RESOLVE];
    let many = (0..16).map(|bits: usize| {
        (0..4).filter(|bit| bits >> bit & 1 == 1).fold(S::COMPUTE_SHADER, |all, bit| all | stages[bit])
    });
    let passes: Vec<S> = many.collect();
    let c = S::COMPUTE_SHADER;
    let dependencies: Vec<Dependency> = (1..16).map(|pass| read(Producer::Pass(pass - 1), c, pass, c)).collect();
    let (problem, placement) = placed(&passes, &dependencies, &Choices::default());
    assert!(placement.false_pairs_proven);
    assert_eq!(false_pairs(&problem, &placement), []);
    // With scopes that do tell them apart there are too many kinds for a proof, and the list is still exact.
    let copies = stages.map(|stage| read(Producer::PreviousFrame, stage, 15, stage));
    let (problem, placement) = placed(&passes, &[dependencies, copies.to_vec()].concat(), &Choices::default());
    assert!(!placement.false_pairs_proven);
    assert_eq!(false_pairs(&problem, &placement), []);
}

#[test]
#[should_panic(expected = "must point forward")]
fn a_dependency_points_forward() {
    let backward = read(Producer::Pass(1), S::COPY, 1, S::COPY);
    placed(&[S::COPY; 2], &[backward], &Choices::default());
}

#[test]
fn passes_move_only_within_their_group_and_not_past_what_they_depend_on() {
    let c = S::COMPUTE_SHADER;
    // Two producers, with an independent raster pass between them, and a consumer.
    let passes = [S::COPY, RASTER, RASTER, c];
    let dependencies = [read(Producer::Pass(0), S::COPY, 3, c), read(Producer::Pass(2), S::FRAGMENT_SHADER, 3, c)];
    let problem = Problem { passes: passes.to_vec(), dependencies: dependencies.to_vec(), ..Problem::default() };
    let choices = Choices::default();
    let count = |order: &[usize]| {
        let problem = permuted(&problem, order);
        let placement = place(&problem, &choices);
        check(&problem, &choices, &placement);
        false_pairs(&problem, &placement).len()
    };
    // The raster pass would be free behind the second producer, which is in another group.
    assert_eq!(reorder(&problem, &choices, &[0, 0, 1, 1]), [0, 1, 2, 3]);
    assert_eq!(count(&[0, 1, 2, 3]), 1);
    let order = reorder(&problem, &choices, &[0; 4]);
    assert_eq!(count(&order), 0);
    assert!([0, 2].iter().all(|producer| place_of(*producer, &order) < place_of(3, &order)));
}

fn place_of(pass: usize, order: &[usize]) -> Option<usize> {
    order.iter().position(|one| *one == pass)
}

#[test]
fn what_other_queues_order_anyway_is_no_false_pair() {
    let c = S::COMPUTE_SHADER;
    let (mut problem, placement) = placed(&[c; 3], &[read(Producer::Pass(1), c, 2, c)], &Choices::default());
    assert_eq!(false_pairs(&problem, &placement), [FalsePair { before: 0, after: 2 }]);
    // The third pass waits for a queue that has waited for the first; for one that holds back copies alone, it does not.
    for (stages, left) in [(c, 0), (S::COPY, 1)] {
        problem.detours = vec![Detour { last: 0, after: 2..3, stages }];
        assert_eq!(false_pairs(&problem, &place(&problem, &Choices::default())).len(), left);
    }
}

#[test]
fn a_cut_passes_no_order_on() {
    let c = S::COMPUTE_SHADER;
    let to_cut = read(Producer::Pass(0), c, 1, c);
    let from_cut = read(Producer::Pass(1), c, 2, c);
    let (problem, placement) = placed(&[c, S::NONE, c], &[to_cut, from_cut], &Choices::default());
    assert_eq!(false_pairs(&problem, &placement), [FalsePair { before: 0, after: 2 }]);
}

#[test]
fn transitions_of_parts_that_are_alike_stand_in_one_call() {
    let c = S::COMPUTE_SHADER;
    let chain = [0, 1, 2].map(|pass| read(Producer::Pass(pass), c, pass + 1, c));
    let parts = [1, 2, 3].map(|pass| transition(pass as u32 - 1, read(Producer::PreviousFrame, c, pass, c)));
    let dependencies = [&chain[..], &parts[..]].concat();
    let gaps = |alike: &[Option<u32>]| {
        let mut problem = Problem { passes: vec![c; 4], dependencies: dependencies.clone(), ..Problem::default() };
        problem.alike = alike.to_vec();
        let placement = place(&problem, &Choices::default());
        check(&problem, &Choices::default(), &placement);
        let made = placement.structures.iter().filter(|one| matches!(one.carrier, Carrier::Transition(_)));
        made.map(|one| one.gap).collect::<Vec<_>>()
    };
    assert_eq!(gaps(&[]), [1, 2, 3]);
    assert_eq!(gaps(&[Some(0), Some(0), Some(0)]), [1, 1, 1]);
    assert_eq!(gaps(&[Some(0), None, Some(0)]), [1, 1, 2]);
    assert_eq!(gaps(&[Some(0), Some(1), Some(0)]), [1, 1, 2]);
}
