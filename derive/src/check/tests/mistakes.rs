//! What is wrong with a system: each mistake alone, several together, and what still stands after one.

use quote::quote;
use syn::{DeriveInput, parse_quote};

use super::{describe, mistakes, system};
use crate::check;

#[test]
fn mistakes_in_a_system_are_named() {
    for (input, expected) in [
        (
            parse_quote!(
                #[reads(A)]
                #[writes(A)]
                struct S;
            ),
            "`A` is in both `reads` and `writes`",
        ),
        (
            parse_quote!(
                #[reads(A, B, A)]
                struct S;
            ),
            "`A` is in `reads` twice",
        ),
        (
            parse_quote!(
                #[reads(&A)]
                struct S;
            ),
            "a reference is not declared; its type is",
        ),
        (
            parse_quote!(
                #[writes(&mut A)]
                struct S;
            ),
            "a reference is not declared; its type is",
        ),
        (
            parse_quote!(
                #[reads(T)]
                struct S<T>(T);
            ),
            "the type parameter `T` cannot be declared by itself",
        ),
        (
            parse_quote!(
                #[reads(T::Out)]
                struct S<T>(T);
            ),
            "the type parameter `T` cannot be declared by itself",
        ),
        (
            parse_quote!(
                #[reads(<Vec<T> as A>::B)]
                struct S<T>(T);
            ),
            "the type parameter `T` cannot be declared by itself",
        ),
        (
            parse_quote!(
                #[reads(A)]
                struct S<'a>(&'a u8);
            ),
            "a system owns its data, so it has no lifetime `'a`",
        ),
        (
            parse_quote!(
                #[reads(A)]
                #[reads(B)]
                struct S;
            ),
            "`#[reads(..)]` is given twice",
        ),
        (
            parse_quote!(
                #[reads(A)]
                #[pass(raster)]
                struct S;
            ),
            "`#[pass(..)]` is about GPU accesses, and `S` declares none",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<RenderTarget>)]
                #[queue(compute)]
                struct S;
            ),
            "a compute queue cannot run a raster pass",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<A> as ComputeStorage)]
                #[queue(transfer)]
                struct S;
            ),
            "a transfer queue cannot run a compute pass",
        ),
        (
            parse_quote!(
                #[reads(GpuBuffer<A> as ComputeStorage)]
                #[writes(GpuBuffer<A> as ComputeStorage)]
                struct S;
            ),
            "the whole of `GpuBuffer<A>` is in both `reads` and `writes`, and nothing can order them inside a pass",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<A> as ComputeStorage, GpuBuffer<A> as ComputeStorageWrite)]
                struct S;
            ),
            "the whole of `GpuBuffer<A>` is in `writes` twice",
        ),
        (
            parse_quote!(
                #[reads(A)]
                #[queue(compute)]
                struct S;
            ),
            "`#[queue(..)]` is about GPU accesses, and `S` declares none",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<StorageA>)]
                #[pass(rastr)]
                struct S;
            ),
            "no pass `rastr`: `#[pass(..)]` takes one of `raster`, `compute`, `transfer`, `ray_tracing` or `opaque`",
        ),
        (
            parse_quote!(
                #[reads(A)]
                #[system(crates = a)]
                struct S;
            ),
            "unknown key `crates`",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<Bloom>)]
                #[pass(compute)]
                struct S;
            ),
            "the name `Bloom` does not say how a compute pass writes it",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<VertexStorage>)]
                struct S;
            ),
            "the name `VertexStorage` says two usages: `Vertex` and `Storage`",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<VertexData>)]
                #[pass(raster)]
                struct S;
            ),
            "`Vertex` in `VertexData` only says how it is read, and a raster pass writes it here",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<WallTexture>)]
                #[pass(compute)]
                struct S;
            ),
            "`Texture` in `WallTexture` only says how it is read, and a compute pass writes it here",
        ),
        (
            parse_quote!(
                #[reads(GpuBuffer<VertexData>)]
                #[pass(compute)]
                struct S;
            ),
            "`Vertex` in `VertexData` does not say how a compute pass reads a buffer",
        ),
        (
            parse_quote!(
                #[reads(GpuImage<SceneDepth>)]
                #[pass(raster)]
                struct S;
            ),
            "`Depth` in `SceneDepth` does not say whether a raster pass tests against it or samples it",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<A> as DepthStencil)]
                struct S;
            ),
            "`DepthStencil` is not a usage of a buffer",
        ),
        (
            parse_quote!(
                #[reads(GpuImage<A> as ColorAttachment)]
                struct S;
            ),
            "`ColorAttachment` only writes, but stands in `reads`",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<A> as VertexAttribute)]
                struct S;
            ),
            "`VertexAttribute` only reads, but stands in `writes`",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<A> as ColorAttachment)]
                #[pass(compute)]
                struct S;
            ),
            "`ColorAttachment` is not a usage of a compute pass",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<A> as ComputeStorage, GpuImage<B> as ColorAttachment)]
                struct S;
            ),
            "`ColorAttachment` is not a usage of a compute pass",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<A> as ComputStorage)]
                #[pass(compute)]
                struct S;
            ),
            "no usage `ComputStorage`",
        ),
        (
            parse_quote!(
                #[reads(GpuImage<A> as Present)]
                #[pass(raster)]
                struct S;
            ),
            "`Present` happens outside of passes, so no system declares it",
        ),
        (
            parse_quote!(
                #[reads(GpuBuffer<StorageA>)]
                struct S;
            ),
            "the usages of `S` do not say which kind of pass it is",
        ),
        (
            parse_quote!(
                #[reads(discard GpuBuffer<A> as ComputeStorage)]
                struct S;
            ),
            "`discard` in `reads`: whoever reads needs the contents",
        ),
        (
            parse_quote!(
                #[reads(concurrent GpuBuffer<A> as ComputeStorage)]
                struct S;
            ),
            "`concurrent` in `reads`: readers need no order among themselves anyway",
        ),
        (
            parse_quote!(
                #[writes(discard discard GpuBuffer<A> as ComputeStorage)]
                struct S;
            ),
            "`discard` is written twice",
        ),
        (
            parse_quote!(
                #[writes(Prev<GpuBuffer<A>> as ComputeStorage)]
                struct S;
            ),
            "`Prev<..>` is what the previous frame wrote, and cannot be written",
        ),
        (
            parse_quote!(
                #[writes(Mesh[bytes = 0..4])]
                #[pass(compute)]
                struct S;
            ),
            "`Mesh` needs a usage",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<A>[mipp = 1] as ComputeStorage)]
                struct S;
            ),
            "no part `mipp`",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<A>[bytes = 0..1] as ComputeStorage)]
                struct S;
            ),
            "an image has no `bytes`",
        ),
        (
            parse_quote!(
                #[writes(GpuBuffer<A>[mip = 0] as ComputeStorage)]
                struct S;
            ),
            "a buffer has no `mip`",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<A>[mip = 0, mip = 1] as ComputeStorage)]
                struct S;
            ),
            "`mip` is given twice",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<A>[mip = 4..4] as ComputeStorage)]
                struct S;
            ),
            "`mip` selects nothing",
        ),
        (
            parse_quote!(
                #[writes(GpuImage<A>[aspect = depth] as ComputeStorage)]
                struct S;
            ),
            "no aspect `depth`",
        ),
    ] {
        assert_eq!(mistakes(&input), [expected], "{}", quote!(#input));
    }
}

#[test]
fn independent_mistakes_are_reported_together() {
    let input = parse_quote! {
        #[reads(T, A B, C)]
        #[writes(C, GpuImage<Bloom>[mipp = 1] as ColorAttachmnt)]
        #[queue(fast)]
        struct S<'a, T>(&'a T);
    };
    let found = mistakes(&input);
    assert_eq!(found.len(), 7, "{found:#?}");
}

#[test]
fn after_a_mistake_the_rest_still_stands() {
    let input: DeriveInput = parse_quote! {
        #[reads(Time, Position)]
        #[writes(Position, GpuImage<Bloom> as Nothing, GpuBuffer<A> as ComputeStorage)]
        struct S;
    };
    let (system, problems) = system(&input);
    assert_eq!(problems.len(), 2);
    let spelled = |list: &[check::system::Cpu]| list.iter().map(|access| access.spelled.clone()).collect::<Vec<_>>();
    assert_eq!(
        (spelled(&system.reads), spelled(&system.writes)),
        (vec!["Time".to_owned()], vec!["Position".to_owned()])
    );
    let pass = system.pass.expect("a pass");
    assert_eq!(describe(&pass), "compute: ComputeStorage");
    assert_eq!(pass.uses.len(), 2, "also what is wrong may be asked for");
}
