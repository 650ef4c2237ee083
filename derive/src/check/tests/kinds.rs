//! Which kind of pass a system is, and what its markers say.

use quote::quote;
use syn::parse_quote;

use super::{mistakes, sound};

#[test]
fn the_kind_of_pass_follows_from_the_usages() {
    for (input, expected) in [
        (
            parse_quote!(
                #[reads(Time)]
                struct S;
            ),
            "no pass",
        ),
        (
            parse_quote!(
                #[reads(GpuBuffer<VertexData>)]
                #[writes(GpuImage<RenderTarget>)]
                struct S;
            ),
            "raster: VertexAttribute, ColorAttachment",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<SceneDepth>, GpuBuffer<Particles> as FragmentStorage)]
                struct S;
            ),
            "raster: DepthStencil, FragmentStorage",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<VertexData>)]
                struct S;
            ),
            "transfer: CopyDestination",
        ),
        (
            parse_quote!(
                #[reads(GpuBuffer<MeshStaging>)]
                #[writes(GpuBuffer<VertexData>)]
                struct S;
            ),
            "transfer: CopySource, CopyDestination",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<VertexData>)]
                #[pass(compute)]
                struct S;
            ),
            "compute: ComputeStorage",
        ),
        (
            parse_quote!(
                #[reads(GpuBuffer<UniformData>)]
                #[writes(GpuBuffer<Particles> as ComputeStorage)]
                struct S;
            ),
            "compute: ComputeUniform, ComputeStorage",
        ),
        (
            parse_quote!(
                #[reads(GpuBuffer<UniformData>)]
                #[writes(GpuImage<RenderTarget>)]
                struct S;
            ),
            "raster: VertexFragmentUniform, ColorAttachment",
        ),
        (
            parse_quote!(
                #[reads(GpuImage<RenderTarget>)]
                #[pass(transfer)]
                struct S;
            ),
            "transfer: CopySource",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<Bloom> as some::usage::ComputeStorage)]
                struct S;
            ),
            "compute: some::usage::ComputeStorage",
        ),
        (
            parse_quote!(
                #[writes(Mesh as ComputeStorage)]
                struct S;
            ),
            "compute: ComputeStorage",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<SwapchainImage>)]
                struct S;
            ),
            "raster: ColorAttachment",
        ),
        (
            parse_quote!(
                #[reads(Prev<GpuImage<HistoryTexture>>)]
                #[writes(GpuImage<RenderTarget>)]
                struct S;
            ),
            "raster: FragmentSampled, ColorAttachment",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<A> as AnyAccess)]
                #[pass(ray_tracing)]
                struct S;
            ),
            "ray_tracing: AnyAccess",
        ),
    ] {
        assert_eq!(sound(&input), expected, "{}", quote!(#input));
    }
}

#[test]
fn modules_and_generics_of_a_marker_say_nothing() {
    for input in [
        parse_quote!(
            #[writes(GpuImage<vertex::texture::RenderTarget>)]
            struct S;
        ),
        parse_quote!(
            #[writes(GpuImage<RenderTarget<Vertex, DepthStencil, StorageBuffer>>)]
            struct S;
        ),
        parse_quote!(
            #[writes(GpuImage<crate::storage::RenderTarget<{ DEPTH }>>)]
            struct S;
        ),
    ] {
        assert_eq!(sound(&input), "raster: ColorAttachment");
    }
    let input = parse_quote!(
        #[writes(GpuImage<vertex::texture::Bloom<RenderTarget>>)]
        #[pass(raster)]
        struct S;
    );
    assert_eq!(mistakes(&input), ["the name `Bloom` does not say how a raster pass writes it"]);
}
