//! The systems of the frame, a file for each theme. What one touches stands in its declaration, and nowhere else.

mod check;
pub mod extract;
mod glow;
mod light;
mod objects;
mod particles;
mod picture;
mod simulate;
mod surfaces;
mod upload;

pub use check::{ReadLight, ReadLists};
pub use extract::{CullAndSortDust, GatherAnchors, Measure, MoveCamera};
pub use glow::{Brighten, Downsample, Spread, Upsample};
pub use light::{Accumulate, DrawTransparent, LightSurfaces};
pub use objects::{AnimateObjects, CullObjects};
pub use particles::SimulateParticles;
pub use picture::{ReadBack, Tonemap};
pub use simulate::{AdvanceClock, DriftEntities};
pub use surfaces::{DrawShadow, DrawSurfaces};
pub use upload::{Assets, UploadAssets, UploadFrame};
