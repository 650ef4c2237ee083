//! The types that name GPU contents: `GpuBuffer<Marker>`, `GpuImage<Marker>`, `Prev<..>`.

use std::any::TypeId;
use std::marker::PhantomData;

use fencewright::__private::Foreign;

/// Names the buffer, or the buffers, whose contents are `M`.
///
/// It is a name: `M` is any type, and needs to be neither `Send` nor `Sync`.
#[derive(Debug)]
pub struct GpuBuffer<M: ?Sized>(PhantomData<fn() -> PhantomData<M>>);

/// Names the image, or the images, whose contents are `M`.
#[derive(Debug)]
pub struct GpuImage<M: ?Sized>(PhantomData<fn() -> PhantomData<M>>);

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
