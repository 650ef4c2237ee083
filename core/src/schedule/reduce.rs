//! Transitive reduction: which edges do not follow from others.

/// Tells for each edge whether it is needed to keep all paths.
///
/// Nodes are numbers in a topological order, so every edge leads from a smaller to a larger one; edges are sorted by
/// their second node. Takes a bit for every pair of nodes.
pub(crate) fn transitive(nodes: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<bool> {
    let edges: Vec<(usize, usize)> = edges.collect();
    let words = nodes.div_ceil(64);
    // Row `n` holds the nodes that come before `n`.
    let mut before = vec![0_u64; nodes * words];
    let mut needed = vec![false; edges.len()];
    let mut from = 0;
    while let Some(&(_, second)) = edges.get(from) {
        let to = from + edges[from..].iter().take_while(|edge| edge.1 == second).count();
        let mut by_nearness: Vec<usize> = (from..to).collect();
        by_nearness.sort_by(|&a, &b| edges[b].0.cmp(&edges[a].0));
        for edge in by_nearness {
            let first = edges[edge].0;
            debug_assert!(first < second, "edges follow the order of the nodes");
            let (earlier, later) = before.split_at_mut(second * words);
            let row = &mut later[..words];
            // What is nearest was taken first: if it leads here from `first`, the row says so already.
            if row[first / 64] >> (first % 64) & 1 == 0 {
                needed[edge] = true;
                row[first / 64] |= 1 << (first % 64);
                for (word, more) in row.iter_mut().zip(&earlier[first * words..][..words]) {
                    *word |= more;
                }
            }
        }
        from = to;
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::transitive;

    #[test]
    fn an_edge_with_a_detour_is_not_needed() {
        assert_eq!(transitive(3, [(0, 1), (0, 2), (1, 2)].into_iter()), [true, false, true]);
    }

    #[test]
    fn the_reduction_keeps_all_paths_and_no_edge_too_many() {
        let mut seed = 7_u64;
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for _ in 0..if cfg!(miri) { 2 } else { 60 } {
            let nodes = 2 + random(20) as usize;
            let mut edges: Vec<(usize, usize)> = Vec::new();
            for second in 1..nodes {
                edges.extend((0..second).filter(|_| random(5) == 0).map(|first| (first, second)));
            }
            let needed = transitive(nodes, edges.iter().copied());
            let kept: Vec<_> =
                edges.iter().zip(&needed).filter(|(_, needed)| **needed).map(|(edge, _)| *edge).collect();
            assert_eq!(paths(nodes, &edges), paths(nodes, &kept));
            for skip in 0..kept.len() {
                let mut fewer = kept.clone();
                fewer.remove(skip);
                assert_ne!(paths(nodes, &kept), paths(nodes, &fewer), "{:?} is not needed", kept[skip]);
            }
        }
    }

    fn paths(nodes: usize, edges: &[(usize, usize)]) -> Vec<Vec<bool>> {
        let mut paths = vec![vec![false; nodes]; nodes];
        for &(first, second) in edges {
            paths[first][second] = true;
        }
        for middle in 0..nodes {
            for first in 0..nodes {
                for second in 0..nodes {
                    paths[first][second] |= paths[first][middle] && paths[middle][second];
                }
            }
        }
        paths
    }
}
