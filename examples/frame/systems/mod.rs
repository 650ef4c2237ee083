//! The systems of the frame, a file for each theme. What one touches stands in its declaration, and nowhere else.

mod animate;
mod draw;
mod extract;
mod post;
mod read_back;
mod simulate;
mod upload;

pub use animate::AnimateAndCull;
pub use draw::DrawScene;
pub use extract::{GatherAnchors, GatherDust, Measure, MoveCamera};
pub use post::Post;
pub use read_back::ReadBack;
pub use simulate::{AdvanceClock, DriftEntities};
pub use upload::{Meshes, UploadFrame, UploadMeshes};
