//! The types that name GPU contents: `GpuBuffer<Marker>`, `GpuImage<Marker>`, `Prev<..>`.

use std::any::{TypeId, type_name};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use ash::vk;
use fencewright::__private::Foreign;

/// A buffer whose contents are `M`: in a declaration the name of all of them, as a value the handle of one.
///
/// `M` is any type, and needs to be neither `Send` nor `Sync`; the handle is both, and `Copy`. It owns nothing: the
/// renderer that made the buffer does.
pub struct GpuBuffer<M: ?Sized>(BufferHandle, PhantomData<fn() -> PhantomData<M>>);

/// An image whose contents are `M`: in a declaration the name of all of them, as a value the handle of one.
///
/// As [`GpuBuffer`], it is `Copy`, `Send` and `Sync` whatever `M` is, and owns nothing.
pub struct GpuImage<M: ?Sized>(ImageHandle, PhantomData<fn() -> PhantomData<M>>);

/// What there is to know of a buffer, whatever its contents are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferHandle {
    /// The Vulkan handle.
    pub raw: vk::Buffer,
    /// Its length.
    pub len_bytes: u64,
    /// Which of the buffers that share the marker it is.
    pub instance: u32,
}

/// What there is to know of an image, whatever its contents are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImageHandle {
    /// The Vulkan handle.
    pub raw: vk::Image,
    /// A view of the whole image.
    pub view: vk::ImageView,
    /// Its size in texels.
    pub extent: vk::Extent3D,
    /// Its format.
    pub format: vk::Format,
    /// The number of mip levels.
    pub mips: u32,
    /// The number of array layers.
    pub layers: u32,
    /// The samples of a texel.
    pub samples: vk::SampleCountFlags,
    /// Which of the images that share the marker it is.
    pub instance: u32,
}

impl<M: ?Sized> GpuBuffer<M> {
    /// Gives a handle its type.
    #[cfg_attr(not(feature = "device"), allow(dead_code, reason = "only a device has handles"))]
    pub(crate) const fn of(handle: BufferHandle) -> Self {
        Self(handle, PhantomData)
    }

    /// Returns the handle without its type.
    pub const fn handle(&self) -> BufferHandle {
        self.0
    }

    /// Returns the Vulkan handle.
    pub const fn raw(&self) -> vk::Buffer {
        self.0.raw
    }

    /// Returns the length in bytes.
    pub const fn len_bytes(&self) -> u64 {
        self.0.len_bytes
    }

    /// Returns how many whole `T` fit.
    #[expect(clippy::len_without_is_empty, reason = "no buffer is empty")]
    pub const fn len<T>(&self) -> u64 {
        match size_of::<T>() as u64 {
            0 => 0,
            size => self.0.len_bytes / size,
        }
    }

    /// Returns which of the buffers that share the marker it is.
    pub const fn instance(&self) -> u32 {
        self.0.instance
    }
}

impl<M: ?Sized> GpuImage<M> {
    /// Gives a handle its type.
    #[cfg_attr(not(feature = "device"), allow(dead_code, reason = "only a device has handles"))]
    pub(crate) const fn of(handle: ImageHandle) -> Self {
        Self(handle, PhantomData)
    }

    /// Returns the handle without its type.
    pub const fn handle(&self) -> ImageHandle {
        self.0
    }

    /// Returns the Vulkan handle.
    pub const fn raw(&self) -> vk::Image {
        self.0.raw
    }

    /// Returns a view of the whole image.
    pub const fn view(&self) -> vk::ImageView {
        self.0.view
    }

    /// Returns the size in texels.
    pub const fn extent(&self) -> vk::Extent3D {
        self.0.extent
    }

    /// Returns the format.
    pub const fn format(&self) -> vk::Format {
        self.0.format
    }

    /// Returns the number of mip levels.
    pub const fn mips(&self) -> u32 {
        self.0.mips
    }

    /// Returns the number of array layers.
    pub const fn layers(&self) -> u32 {
        self.0.layers
    }

    /// Returns which of the images that share the marker it is.
    pub const fn instance(&self) -> u32 {
        self.0.instance
    }
}

macro_rules! handle_traits {
    ($name:ident) => {
        impl<M: ?Sized> Clone for $name<M> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<M: ?Sized> Copy for $name<M> {}

        impl<M: ?Sized> PartialEq for $name<M> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl<M: ?Sized> Eq for $name<M> {}

        impl<M: ?Sized> Hash for $name<M> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl<M: ?Sized> fmt::Debug for $name<M> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {:?}", label(stringify!($name), type_name::<M>(), self.0.instance), self.0.raw)
            }
        }
    };
}

handle_traits!(GpuBuffer);
handle_traits!(GpuImage);

/// Names a GPU resource for people: `GpuImage<Bloom>`, and `GpuImage<Bloom>#1` for another instance.
pub(crate) fn label(kind: &str, marker: &str, instance: u32) -> String {
    let marker = without_modules(marker);
    match instance {
        0 => format!("{kind}<{marker}>"),
        instance => format!("{kind}<{marker}>#{instance}"),
    }
}

