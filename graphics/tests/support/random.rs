//! What random frames are made from: seeds, numbers, parts of resources.

use std::ops::Range;

use ash::vk::ImageAspectFlags as Aspects;
use fencewright_graphics::plan::{Compat, Policy, Shape, Subresource};

/// The seeds of a test: `FENCEWRIGHT_GRAPHS` of them, or `count`, from `FENCEWRIGHT_SEED` on.
pub fn seeds(count: u64) -> Range<u64> {
    let asked = |name, default| std::env::var(name).map_or(default, |number| number.parse().expect("a number"));
    let first = asked("FENCEWRIGHT_SEED", 0);
    first..first + asked("FENCEWRIGHT_GRAPHS", count)
}

/// A generator of random numbers: xorshift, seeded.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % end as u64).expect("small")
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn range(&mut self, end: u32) -> Range<u32> {
        let start = self.below(end as usize) as u32;
        start..start + 1 + self.below((end - start) as usize) as u32
    }

    /// The whole of a resource every second time, else some of it; of depth and stencil also depth alone.
    pub fn part(&mut self, shape: &Shape) -> Subresource {
        match *shape {
            whole if self.one_in(2) => whole.whole(),
            Shape::Buffer { len_bytes } => {
                let bytes = self.range(u32::try_from(len_bytes).expect("small"));
                Subresource::Buffer { bytes: u64::from(bytes.start)..u64::from(bytes.end) }
            }
            Shape::Image { mips, layers, aspects } => Subresource::Image {
                aspects: if aspects.contains(Aspects::DEPTH) && self.one_in(2) { Aspects::DEPTH } else { aspects },
                mips: self.range(mips),
                layers: self.range(layers),
            },
        }
    }

    /// A policy, which is `UnifiedLayouts` where all images are in GENERAL, and whom barriers have to please.
    pub fn policy(&mut self, unified: bool) -> (Policy, Compat) {
        let policy = if unified {
            Policy::UnifiedLayouts
        } else {
            self.pick(&[Policy::Joined, Policy::PerResource, Policy::MergedGlobal])
        };
        (policy, self.pick(&[Compat::Exact, Compat::ValidationLayers]))
    }
}
