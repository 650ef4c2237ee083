//! The names of what lives on the device. A name says how its contents are used, where it says anything: that is where the
//! barriers come from.

/// Writes the markers, each with what it names.
macro_rules! names {
    ($($(#[$doc:meta])+ $name:ident;)+) => { $($(#[$doc])+ #[derive(Debug)] pub struct $name;)+ };
}

// Uploaded once.
names! {
    /// The vertices of all meshes.
    MeshVertexData;
    /// The indices of all meshes.
    MeshIndexData;
    /// `layout::Object`, one for each object.
    ObjectStorage;
    /// Base colours, one layer for each texture.
    BaseColorTexture;
}

// Uploaded in each frame.
names! {
    /// `layout::Camera`.
    CameraUniform;
    /// `layout::View`: the camera, and the sun for each cascade.
    ViewUniform;
    /// Where each object is.
    AnchorStorage;
    /// One vertex for each speck of dust that is seen.
    DustVertexData;
}

// Made on the device.
names! {
    /// `layout::Particle`: what one frame leaves is where the next one goes on.
    Particles;
    /// `layout::Instance`, one for each object.
    InstanceStorage;
    /// `layout::Draw`, one for each object; a buffer for each view.
    IndirectDraws;
    /// How far the sun shines: a layer for each cascade.
    ShadowDepth;
    /// The colours of the surfaces that are seen.
    AlbedoRenderTarget;
    /// Their normals.
    NormalRenderTarget;
    /// How far away they are.
    SceneDepth;
    /// The light that falls into the camera, without limit.
    Light;
    /// The same, gathered over several frames.
    History;
    /// What is brighter than white, ever smaller.
    Bloom;
    /// The same, ever wider: what is added to the picture.
    Glow;
    /// The finished picture, in sRGB.
    PictureRenderTarget;
}

// For the host.
names! {
    /// The picture.
    PictureStaging;
    /// The draws of each view.
    DrawStaging;
    /// The instances.
    InstanceStaging;
    /// The sparks.
    ParticleStaging;
    /// The light of several frames, then every level of the bloom, then of the glow.
    LightStaging;
}
