//! How a system finds what it declares: by type, and among several by instance.

use std::any::TypeId;

use crate::device::frame::VkFrame;
use crate::record::barrier::Handle;
use crate::record::error::VkError;
use crate::record::script::Use;
use crate::resource::{GpuBuffer, GpuImage, GpuResource, label_of};

/// A question for a declared access. What is asked for by type is all that is compiled for each type: systems ask often, each for
/// types of its own, and what a frame executes once is slow to fetch.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'f> {
    /// `None`, where the run has none.
    pub(crate) frame: Option<&'f VkFrame>,
    pub(crate) system: usize,
    /// Where it is `None`, the first that is declared.
    pub(crate) instance: Option<u32>,
    pub(crate) previous: bool,
}

impl Ask<'_> {
    /// Returns a buffer.
    pub(crate) fn buffer<M: ?Sized + 'static>(&self) -> Result<GpuBuffer<M>, VkError> {
        match self.find(&GpuBuffer::<M>::ID) {
            Some(Use { handle: Handle::Buffer(handle), .. }) => Ok(GpuBuffer::of(*handle)),
            other => Err(self.refusal::<GpuBuffer<M>>(other)),
        }
    }

    /// Returns an image.
    pub(crate) fn image<M: ?Sized + 'static>(&self) -> Result<GpuImage<M>, VkError> {
        match self.find(&GpuImage::<M>::ID) {
            Some(Use { handle: Handle::Image(handle), .. }) => Ok(GpuImage::of(*handle)),
            other => Err(self.refusal::<GpuImage<M>>(other)),
        }
    }

    #[inline(never)]
    fn find(&self, key: &TypeId) -> Option<&Use> {
        let pass = self.frame?.recorder_now()?.pass_of(self.system)?;
        pass.uses.iter().find(|used| {
            used.resource.key == *key
                && used.resource.previous == self.previous
                && self.instance.is_none_or(|instance| instance == used.resource.instance)
        })
    }

    /// Says why there is no such access; `found` is one of another kind.
    #[cold]
    #[inline(never)]
    fn refusal<R: GpuResource>(&self, found: Option<&Use>) -> VkError {
        if let Some(found) = found {
            return VkError::Destroyed { resource: found.label.to_string() };
        }
        let Some(frame) = self.frame else { return VkError::NoFrame };
        let pass = match frame.recorder().and_then(|recorder| recorder.pass(self.system)) {
            Ok(pass) => pass,
            Err(error) => return error,
        };
        let name = label_of::<R>(self.instance.unwrap_or(0));
        VkError::NotDeclared {
            system: pass.name.to_string(),
            resource: if self.previous { format!("Prev<{name}>") } else { name },
            how: "",
        }
    }
}