/// Names a GPU resource for people by its type.
#[cfg_attr(not(feature = "device"), allow(dead_code, reason = "only a device has resources"))]
pub(crate) fn label_of<R: GpuResource>(instance: u32) -> String {
    let kind = match R::Kind::KIND {
        ResourceKind::Buffer => "GpuBuffer",
        ResourceKind::Image => "GpuImage",
    };
    label(kind, type_name::<R::Marker>(), instance)
}

/// Shortens the compiler's name of a type: `a::Mip<b::C>` is `Mip<C>`.
pub(crate) fn without_modules(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let mut segment = 0;
    for part in name.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_')) {
        if part.ends_with(':') {
            short.truncate(segment);
        } else {
            short.push_str(part);
            if !part.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                segment = short.len();
            }
        }
    }
    short
}

/// Names what the previous frame wrote to `R`: two instances that swap each frame.
#[derive(Debug)]
pub struct Prev<R: ?Sized>(PhantomData<fn() -> PhantomData<R>>);

impl<M: ?Sized> Foreign for GpuBuffer<M> {}
impl<M: ?Sized> Foreign for GpuImage<M> {}
impl<R: ?Sized> Foreign for Prev<R> {}

/// Says whether a GPU resource is a buffer or an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceKind {
    /// A `VkBuffer`.
    Buffer,
    /// A `VkImage`.
    Image,
}

/// The kind of a GPU resource as a type: [`Buffer`] or [`Image`].
pub trait Kind: 'static {
    /// The kind as a value.
    const KIND: ResourceKind;
}

/// Buffers, as a type.
#[derive(Clone, Copy, Debug)]
pub enum Buffer {}

/// Images, as a type.
#[derive(Clone, Copy, Debug)]
pub enum Image {}

impl Kind for Buffer {
    const KIND: ResourceKind = ResourceKind::Buffer;
}

impl Kind for Image {
    const KIND: ResourceKind = ResourceKind::Image;
}

/// A type that names GPU contents.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a GPU resource",
    label = "neither `GpuBuffer<..>` nor `GpuImage<..>`",
    note = "a usage (`as ..`) and parts (`[mip = ..]`) belong to a GPU resource; a CPU type is declared by its name alone"
)]
pub trait GpuResource: 'static {
    /// Buffer or image.
    type Kind: Kind;
    /// The type that tells its contents from others.
    type Marker: ?Sized + 'static;
    /// Whether it names what the previous frame wrote.
    const PREVIOUS: bool;

    /// Returns the identity of the contents: the same for `R` and `Prev<R>`.
    #[doc(hidden)]
    const ID: TypeId;
}

impl<M: ?Sized + 'static> GpuResource for GpuBuffer<M> {
    type Kind = Buffer;
    type Marker = M;
    const PREVIOUS: bool = false;
    const ID: TypeId = TypeId::of::<Self>();
}

impl<M: ?Sized + 'static> GpuResource for GpuImage<M> {
    type Kind = Image;
    type Marker = M;
    const PREVIOUS: bool = false;
    const ID: TypeId = TypeId::of::<Self>();
}

impl<R: GpuResource> GpuResource for Prev<R> {
    type Kind = R::Kind;
    type Marker = R::Marker;
    const PREVIOUS: bool = true;
    const ID: TypeId = R::ID;
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NotSend(#[expect(dead_code, reason = "it is here to be neither `Send` nor `Sync`")] *mut u8);

    const fn copy_send_sync<T: Copy + Send + Sync + 'static>() {}

    const _: () = {
        copy_send_sync::<GpuBuffer<NotSend>>();
        copy_send_sync::<GpuImage<NotSend>>();
        copy_send_sync::<GpuImage<[NotSend]>>();
        assert!(GpuImage::<NotSend>::PREVIOUS as u8 == 0);
    };

    #[test]
    fn a_label_has_no_modules() {
        assert_eq!(label("GpuImage", "app::render::Bloom", 0), "GpuImage<Bloom>");
        assert_eq!(label("GpuImage", "app::Mip<7, alloc::vec::Vec<u8>>", 2), "GpuImage<Mip<7, Vec<u8>>>#2");
        assert_eq!(label("GpuBuffer", "u8", 0), "GpuBuffer<u8>");
        assert_eq!(label("GpuBuffer", "[a::B]", 0), "GpuBuffer<[B]>");
    }

    #[test]
    fn a_length_counts_whole_elements() {
        let handle = BufferHandle { raw: vk::Buffer::null(), len_bytes: 50, instance: 0 };
        let buffer = GpuBuffer::<NotSend>::of(handle);
        assert_eq!(buffer.len::<[f32; 4]>(), 3);
        assert_eq!(buffer.len::<()>(), 0);
        assert_eq!(format!("{buffer:?}"), "GpuBuffer<NotSend> 0x0");
    }
}
