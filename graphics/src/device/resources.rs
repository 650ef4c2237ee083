//! The buffers and images of a renderer: made, imported, replaced, read, destroyed.

use std::any::TypeId;
use std::sync::{Arc, MutexGuard};

use ash::vk;

use crate::device::create::{self, BufferDesc, ImageDesc, ViewDesc};
use crate::device::marks::Marks;
use crate::device::memory::Memory;
use crate::device::registry::{Flags, Physical, Registry, Resource};
use crate::device::renderer::{Inner, VkRenderer};
use crate::device::submit::TimelinePoint;
use crate::plan::{Entry, Exit, Shape};
use crate::record::attachment::GpuImageView;
use crate::record::barrier::Handle;
use crate::record::error::VkError;
use crate::record::format;
use crate::resource::{GpuBuffer, GpuImage, label_of};

impl VkRenderer {
    /// Makes a buffer whose contents are `M`. The first of its kind is instance 0, the next instance 1.
    ///
    /// # Errors
    ///
    /// If the description cannot be, or memory runs out.
    pub fn create_buffer<M: ?Sized + 'static>(&self, desc: &BufferDesc) -> Result<GpuBuffer<M>, VkError> {
        let instance = self.shared.registry().free_instance(TypeId::of::<GpuBuffer<M>>());
        self.put_buffer(instance, desc)
    }

    /// Makes an image whose contents are `M`. The first of its kind is instance 0, the next instance 1.
    ///
    /// # Errors
    ///
    /// If the description cannot be, the device does not support it, or memory runs out.
    pub fn create_image<M: ?Sized + 'static>(&self, desc: &ImageDesc) -> Result<GpuImage<M>, VkError> {
        let instance = self.shared.registry().free_instance(TypeId::of::<GpuImage<M>>());
        self.put_image(instance, desc)
    }

    /// Puts a new buffer in the place of another: to resize it. It has no contents yet; the old one is destroyed once the
    /// device is done with it.
    ///
    /// # Errors
    ///
    /// As for [`Self::create_buffer`]; then the old buffer stays. If the old handle's buffer was destroyed.
    pub fn replace_buffer<M: ?Sized + 'static>(
        &self,
        old: GpuBuffer<M>,
        desc: &BufferDesc,
    ) -> Result<GpuBuffer<M>, VkError> {
        self.shared.known(TypeId::of::<GpuBuffer<M>>(), Handle::Buffer(old.handle()), || buffer_label(&old))?;
        self.put_buffer(old.instance(), desc)
    }

    /// Puts a new image in the place of another: to resize it. It has no contents yet; the old one is destroyed once the device
    /// is done with it.
    ///
    /// # Errors
    ///
    /// As for [`Self::create_image`]; then the old image stays. If the old handle's image was destroyed.
    pub fn replace_image<M: ?Sized + 'static>(
        &self,
        old: GpuImage<M>,
        desc: &ImageDesc,
    ) -> Result<GpuImage<M>, VkError> {
        self.shared.known(TypeId::of::<GpuImage<M>>(), Handle::Image(old.handle()), || image_label(&old))?;
        self.put_image(old.instance(), desc)
    }

    /// Destroys a buffer once the device is done with it. Its instance is free for the next that is made.
    ///
    /// # Errors
    ///
    /// If it was destroyed before.
    pub fn destroy_buffer<M: ?Sized + 'static>(&self, buffer: GpuBuffer<M>) -> Result<(), VkError> {
        let handle = Handle::Buffer(buffer.handle());
        self.shared.destroy_resource(TypeId::of::<GpuBuffer<M>>(), handle, || buffer_label(&buffer))
    }

    /// Destroys an image, its views, and its twin where it has one, once the device is done with them.
    ///
    /// # Errors
    ///
    /// If it was destroyed before.
    pub fn destroy_image<M: ?Sized + 'static>(&self, image: GpuImage<M>) -> Result<(), VkError> {
        let handle = Handle::Image(image.handle());
        self.shared.destroy_resource(TypeId::of::<GpuImage<M>>(), handle, || image_label(&image))
    }

    /// Returns the buffer with a number: after frames that swap, the one that the next frame writes.
    pub fn find_buffer<M: ?Sized + 'static>(&self, instance: u32) -> Option<GpuBuffer<M>> {
        match self.shared.registry().get(TypeId::of::<GpuBuffer<M>>(), instance)?.now.handle {
            Handle::Buffer(handle) => Some(GpuBuffer::of(handle)),
            Handle::Image(_) => None,
        }
    }

    /// Returns the image with a number: after frames that swap, the one that the next frame writes.
    pub fn find_image<M: ?Sized + 'static>(&self, instance: u32) -> Option<GpuImage<M>> {
        match self.shared.registry().get(TypeId::of::<GpuImage<M>>(), instance)?.now.handle {
            Handle::Image(handle) => Some(GpuImage::of(handle)),
            Handle::Buffer(_) => None,
        }
    }

    /// Returns the twin of an image with history: after frames that swap, the one that the next frame reads as
    /// `Prev<GpuImage<M>>`.
    pub fn find_previous_image<M: ?Sized + 'static>(&self, instance: u32) -> Option<GpuImage<M>> {
        match self.shared.registry().get(TypeId::of::<GpuImage<M>>(), instance)?.previous.as_ref()?.handle {
            Handle::Image(handle) => Some(GpuImage::of(handle)),
            Handle::Buffer(_) => None,
        }
    }

    /// Returns a view of a part of an image. It is made when it is first asked for, and lives as long as the image.
    ///
    /// # Errors
    ///
    /// If the part is not inside the image, or the image was destroyed.
    pub fn view<M: ?Sized + 'static>(&self, image: GpuImage<M>, desc: &ViewDesc) -> Result<GpuImageView, VkError> {
        let name = image_label(&image);
        let key = create::view_key(&name, image.handle(), desc)?;
        let (contents, handle) = (TypeId::of::<GpuImage<M>>(), Handle::Image(image.handle()));
        let destroyed = || VkError::Destroyed { resource: name.clone() };
        let mut registry = self.shared.registry();
        let resource = registry.get(contents, image.instance());
        let physical = resource.and_then(|resource| resource.object(handle)).ok_or_else(destroyed)?;
        let known = physical.views.iter().find(|(known, _)| *known == key).map(|(_, view)| *view);
        let raw = if let Some(view) = known {
            view
        } else {
            let view = create::view(&self.shared, &name, image.handle(), key)?;
            let resource = registry.get_mut(contents, image.instance());
            let physical = resource.and_then(|resource| resource.object_mut(handle)).ok_or_else(destroyed)?;
            physical.views.push((key, view));
            view
        };
        let (_, mip, mips, layer, layers) = key.range;
        Ok(GpuImageView { raw, image: image.handle(), mip, mips, layer, layers })
    }

    /// Waits until the device is past `point`, and returns what a buffer in [`Memory::Readback`] then holds.
    ///
    /// A frame that writes such a buffer ends with what makes it visible to the host.
    ///
    /// # Errors
    ///
    /// If the buffer is in other memory, the device does not get there within [`RendererDesc::timeout`], or a later frame that
    /// uses the buffer was submitted and is not finished by then.
    ///
    /// [`RendererDesc::timeout`]: crate::RendererDesc::timeout
    pub fn read_buffer<M: ?Sized + 'static>(
        &self,
        buffer: GpuBuffer<M>,
        point: &TimelinePoint,
    ) -> Result<Vec<u8>, VkError> {
        let name = || buffer_label(&buffer);
        let key = TypeId::of::<GpuBuffer<M>>();
        point.wait(self.shared.desc.timeout)?;
        let registry = self.shared.registry_when_done(key, buffer.instance())?;
        let resource = registry.get(key, buffer.instance());
        let resource = resource.ok_or_else(|| VkError::Destroyed { resource: name() })?;
        let memory = resource.memory;
        let physical = resource.object(Handle::Buffer(buffer.handle()));
        let physical = physical.ok_or_else(|| VkError::Destroyed { resource: name() })?;
        let mapped = physical.allocation.as_ref().and_then(|allocation| allocation.mapped);
        match (memory, mapped) {
            (Memory::Readback, Some(mapped)) => {
                let len = usize::try_from(buffer.len_bytes()).unwrap_or(usize::MAX);
                // SAFETY: the buffer is alive while the registry is locked, has this length, and the device is past its uses.
                unsafe { mapped.read(&self.shared.gpu.table, len) }
            }
            (Memory::Device | Memory::Upload, _) | (Memory::Readback, None) => {
                Err(VkError::NotReadable { resource: name() })
            }
        }
    }

    /// Writes bytes into a buffer in [`Memory::Upload`]; the next frame sees them without a barrier. Waits until the device is
    /// done with the frames that use the buffer: for data of every frame, the encoder's `upload_buffer` does not.
    ///
    /// # Errors
    ///
    /// If the buffer is in other memory or too short, a frame is open, or the device is not done within
    /// [`RendererDesc::timeout`](crate::RendererDesc::timeout).
    pub fn write_buffer<M: ?Sized + 'static>(
        &self,
        buffer: GpuBuffer<M>,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), VkError> {
        let name = || buffer_label(&buffer);
        let end = offset.saturating_add(bytes.len() as u64);
        if end > buffer.len_bytes() {
            let len_bytes = buffer.len_bytes();
            return Err(VkError::OutOfRange { command: "write_buffer", resource: name(), end, len_bytes });
        }
        let mut registry = self.shared.registry();
        if self.shared.open.load(std::sync::atomic::Ordering::Acquire) {
            return Err(VkError::FrameOpen);
        }
        let resource = registry.get_mut(TypeId::of::<GpuBuffer<M>>(), buffer.instance());
        let resource = resource.ok_or_else(|| VkError::Destroyed { resource: name() })?;
        self.shared.timelines.wait(&resource.last_used, self.shared.desc.timeout)?;
        let physical = resource.object_mut(Handle::Buffer(buffer.handle()));
        let physical = physical.ok_or_else(|| VkError::Destroyed { resource: name() })?;
        let mapped = physical.allocation.as_ref().and_then(|allocation| allocation.mapped);
        let Some(mapped) = mapped else {
            let why = format!("`{}` is not in memory that the host writes; create it with `Memory::Upload`", name());
            return Err(VkError::BadCommand { command: "write_buffer", why });
        };
        // SAFETY: the buffer is alive while the registry is locked and holds these bytes; the device is past its uses, and a
        // frame that would use it is not open.
        unsafe { mapped.write(&self.shared.gpu.table, offset, bytes) }?;
        physical.know(Entry::Ready { layout: vk::ImageLayout::UNDEFINED }, None);
        Ok(())
    }

    fn put_buffer<M: ?Sized + 'static>(&self, instance: u32, desc: &BufferDesc) -> Result<GpuBuffer<M>, VkError> {
        let name = label_of::<GpuBuffer<M>>(instance);
        let (handle, allocation) = create::buffer(&self.shared, &name, desc, instance)?;
        let physical = Physical {
            handle: Handle::Buffer(handle),
            allocation: Some(allocation),
            views: Vec::new(),
            imported: false,
            entry: Entry::Undefined,
            prepared: None,
        };
        let exit = match desc.memory {
            Memory::Readback => Exit::HostRead,
            Memory::Device | Memory::Upload => Exit::Nothing,
        };
        let resource = Resource {
            serial: 0,
            slot: 0,
            label: Arc::from(name),
            shape: Shape::Buffer { len_bytes: desc.len_bytes },
            usage: Flags::Buffer(desc.usage),
            memory: desc.memory,
            sharing: desc.sharing,
            exit,
            now: physical,
            previous: None,
            last_used: Marks::default(),
        };
        self.shared.put(TypeId::of::<GpuBuffer<M>>(), instance, resource);
        Ok(GpuBuffer::of(handle))
    }

    fn put_image<M: ?Sized + 'static>(&self, instance: u32, desc: &ImageDesc) -> Result<GpuImage<M>, VkError> {
        let name = label_of::<GpuImage<M>>(instance);
        let (handle, allocation) = create::image(&self.shared, &name, desc, instance)?;
        let physical = Physical {
            handle: Handle::Image(handle),
            allocation: Some(allocation),
            views: Vec::new(),
            imported: false,
            entry: Entry::Undefined,
            prepared: None,
        };
        let resource = Resource {
            serial: 0,
            slot: 0,
            label: Arc::from(name),
            shape: image_shape(desc),
            usage: Flags::Image(desc.usage),
            memory: Memory::Device,
            sharing: desc.sharing,
            exit: Exit::Nothing,
            now: physical,
            previous: None,
            last_used: Marks::default(),
        };
        self.shared.put(TypeId::of::<GpuImage<M>>(), instance, resource);
        Ok(GpuImage::of(handle))
    }
}

