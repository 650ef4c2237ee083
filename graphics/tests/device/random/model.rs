//! What random schedules work on, and what it holds after the same operations one after another on the CPU.

use fencewright_graphics::ImageRegion;

use super::operations::{Add, Clear, Copy, CopyTile, Fill, Operation, Pack, Paint, Unpack};

pub(crate) const BUFFERS: u32 = 3;
pub(crate) const WORDS: usize = 16;
pub(crate) const TILES: u32 = 2;
pub(crate) const MIPS: u32 = 3;
pub(crate) const LAYERS: u32 = 2;

/// A buffer of words.
pub(crate) struct Data;
/// An image of words, with mip levels and layers.
pub(crate) struct Tile;

/// One layer of one mip level of one tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) tile: u32,
    pub(crate) mip: u32,
    pub(crate) layer: u32,
}

impl Place {
    pub(crate) const fn side(self) -> usize {
        4 >> self.mip
    }

    pub(crate) const fn texels(self) -> usize {
        self.side() * self.side()
    }

    pub(crate) fn region(self) -> ImageRegion {
        ImageRegion { layers: Some(self.layer..self.layer + 1), ..ImageRegion::mip(self.mip) }
    }
}

/// What there is on the device, as it must be.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) buffers: Vec<[u32; WORDS]>,
    pub(crate) texels: Vec<Vec<u32>>,
}

pub(crate) fn places() -> impl Iterator<Item = Place> {
    (0..TILES).flat_map(|tile| (0..MIPS).flat_map(move |mip| (0..LAYERS).map(move |layer| Place { tile, mip, layer })))
}

impl Model {
    pub(crate) fn new() -> Self {
        Self {
            buffers: (0..BUFFERS).map(|buffer| [buffer + 1; WORDS]).collect(),
            texels: places().map(|place| vec![place.tile + 1; place.texels()]).collect(),
        }
    }

    pub(crate) fn at(&mut self, place: Place) -> &mut Vec<u32> {
        &mut self.texels[((place.tile * MIPS + place.mip) * LAYERS + place.layer) as usize]
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let words = self.buffers.iter().flatten().chain(self.texels.iter().flatten());
        words.flat_map(|word| word.to_le_bytes()).collect()
    }

    pub(crate) fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Fill(Fill { to, start, end, word }) => {
                self.buffers[*to as usize][*start as usize..*end as usize].fill(*word);
            }
            Operation::Copy(Copy { from, to, start, len, target }) => {
                let source = self.buffers[*from as usize];
                let (start, len, target) = (*start as usize, *len as usize, *target as usize);
                self.buffers[*to as usize][target..target + len].copy_from_slice(&source[start..start + len]);
            }
            Operation::Add(Add { from, to, .. }) => {
                let source = self.buffers[*from as usize];
                for (sum, addend) in self.buffers[*to as usize].iter_mut().zip(source) {
                    *sum = sum.wrapping_add(addend);
                }
            }
            Operation::Paint(Paint { place, word, side, .. }) => {
                let whole = place.side();
                for (index, texel) in self.at(*place).iter_mut().enumerate() {
                    if index % whole < *side && index / whole < *side {
                        *texel = *word;
                    }
                }
            }
            Operation::Clear(Clear { tile, mip, word }) => {
                for layer in 0..LAYERS {
                    self.at(Place { tile: *tile, mip: *mip, layer }).fill(*word);
                }
            }
            Operation::CopyTile(CopyTile { from, to }) => {
                let texels = self.at(*from).clone();
                *self.at(*to) = texels;
            }
            Operation::Pack(Pack { from, to }) => {
                let texels = self.at(*from).clone();
                self.buffers[*to as usize][..texels.len()].copy_from_slice(&texels);
            }
            Operation::Unpack(Unpack { from, to }) => {
                let words = self.buffers[*from as usize];
                let texels = self.at(*to);
                let len = texels.len();
                texels.copy_from_slice(&words[..len]);
            }
        }
    }
}
