//! The names of what lives on the device. A name says how its contents are used: that is where the barriers come from.

/// The vertices of all meshes.
#[derive(Debug)]
pub struct MeshVertexData;
/// The indices of all meshes.
#[derive(Debug)]
pub struct MeshIndexData;
/// One vertex for each speck of dust.
#[derive(Debug)]
pub struct DustVertexData;
/// `layout::Camera`.
#[derive(Debug)]
pub struct CameraUniform;
/// `layout::Object`, one for each object.
#[derive(Debug)]
pub struct ObjectStorage;
/// Where each object is in this frame.
#[derive(Debug)]
pub struct AnchorStorage;
/// `layout::Instance`, one for each object.
#[derive(Debug)]
pub struct InstanceStorage;
/// `layout::Draw`, one for each object.
#[derive(Debug)]
pub struct IndirectDraws;
/// Base colours, one layer for each texture.
#[derive(Debug)]
pub struct BaseColorTexture;
/// The light that falls into the camera, without limit.
#[derive(Debug)]
pub struct LightRenderTarget;
/// How far away it comes from.
#[derive(Debug)]
pub struct SceneDepth;
/// The finished picture, in sRGB.
#[derive(Debug)]
pub struct PictureRenderTarget;
/// The picture, for the host.
#[derive(Debug)]
pub struct PictureStaging;
/// The draws, for the host.
#[derive(Debug)]
pub struct DrawStaging;
/// The instances, for the host.
#[derive(Debug)]
pub struct InstanceStaging;
