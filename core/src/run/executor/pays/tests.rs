use super::*;

/// What a loop takes, and is thought to take.
const LOOP_US: u64 = 1_000;
const LOOP_NS: u64 = LOOP_US * 1_000;

/// Plays runs for which it is worth to call helpers, and which take `with_helpers_us` where they are called and `alone_us` where not;
/// returns how many called them.
fn play(pays: &mut Pays, runs: usize, with_helpers_us: u64, alone_us: u64) -> usize {
    (0..runs)
        .filter(|_| {
            let allows = pays.allows();
            if allows {
                pays.took(with_helpers_us * 1_000, LOOP_NS);
            } else {
                pays.took_alone(alone_us * 1_000, LOOP_NS);
            }
            allows
        })
        .count()
}

fn parallel_runs(pays: &mut Pays, runs: usize, wall_us: u64) -> usize {
    play(pays, runs, wall_us, LOOP_US)
}

#[test]
fn runs_that_gain_much_are_never_paused() {
    for gaining in [100, 600, 800] {
        assert_eq!(parallel_runs(&mut Pays::new(), 10_000, gaining), 10_000);
    }
}

#[test]
fn runs_that_gain_little_are_paused_only_to_see() {
    let mut pays = Pays::new();
    assert_eq!(parallel_runs(&mut pays, 64, 900), 64);
    assert_eq!(parallel_runs(&mut pays, 936, 900), 936 - 4 * Pays::LOOK as usize);
    assert!(parallel_runs(&mut pays, 100_000, 900) > 99_700);
}

#[test]
fn once_runs_gain_little_there_is_a_look() {
    let mut pays = Pays::new();
    parallel_runs(&mut pays, 1_000, 600);
    let tried = play(&mut pays, 10_000, 860, 800);
    assert!(tried < 1_600, "{tried}");
}

#[test]
fn what_is_compared_is_told_in_three() {
    for (with_helpers_ns, gain) in [
        (1, Gain::Much),
        (800, Gain::Much),
        (801, Gain::Little),
        (970, Gain::Little),
        (971, Gain::Nothing),
        (5_000, Gain::Nothing),
    ] {
        assert_eq!(Gain::of(with_helpers_ns, 1_000), gain, "{with_helpers_ns}");
    }
}

#[test]
fn the_more_a_trial_costs_the_longer_a_pause_may_be() {
    const MS: u64 = 1_000_000;
    for (runs, with_helpers_ns, loop_ns, most) in [
        (4, 980, 1_000, 512),
        (4, 60_000, 60_000, 166),
        (4, 70_000, 60_000, 166),
        (4, 590_000, 590_000, 32),
        (4, 98 * MS, 100 * MS, 32),
        (4, 102 * MS, 100 * MS, 32),
        (4, 110 * MS, 100 * MS, 32),
        (4, 120 * MS, 100 * MS, 40),
        (8, 120 * MS, 100 * MS, 80),
        (4, 200 * MS, 100 * MS, 200),
        (4, 9_000 * MS, 100 * MS, 512),
        (4, u64::MAX, 100 * MS, 512),
        (4, 0, 0, 512),
    ] {
        assert_eq!(longest_pause(runs, with_helpers_ns, loop_ns), most, "{runs} of {with_helpers_ns} and {loop_ns}");
    }
}

#[test]
fn runs_that_lose_are_soon_paused_and_cost_little() {
    for losing in [980, 1_000, 1_100, 1_300, 2_000, 3_000] {
        let mut pays = Pays::new();
        assert_eq!(parallel_runs(&mut pays, 12, losing), 8, "{losing}: the first eight, then a pause");
        let tried = 8 + parallel_runs(&mut pays, 10_000, losing) as u64;
        let lost = tried * losing.saturating_sub(LOOP_US) / LOOP_US;
        assert!(tried < 1_200 && lost < 300, "{losing}: {tried} are tried, which costs {lost} loops of 10000");
    }
}

#[test]
fn runs_that_gain_only_beside_what_a_loop_is_thought_to_take_are_found_out() {
    let mut pays = Pays::new();
    assert_eq!(play(&mut pays, 64, 860, 800), 64, "nobody knows yet");
    let tried = play(&mut pays, 10_000, 860, 800);
    assert!(tried < 1_200, "{tried}");
}

