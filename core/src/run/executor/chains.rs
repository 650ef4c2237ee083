//! What no number of threads could pull apart, and what any thread could take together: found once per dag.

use std::cmp::Ordering;

use super::dag::Dag;

/// The chains of a graph, in the order of their first nodes, each with the family it belongs to.
///
/// In a chain each node but the first has one predecessor, the one before it, which has no other successor. Chains are of
/// one family if their first nodes have the same predecessors. Chains of a family may be joined without making a cycle, in any number
/// of families at once: what comes before one member of a join comes before all of them.
#[derive(Debug)]
pub(crate) struct Chains {
    starts: Vec<u32>,
    nodes: Vec<u32>,
    /// For each node, its chain.
    of_node: Vec<u32>,
    /// For each chain, its family, a number below the count of chains.
    family: Vec<u32>,
}

impl Chains {
    pub(crate) fn of(dag: &Dag) -> Self {
        let of_node = chain_of_each_node(dag);
        let count = of_node.iter().max().map_or(0, |&last| last as usize + 1);
        let mut starts = vec![0_u32; count + 1];
        for &chain in &of_node {
            starts[chain as usize + 1] += 1;
        }
        for chain in 0..count {
            starts[chain + 1] += starts[chain];
        }
        let mut next = starts.clone();
        let mut nodes = vec![0; of_node.len()];
        for (node, &chain) in of_node.iter().enumerate() {
            nodes[next[chain as usize] as usize] = node as u32;
            next[chain as usize] += 1;
        }
        let family = families(dag, &starts, &nodes);
        Self { starts, nodes, of_node, family }
    }

    pub(crate) const fn len(&self) -> usize {
        self.family.len()
    }

    /// Returns the nodes of a chain, first to last.
    pub(crate) fn nodes(&self, chain: usize) -> &[u32] {
        &self.nodes[self.starts[chain] as usize..self.starts[chain + 1] as usize]
    }

    pub(crate) fn of_node(&self, node: usize) -> usize {
        self.of_node[node] as usize
    }

    pub(crate) fn family(&self, chain: usize) -> usize {
        self.family[chain] as usize
    }
}

fn chain_of_each_node(dag: &Dag) -> Vec<u32> {
    let mut of_node: Vec<u32> = Vec::with_capacity(dag.len());
    let mut count = 0;
    for node in 0..dag.len() {
        let chain = match dag.predecessors(node) {
            &[only] if dag.successors(only as usize).len() == 1 && dag.pinned(only as usize) == dag.pinned(node) => {
                of_node[only as usize]
            }
            _ => {
                count += 1;
                count - 1
            }
        };
        of_node.push(chain);
    }
    of_node
}

fn families(dag: &Dag, starts: &[u32], nodes: &[u32]) -> Vec<u32> {
    let count = starts.len() - 1;
    let head = |chain: u32| nodes[starts[chain as usize] as usize] as usize;
    let key = |chain: u32| (dag.pinned(head(chain)), dag.predecessors(head(chain)));
    let mut by_key: Vec<u32> = (0..count as u32).collect();
    by_key.sort_by(|&one, &other| key(one).cmp(&key(other)));
    let mut family = vec![0; count];
    let mut current = 0;
    for (index, &chain) in by_key.iter().enumerate() {
        if index > 0 && key(by_key[index - 1]).cmp(&key(chain)) != Ordering::Equal {
            current += 1;
        }
        family[chain as usize] = current;
    }
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chains(pinned: &[usize], nodes: usize, edges: &[(usize, usize)]) -> (Vec<Vec<u32>>, Vec<usize>) {
        let dag = Dag::new(
            (0..nodes).map(|node| pinned.contains(&node)).collect(),
            edges.iter().copied(),
            std::iter::empty(),
        );
        let chains = Chains::of(&dag);
        (
            (0..chains.len()).map(|chain| chains.nodes(chain).to_vec()).collect(),
            (0..chains.len()).map(|chain| chains.family(chain)).collect(),
        )
    }

    #[test]
    fn a_row_of_nodes_is_one_chain() {
        assert_eq!(chains(&[], 4, &[(0, 1), (1, 2), (2, 3)]).0, [[0, 1, 2, 3]]);
    }

    #[test]
    fn a_chain_ends_where_it_forks_and_where_it_meets_another() {
        assert_eq!(
            chains(&[], 5, &[(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]).0,
            [vec![0, 1], vec![2], vec![3], vec![4]]
        );
    }

    #[test]
    fn a_chain_ends_where_the_thread_has_to_change() {
        assert_eq!(chains(&[1], 3, &[(0, 1), (1, 2)]).0, [[0], [1], [2]]);
    }

    #[test]
    fn a_family_waits_for_the_same() {
        let (_, families) = chains(&[], 6, &[(0, 2), (1, 2), (0, 3), (1, 3), (1, 4)]);
        assert_eq!(families[0], families[1], "both wait for nothing");
        assert_eq!(families[2], families[3]);
        assert_ne!(families[2], families[4]);
        assert_eq!(families[5], families[0]);
    }

    #[test]
    fn an_empty_graph_has_no_chains() {
        assert_eq!(chains(&[], 0, &[]), (vec![], vec![]));
    }
}
