//! The frames that are measured: what their systems touch and how long they work.

use crate::work::Random;

/// Systems in program order.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub systems: Vec<System>,
}

/// What a system reads and writes, by number, and how long it works.
#[derive(Clone, Debug, Default)]
pub struct System {
    pub reads: Vec<usize>,
    pub writes: Vec<usize>,
    pub us: f64,
}

impl Frame {
    /// Systems that touch nothing.
    pub fn free(systems: usize, us: f64) -> Self {
        Self { systems: vec![System { us, ..System::default() }; systems] }
    }

    /// Systems of which each reads what the one before it writes.
    pub fn chain(systems: usize) -> Self {
        let system =
            |index: usize| System { reads: index.checked_sub(1).into_iter().collect(), writes: vec![index], us: 0.0 };
        Self { systems: (0..systems).map(system).collect() }
    }

    /// Systems that all write one resource.
    pub fn same_write(systems: usize) -> Self {
        Self { systems: vec![System { writes: vec![0], ..System::default() }; systems] }
    }

    /// Systems that write one and read two of so many resources, for as long as `us` says.
    pub fn random(seed: u64, resources: usize, us: &[f64]) -> Self {
        let mut random = Random(seed);
        let systems = us.iter().map(|&us| {
            let write = random.below(resources);
            let reads = (0..2).map(|_| random.below(resources)).filter(|&read| read != write).collect();
            System { reads, writes: vec![write], us }
        });
        Self { systems: systems.collect() }
    }

    /// Sixty systems of 1, 10, 50 and 200 us: 590 us of work in all.
    pub fn mixed(seed: u64, resources: usize) -> Self {
        let mut us: Vec<f64> = [(40, 1.0), (15, 10.0), (4, 50.0), (1, 200.0)]
            .into_iter()
            .flat_map(|(count, us)| std::iter::repeat_n(us, count))
            .collect();
        let mut random = Random(seed ^ 0xfe);
        for index in (1..us.len()).rev() {
            us.swap(index, random.below(index + 1));
        }
        Self::random(seed, resources, &us)
    }

    /// Sixty systems of 0.1 to 2 us.
    pub fn tiny(seed: u64) -> Self {
        let mut random = Random(seed);
        let us: Vec<f64> = (0..60).map(|_| 0.1 + 0.1 * random.below(20) as f64).collect();
        Self::random(seed, 64, &us)
    }

    /// Returns the work of all systems, in microseconds.
    pub fn work_us(&self) -> f64 {
        self.systems.iter().map(|system| system.us).sum()
    }

    /// Returns the longest way through systems that have to wait for each other, in microseconds.
    pub fn critical_path_us(&self) -> f64 {
        let mut ends: Vec<f64> = Vec::new();
        for (index, system) in self.systems.iter().enumerate() {
            let start =
                (0..index).filter(|&earlier| self.systems[earlier].conflicts(system)).map(|earlier| ends[earlier]);
            let start = start.fold(0.0, f64::max);
            ends.push(start + system.us);
        }
        ends.into_iter().fold(0.0, f64::max)
    }

    /// Returns what no run on so many threads can beat, in microseconds.
    pub fn bound_us(&self, threads: usize) -> f64 {
        self.critical_path_us().max(self.work_us() / threads as f64)
    }
}

impl System {
    pub fn conflicts(&self, other: &Self) -> bool {
        let meet = |one: &[usize], two: &[usize]| one.iter().any(|resource| two.contains(resource));
        meet(&self.writes, &other.writes) || meet(&self.writes, &other.reads) || meet(&self.reads, &other.writes)
    }
}
