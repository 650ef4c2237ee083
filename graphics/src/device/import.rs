//! Buffers and images that the caller made.

use std::any::TypeId;
use std::sync::Arc;

use ash::vk;

use crate::device::create::{self, ImageDesc};
use crate::device::marks::Marks;
use crate::device::memory::Memory;
use crate::device::registry::{Flags, Physical, Resource};
use crate::device::renderer::{Inner, VkRenderer};
use crate::device::resources::image_shape;
use crate::plan::{Entry, Exit, Shape, Sharing};
use crate::record::barrier::Handle;
use crate::record::error::VkError;
use crate::resource::{BufferHandle, GpuBuffer, GpuImage, ImageHandle, label_of};

/// A buffer that the caller made.
#[derive(Clone, Debug)]
pub struct BufferImport {
    /// The Vulkan handle.
    pub raw: vk::Buffer,
    /// Its length.
    pub len_bytes: u64,
    /// What it was created for.
    pub usage: vk::BufferUsageFlags,
    /// Whether it was created for one queue family at a time, or for all of the renderer's.
    pub sharing: Sharing,
    /// What is known of it before the first frame that uses it.
    pub entry: Entry,
    /// What happens to it after each frame that uses it.
    pub exit: Exit,
}

/// An image that the caller made.
#[derive(Clone, Debug)]
pub struct ImageImport {
    /// The Vulkan handle.
    pub raw: vk::Image,
    /// What it was created as.
    pub desc: ImageDesc,
    /// What is known of it before the first frame that uses it.
    pub entry: Entry,
    /// What happens to it after each frame that uses it.
    pub exit: Exit,
}

impl VkRenderer {
    /// Takes a buffer of the caller's among the renderer's. Destroying it, or the renderer, leaves it to the caller.
    ///
    /// # Safety
    ///
    /// - `raw` is a buffer of this device with memory, was created as described, and lives until the device has finished the
    ///   last frame that uses it.
    /// - `entry` says which accesses came before; what the caller does with it between frames is told by
    ///   [`Self::set_buffer_entry`], and ordered by the caller where it is on another queue.
    pub unsafe fn import_buffer<M: ?Sized + 'static>(&self, import: BufferImport) -> GpuBuffer<M> {
        let BufferImport { raw, len_bytes, usage, sharing, entry, exit } = import;
        let key = TypeId::of::<GpuBuffer<M>>();
        let instance = self.shared.registry().free_instance(key);
        let handle = BufferHandle { raw, len_bytes, instance };
        let resource = Resource {
            serial: 0,
            slot: 0,
            label: Arc::from(label_of::<GpuBuffer<M>>(instance)),
            shape: Shape::Buffer { len_bytes },
            usage: Flags::Buffer(usage),
            memory: Memory::Device,
            sharing,
            exit,
            now: imported(Handle::Buffer(handle), entry),
            previous: None,
            last_used: Marks::default(),
        };
        self.shared.put(key, instance, resource);
        GpuBuffer::of(handle)
    }

    /// Takes an image of the caller's among the renderer's, and makes a view of it. Destroying it, or the renderer, leaves the
    /// image to the caller.
    ///
    /// # Errors
    ///
    /// If the view cannot be made.
    ///
    /// # Safety
    ///
    /// As for [`Self::import_buffer`].
    pub unsafe fn import_image<M: ?Sized + 'static>(&self, import: ImageImport) -> Result<GpuImage<M>, VkError> {
        let ImageImport { raw, desc, entry, exit } = import;
        let key = TypeId::of::<GpuImage<M>>();
        let instance = self.shared.registry().free_instance(key);
        let name = label_of::<GpuImage<M>>(instance);
        let ImageDesc { extent, format, mips, layers, samples, .. } = desc;
        let view = vk::ImageView::null();
        let mut handle = ImageHandle { raw, view, extent, format, mips, layers, samples, instance };
        handle.view = create::whole_view(&self.shared, &name, handle, &desc)?;
        let resource = Resource {
            serial: 0,
            slot: 0,
            label: Arc::from(name),
            shape: image_shape(&desc),
            usage: Flags::Image(desc.usage),
            memory: Memory::Device,
            sharing: desc.sharing,
            exit,
            now: imported(Handle::Image(handle), entry),
            previous: None,
            last_used: Marks::default(),
        };
        self.shared.put(key, instance, resource);
        Ok(GpuImage::of(handle))
    }

    /// Says what was done to a buffer outside of frames, since the last that used it.
    ///
    /// # Errors
    ///
    /// If the buffer was destroyed.
    ///
    /// # Safety
    ///
    /// It is true.
    pub unsafe fn set_buffer_entry<M: ?Sized + 'static>(
        &self,
        buffer: GpuBuffer<M>,
        entry: Entry,
    ) -> Result<(), VkError> {
        let name = || label_of::<GpuBuffer<M>>(buffer.instance());
        self.shared.set_entry(TypeId::of::<GpuBuffer<M>>(), Handle::Buffer(buffer.handle()), entry, name)
    }

    /// Says what was done to an image outside of frames, since the last that used it: acquired from a swapchain, say.
    ///
    /// # Errors
    ///
    /// If the image was destroyed.
    ///
    /// # Safety
    ///
    /// It is true.
    pub unsafe fn set_image_entry<M: ?Sized + 'static>(&self, image: GpuImage<M>, entry: Entry) -> Result<(), VkError> {
        let name = || label_of::<GpuImage<M>>(image.instance());
        self.shared.set_entry(TypeId::of::<GpuImage<M>>(), Handle::Image(image.handle()), entry, name)
    }
}

const fn imported(handle: Handle, entry: Entry) -> Physical {
    Physical { handle, allocation: None, views: Vec::new(), imported: true, entry, prepared: None }
}

impl Inner {
    fn set_entry(
        &self,
        key: TypeId,
        handle: Handle,
        entry: Entry,
        name: impl FnOnce() -> String,
    ) -> Result<(), VkError> {
        let mut registry = self.registry();
        let resource = registry.get_mut(key, handle.instance());
        let physical = resource.and_then(|resource| resource.object_mut(handle));
        physical.map(|physical| physical.know(entry, None)).ok_or_else(|| VkError::Destroyed { resource: name() })
    }
}
