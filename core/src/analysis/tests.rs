use super::*;

/// A small generator, so that a seed repeats a graph anywhere (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn graph(&mut self, most: u64) -> (Dag, Vec<(usize, usize)>, Vec<u64>) {
        let nodes = 1 + self.below(most) as usize;
        let density = 1 + self.below(9);
        let mut edges = Vec::new();
        for second in 0..nodes {
            for first in 0..second {
                if self.below(10) < density / 2 {
                    edges.push((first, second));
                }
            }
        }
        let costs = (0..nodes).map(|_| self.below(50)).collect();
        (Dag::new(nodes, &edges).expect("edges lead forward"), edges, costs)
    }
}

/// Every path, one after another: the plain twin of the levels.
fn longest_by_walking(dag: &Dag, costs: &[u64], node: usize) -> u64 {
    let after = dag.successors(node).iter().map(|&next| longest_by_walking(dag, costs, next as usize)).max();
    costs[node] + after.unwrap_or(0)
}

#[test]
fn an_edge_that_leads_backward_is_refused_by_name() {
    let error = Dag::new(3, &[(0, 1), (2, 1)]).expect_err("2 -> 1 leads backward");
    assert_eq!(error.to_string(), "edge 2 -> 1 does not lead forward among 3 nodes; number the nodes in program order");
    assert_eq!(Dag::new(2, &[(0, 2)]).expect_err("2 is outside").to_string().split(' ').nth(1), Some("0"));
}

#[test]
fn critical_path_slack_and_savings_of_a_diamond() {
    // 0 -> {1 (long), 2 (short)} -> 3
    let dag = Dag::new(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]).expect("forward");
    let costs = [10, 40, 15, 5];
    let path = critical_path(&dag, &costs);
    assert_eq!((path.length_ns, path.nodes), (55, vec![0, 1, 3]));
    assert_eq!(path.slack_ns, [0, 0, 25, 0]);
    assert_eq!(saved_if_free(&dag, &costs), [10, 25, 0, 5], "freeing 1 leaves the way over 2");
    assert_eq!(bound_ns(&dag, &costs, 1), 70);
    assert_eq!(bound_ns(&dag, &costs, 2), 55);
}

#[test]
fn levels_equal_walking_every_path() {
    let seed = 0xF0E1;
    let mut random = Random(seed);
    for round in 0..if cfg!(miri) { 3 } else { 500 } {
        let (dag, _, costs) = random.graph(10);
        let bottom = dag.bottom_levels_ns(&costs);
        for node in 0..dag.len() {
            assert_eq!(bottom[node], longest_by_walking(&dag, &costs, node), "seed {seed} round {round} node {node}");
        }
        let path = critical_path(&dag, &costs);
        assert_eq!(path.nodes.iter().map(|&node| costs[node]).sum::<u64>(), path.length_ns);
        assert!(path.nodes.iter().all(|&node| path.slack_ns[node] == 0));
        let saved = saved_if_free(&dag, &costs);
        for node in 0..dag.len() {
            let mut free = costs.clone();
            free[node] = 0;
            let without = critical_path(&dag, &free).length_ns;
            assert_eq!(saved[node], path.length_ns - without, "seed {seed} round {round} node {node}");
        }
    }
}

#[test]
fn a_simulated_run_is_a_schedule_within_grahams_bound() {
    let seed = 0x51AB;
    let mut random = Random(seed);
    for round in 0..if cfg!(miri) { 5 } else { 2000 } {
        let (dag, edges, costs) = random.graph(24);
        for threads in [1, 2, 3, 8] {
            let run = simulate(&dag, &costs, threads);
            let mut placed = vec![None; dag.len()];
            for lane in &run.lanes {
                for slice in &lane.slices {
                    assert!(placed[slice.node].replace((slice.start_ns, slice.end_ns)).is_none(), "runs once");
                    assert_eq!(slice.end_ns - slice.start_ns, costs[slice.node]);
                }
                assert!(lane.slices.windows(2).all(|pair| pair[0].end_ns <= pair[1].start_ns), "no overlap in a lane");
            }
            let placed: Vec<_> = placed.into_iter().map(|slice| slice.expect("every node runs")).collect();
            for &(first, second) in &edges {
                assert!(placed[first].1 <= placed[second].0, "seed {seed} round {round}: {first} -> {second}");
            }
            let (total, critical) = (costs.iter().sum::<u64>(), critical_path(&dag, &costs).length_ns);
            let m = threads as u64;
            assert!(run.makespan_ns * m <= total + critical * (m - 1), "Graham, seed {seed} round {round}");
            assert!(run.makespan_ns >= bound_ns(&dag, &costs, threads), "seed {seed} round {round}");
            if threads == 1 {
                assert_eq!(run.makespan_ns, total);
            }
        }
    }
}

#[test]
fn the_order_that_costs_time_is_found() {
    // Two long nodes that wait for each other for no good reason, and a short one that does not matter.
    let lost = lost_parallelism(3, &[(0, 1), (0, 2)], &[40, 30, 1], 2).expect("forward");
    assert_eq!(lost, [LostParallelism { first: 0, second: 1, saved_ns: 29 }], "40 + 30 against 40 + 1");
    assert_eq!(lost_parallelism(3, &[(0, 1), (0, 2)], &[40, 30, 1], 1).expect("forward"), [], "one thread, no gain");
    let chain = lost_parallelism(3, &[(0, 1), (1, 2), (0, 2)], &[10, 10, 10], 3).expect("forward");
    assert!(chain.iter().all(|pair| (pair.first, pair.second) != (0, 2)), "0 -> 2 still follows from the others");
}
