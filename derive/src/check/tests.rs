//! Whole declarations: what they mean, and what is wrong with them.

use quote::quote;
use syn::{DeriveInput, parse_quote};

use crate::check::schedule::Schedule;
use crate::check::system::{Pass, System};
use crate::problems::Problems;
use crate::{attr, check, expand, model};

fn system(input: &DeriveInput) -> (System, Vec<String>) {
    let mut problems = Problems::default();
    let attributes = attr::system::parse(&input.attrs, &mut problems);
    let system = check::system::check(model::system::name(input, attributes), &mut problems);
    // What is left after a mistake can be written out, too.
    assert!(!expand::system::expand(&system).is_empty());
    (system, problems.texts())
}

fn schedule(input: &DeriveInput) -> (Schedule, Vec<String>) {
    let mut problems = Problems::default();
    let attributes = attr::schedule::parse(input, &mut problems);
    let declared = model::schedule::name(input, attributes, &mut problems);
    let schedule = check::schedule::check(declared, &mut problems);
    assert!(!expand::schedule::expand(&schedule).is_empty());
    (schedule, problems.texts())
}

/// The kind of the pass and its usages.
fn sound(input: &DeriveInput) -> String {
    let (system, problems) = system(input);
    assert_eq!(problems, [] as [&str; 0], "{}", quote!(#input));
    system.pass.as_ref().map_or_else(|| "no pass".to_owned(), describe)
}

fn describe(pass: &Pass) -> String {
    let usages = pass.accesses.iter().map(|access| access.usage.spelled()).collect::<Vec<_>>();
    format!("{}: {}", pass.kind.word(), usages.join(", "))
}

/// The first line of each mistake.
fn mistakes(input: &DeriveInput) -> Vec<String> {
    let (_, problems) = system(input);
    problems.iter().map(|problem| problem.lines().next().unwrap_or_default().to_owned()).collect()
}

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

#[test]
fn every_suggestion_fits() {
    // The help lists usages; each of them, taken, is no mistake.
    for (kind, marker) in [("GpuBuffer", "Blob"), ("GpuImage", "Blob")] {
        for list in ["reads", "writes"] {
            for pass in ["raster", "compute", "transfer", "ray_tracing"] {
                let declare = |usage: &str| -> DeriveInput {
                    syn::parse_str(&format!("#[{list}({kind}<{marker}>{usage})] #[pass({pass})] struct S;"))
                        .expect("Rust")
                };
                let (_, problems) = system(&declare(""));
                let [problem] = problems.as_slice() else { panic!("{problems:?}") };
                let (_, help) = problem.split_once(" as `").unwrap_or((problem, ""));
                let usages = help
                    .split(';')
                    .next()
                    .unwrap_or_default()
                    .split('`')
                    .filter(|text| text.starts_with(char::is_uppercase));
                for usage in usages {
                    let (_, problems) = system(&declare(&format!(" as {usage}")));
                    assert_eq!(problems, [] as [&str; 0], "{list} {kind} as {usage} in {pass}");
                }
            }
        }
    }
}

#[test]
fn mistakes_in_a_schedule_are_named() {
    for (input, expected) in [
        (
            parse_quote!(
                struct F;
            ),
            "a schedule is a struct with one named field for each stage",
        ),
        (
            parse_quote!(
                struct F((A,));
            ),
            "a schedule is a struct with one named field for each stage",
        ),
        (
            parse_quote!(
                struct F {}
            ),
            "a schedule is a struct with one named field for each stage",
        ),
        (
            parse_quote!(
                enum F {
                    A,
                }
            ),
            "a schedule is a struct with one named field for each stage",
        ),
        (
            parse_quote!(
                struct F {
                    a: A,
                }
            ),
            "a stage is a tuple of systems, as in `(Integrate, Collide)`",
        ),
        (
            parse_quote!(
                struct F {
                    a: (A),
                }
            ),
            "a stage is a tuple of systems, as in `(Integrate, Collide)`",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(after = "bb")]
                    a: (A,),
                    b: (B,),
                }
            ),
            "no stage `bb`",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(after = "a")]
                    a: (A,),
                }
            ),
            "the stage `a` cannot come after itself",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(before = "a")]
                    a: (A,),
                }
            ),
            "the stage `a` cannot come before itself",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(name = "b")]
                    a: (A,),
                    b: (B,),
                }
            ),
            "two stages are named `b`",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(nam = "b")]
                    a: (A,),
                }
            ),
            "unknown key `nam`",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(name = b)]
                    a: (A,),
                }
            ),
            "`name` takes a string",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(name = "b", name = "c")]
                    a: (A,),
                }
            ),
            "`name` is given twice",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(name = "b")]
                    #[stage(after = "c")]
                    a: (A,),
                }
            ),
            "`#[stage(..)]` is given twice",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(name = "")]
                    a: (A,),
                }
            ),
            "`` is no name for a stage",
        ),
        (
            parse_quote!(
                #[schedule(name = a)]
                struct F {
                    a: (A,),
                }
            ),
            "unknown key `name`",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(after = "c")]
                    a: (A,),
                    #[stage(after = "a")]
                    b: (B,),
                    #[stage(after = "b")]
                    c: (C,),
                }
            ),
            "the stages wait for each other: `a` before `b` before `c` before `a`",
        ),
        (
            parse_quote!(
                struct F {
                    x: (X,),
                    #[stage(before = "b", after = "x")]
                    a: (A,),
                    #[stage(before = "a")]
                    b: (B,),
                }
            ),
            "the stages wait for each other: `a` before `b` before `a`",
        ),
    ] {
        let (_, problems) = schedule(&input);
        let first: Vec<_> = problems.iter().map(|problem| problem.lines().next().unwrap_or_default()).collect();
        assert_eq!(first, [expected], "{}", quote!(#input));
    }
}

#[test]
fn names_default_to_fields_and_lists_have_commas() {
    let input = parse_quote! {
        struct F {
            #[stage(after = "b, c")] a: (A, B<C>,),
            #[stage(name = "c", before = "b")] third: (),
            b: (D,),
        }
    };
    let (schedule, problems) = schedule(&input);
    assert_eq!(problems, [] as [&str; 0]);
    let names: Vec<_> = schedule.stages.iter().map(|stage| (stage.stage.name.as_str(), stage.systems.len())).collect();
    assert_eq!(names, [("a", 2), ("c", 0), ("b", 1)]);
    let after: Vec<_> = schedule.stages[0].stage.after.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(after, ["b", "c"]);
}