#[test]
fn runs_that_gain_although_a_loop_is_thought_to_take_as_long_are_found_out() {
    let mut pays = Pays::new();
    play(&mut pays, 100, 1_000, 1_500);
    assert_eq!(play(&mut pays, 50, 1_000, 1_500), 50);
}

#[test]
fn the_first_run_of_a_pause_does_not_count() {
    let mut pays = Pays::new();
    let mut before = true;
    let tried = (0..1_000).filter(|_| {
        let allows = pays.allows();
        match (allows, before) {
            (true, _) => pays.took(860_000, LOOP_NS),
            (false, true) => pays.took_alone(3_000_000, LOOP_NS),
            (false, false) => pays.took_alone(800_000, LOOP_NS),
        }
        before = allows;
        allows
    });
    let tried = tried.count();
    assert!(tried < 200, "{tried}");
}

#[test]
fn a_stall_in_a_pause_makes_nothing_look_better_than_it_was_thought() {
    let mut pays = Pays::new();
    assert_eq!(parallel_runs(&mut pays, 64, 980 * 97 / 100), 64);
    (0..Pays::LOOK).for_each(|_| _ = play(&mut pays, 1, 0, 1_000_000));
    assert_eq!(pays.loop_ns(LOOP_NS), LOOP_NS);
}

#[test]
fn runs_come_back_when_they_gain_again() {
    for (losing, within) in [(1_000, 32), (1_050, 32), (1_300, 60), (2_000, 200), (4_000, 512)] {
        // Whenever it is that they gain again.
        for lost in 10_000..10_050 {
            let mut pays = Pays::new();
            parallel_runs(&mut pays, lost, losing);
            let tried = parallel_runs(&mut pays, 600, 600);
            assert!(tried >= 600 - within, "{losing}, after {lost}: {tried} are tried");
            assert_eq!(parallel_runs(&mut pays, 100, 600), 100);
        }
    }
}

#[test]
fn after_a_burst_of_load_runs_are_back_at_once() {
    for burst in [4, 8, 12, 16, 24] {
        let mut pays = Pays::new();
        parallel_runs(&mut pays, 100, 600);
        play(&mut pays, burst, 1_500, 1_500);
        let tried = parallel_runs(&mut pays, 40, 600);
        assert!(tried >= 24, "a burst of {burst}, and {tried} of 40 are tried");
    }
}

#[test]
fn a_quarter_of_the_runs_may_stall() {
    // A stall in each `every` runs, from all of them to few; and the least and most that are tried of 1000.
    for (every, least, most) in [(1, 0, 100), (2, 0, 300), (4, 1_000, 1_000), (5, 1_000, 1_000), (30, 1_000, 1_000)] {
        for stall_us in [4_000, 100_000] {
            let mut pays = Pays::new();
            let took = |run: usize| if run % every == every / 2 { stall_us } else { 550 };
            let tried: usize = (0..1_000).map(|run| parallel_runs(&mut pays, 1, took(run))).sum();
            assert!((least..=most).contains(&tried), "each {every}th stalls for {stall_us}, and {tried} are tried");
        }
    }
}

#[test]
fn two_stalls_anywhere_among_eight_are_forgiven() {
    for (first, second) in (0..8).flat_map(|first| (0..8).map(move |second| (first, second))) {
        let mut pays = Pays::new();
        let took = |run: usize| if run % 8 == first || run % 8 == second { 1_000_000 } else { 600 };
        let tried: usize = (0..200).map(|run| parallel_runs(&mut pays, 1, took(run))).sum();
        assert_eq!(tried, 200, "stalls at {first} and {second}");
    }
}

#[test]
fn a_stall_in_a_trial_does_not_lose_it() {
    for stall in 0..4 {
        let mut pays = Pays::new();
        parallel_runs(&mut pays, 12, 1_100);
        assert_eq!(pays.pause, 0, "the next run is a trial's first");
        let took = |run| if run == stall { 1_000_000 } else { 600 };
        let tried: usize = (0..20).map(|run| parallel_runs(&mut pays, 1, took(run))).sum();
        assert_eq!(tried, 20, "a stall at {stall}");
    }
}