impl Inner {
    /// Registers a resource; what had its place goes.
    pub(crate) fn put(&self, key: TypeId, instance: u32, resource: Resource) {
        let old = self.registry().insert(key, instance, resource);
        self.discard(old.into_iter().flat_map(Resource::into_garbage));
    }

    /// Locks the registry at a moment at which the device has finished all submissions that use a resource: a later frame may
    /// have been submitted since the caller's.
    fn registry_when_done(&self, key: TypeId, instance: u32) -> Result<MutexGuard<'_, Registry>, VkError> {
        let mut waited = Marks::default();
        loop {
            let registry = self.registry();
            let last_used = registry.get(key, instance).map_or_else(Marks::default, |resource| resource.last_used);
            if waited.reach(&last_used) {
                return Ok(registry);
            }
            drop(registry);
            self.timelines.wait(&last_used, self.desc.timeout)?;
            waited = last_used;
        }
    }

    /// Refuses a handle whose resource was destroyed.
    fn known(&self, key: TypeId, handle: Handle, name: impl FnOnce() -> String) -> Result<(), VkError> {
        let registry = self.registry();
        let resource = registry.get(key, handle.instance());
        match resource.and_then(|resource| resource.object(handle)) {
            Some(_) => Ok(()),
            None => Err(VkError::Destroyed { resource: name() }),
        }
    }

    fn destroy_resource(&self, key: TypeId, handle: Handle, name: impl FnOnce() -> String) -> Result<(), VkError> {
        self.known(key, handle, name)?;
        let old = self.registry().remove(key, handle.instance());
        self.discard(old.into_iter().flat_map(Resource::into_garbage));
        Ok(())
    }
}

pub(crate) fn image_shape(desc: &ImageDesc) -> Shape {
    Shape::Image { mips: desc.mips, layers: desc.layers, aspects: format::aspects(desc.format) }
}

fn buffer_label<M: ?Sized + 'static>(buffer: &GpuBuffer<M>) -> String {
    label_of::<GpuBuffer<M>>(buffer.instance())
}

fn image_label<M: ?Sized + 'static>(image: &GpuImage<M>) -> String {
    label_of::<GpuImage<M>>(image.instance())
}
