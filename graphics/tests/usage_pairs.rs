//! Every two usages of the table in one pass on one range: one layout serves both, or the plan is refused in the user's
//! words.
//!
//! Which layouts allow a usage is written down here anew, from the specification's valid usage, and shares nothing with
//! the planner's table.
#![forbid(unsafe_code)]

mod support;

use std::panic::Location;

use ash::vk;
use ash::vk::ImageLayout as L;
use fencewright_graphics::judge::Rules;
use fencewright_graphics::plan::{
    AccessInput, Compat, Entry, Input, Options, Plan, PlanError, Policy, ResourceInput, Scope, Target, plan,
};
use fencewright_graphics::usage::{self, CopyDestination, CopySource, UsageRow, layout_name};
use fencewright_graphics::{Access, verify};

const READ_ONLY: [L; 3] = [L::SHADER_READ_ONLY_OPTIMAL, L::DEPTH_STENCIL_READ_ONLY_OPTIMAL, L::READ_ONLY_OPTIMAL];
const COLOR: [L; 2] = [L::COLOR_ATTACHMENT_OPTIMAL, L::ATTACHMENT_OPTIMAL];
const DEPTH: [L; 2] = [L::DEPTH_STENCIL_ATTACHMENT_OPTIMAL, L::ATTACHMENT_OPTIMAL];

/// The layouts that the specification allows for a usage. All accept GENERAL, which is the only one for some.
fn allowed(row: &UsageRow, access: Access) -> Vec<L> {
    let and_general = |layouts: &[L]| [layouts, &[L::GENERAL]].concat();
    match (row.name, access) {
        // VUID-VkRenderingInfo-pDepthAttachment-06094 and those beside it: a read-only attachment may be in the layout of
        // one that is written; the fragment shader that samples it may not.
        ("DepthStencil", Access::Read) => and_general(&[&DEPTH[..], &READ_ONLY[1..]].concat()),
        ("DepthStencilSampled", _) => and_general(&READ_ONLY[1..]),
        ("DepthStencil" | "DepthStencilClear" | "DepthStencilResolved" | "DepthStencilResolve", _) => {
            and_general(&DEPTH)
        }
        // VUID-VkRenderingAttachmentInfo-imageView-06135 and those beside it
        ("ColorAttachment" | "ColorAttachmentClear" | "ColorResolve", _) => and_general(&COLOR),
        // VUID-VkRenderingFragmentShadingRateAttachmentInfoKHR-imageView-06147
        ("FragmentShadingRate", _) => and_general(&[L::FRAGMENT_SHADING_RATE_ATTACHMENT_OPTIMAL_KHR]),
        // VUID-VkRenderingFragmentDensityMapAttachmentInfoEXT-imageView-06157
        ("FragmentDensityMap", _) => and_general(&[L::FRAGMENT_DENSITY_MAP_OPTIMAL_EXT]),
        // VUID-VkCopyImageInfo2-srcImageLayout-01917, VUID-VkBlitImageInfo2-srcImageLayout-01398, ..
        ("CopySource" | "BlitSource" | "ResolveSource" | "TransferSource", _) => {
            and_general(&[L::TRANSFER_SRC_OPTIMAL])
        }
        // VUID-VkCopyImageInfo2-dstImageLayout-01395, VUID-vkCmdClearColorImage-imageLayout-01394, ..
        ("CopyDestination" | "BlitDestination" | "ResolveDestination" | "TransferDestination" | "Clear", _) => {
            and_general(&[L::TRANSFER_DST_OPTIMAL])
        }
        // VUID-VkWriteDescriptorSet-descriptorType-04149, -04151
        ("InputAttachment", _) => and_general(&READ_ONLY),
        (name, _) if name.ends_with("Sampled") => and_general(&READ_ONLY),
        // VUID-VkWriteDescriptorSet-descriptorType-04152
        (name, _) if name.ends_with("Storage") || name.ends_with("StorageWrite") => vec![L::GENERAL],
        ("AnyAccess", _) => vec![L::GENERAL],
        (other, _) => panic!("`{other}` is in no row of the test's table"),
    }
}

/// A usage in one of its directions.
#[derive(Clone, Copy)]
struct Used {
    row: &'static UsageRow,
    access: Access,
    scope: Scope,
}

/// All usages in all their directions, of images or of buffers.
fn all(images: bool) -> Vec<Used> {
    let fits = |row: &&&'static UsageRow| if images { row.image.is_some() } else { row.buffer.is_some() };
    let directions = |row: &&'static UsageRow| {
        let row = *row;
        let both = [(Access::Read, row.read), (Access::Write, row.write)];
        let used = move |(access, flags): (Access, Option<vk::AccessFlags2>)| {
            Some(Used { row, access, scope: Scope { stages: row.stages, access: flags? } })
        };
        both.into_iter().filter_map(used)
    };
    usage::ALL.iter().filter(fits).flat_map(directions).collect()
}

/// A copy writes it, one pass uses it twice, a copy reads it.
fn input(resource: &ResourceInput, [one, other]: [Used; 2], concurrent: bool, policy: Policy) -> Input {
    let whole = || resource.shape.whole();
    let used = |used: Used, at: &'static Location<'static>| AccessInput {
        concurrent,
        at: Some(at),
        ..support::access(0, used.row, used.access, whole())
    };
    let [first, second] = places();
    let copy = |row, access| support::access(0, row, access, whole());
    let written = AccessInput { discard: true, ..copy(CopyDestination::ROW, Access::Write) };
    let passes = vec![
        support::pass("before", vec![written]),
        support::pass("both", vec![used(one, first), used(other, second)]),
        support::pass("after", vec![copy(CopySource::ROW, Access::Read)]),
    ];
    let options = Options { policy, compat: Compat::Exact, ..Options::default() };
    Input { options, ..support::input(vec![resource.clone()], passes) }
}

/// Where the two are said to be declared.
fn places() -> [&'static Location<'static>; 2] {
    #[track_caller]
    fn here() -> &'static Location<'static> {
        Location::caller()
    }
    [here(), here()]
}

/// The layout in which the pass of the two finds the image.
fn found(plan: &Plan) -> L {
    let calls = plan.calls.iter().filter(|call| call.gap <= 1);
    let mut transitions = calls.flat_map(|call| &call.barriers).filter_map(|barrier| barrier.target.transition());
    transitions.next_back().map_or(L::UNDEFINED, |(_, new)| new)
}

/// The error names the system, the resource, the usages and their declarations.
fn assert_names(error: &PlanError, usages: &[(Used, &'static Location<'static>)]) {
    let text = error.to_string();
    assert!(text.contains("`both`") && text.contains("`shared`"), "{text}");
    for (used, at) in usages {
        assert!(text.contains(used.row.name), "{} is missing: {text}", used.row.name);
        assert!(text.contains(&at.to_string()), "{at} is missing: {text}");
    }
}

/// What no pass does: the host, the screen.
const OUTSIDE: [&str; 3] = ["HostRead", "HostWrite", "Present"];

const POLICIES: [Policy; 4] = [Policy::Joined, Policy::PerResource, Policy::MergedGlobal, Policy::UnifiedLayouts];

#[derive(Debug, Default)]
struct Counts {
    planned: usize,
    unordered: usize,
    outside: usize,
    noticed: usize,
}

fn check(resource: &ResourceInput, pair: [Used; 2], concurrent: bool, policy: Policy, counts: &mut Counts) {
    let images = resource.shape != support::buffer("", 64, Entry::Undefined).shape;
    let [one, other] = pair;
    let what = format!(
        "{} {:?} and {} {:?}, {policy:?}, concurrent: {concurrent}",
        one.row.name, one.access, other.row.name, other.access
    );
    let input = input(resource, pair, concurrent, policy);
    let writes = pair.iter().any(|used| used.access == Access::Write);
    let plan = plan(&input);
    if let Some(outside) = pair.iter().position(|used| OUTSIDE.contains(&used.row.name)) {
        let error = plan.expect_err(&what);
        assert!(matches!(error, PlanError::OutsideOfPasses { .. }), "{what}: {error}");
        assert_names(&error, &[(pair[outside], places()[outside])]);
        counts.outside += 1;
        return;
    }
    if writes && !concurrent {
        let error = plan.expect_err(&what);
        assert!(matches!(error, PlanError::Overlap { .. }), "{what}: {error}");
        let [first, second] = places();
        assert_names(&error, &[(one, first), (other, second)]);
        counts.unordered += 1;
        return;
    }
    let (ours, others) = if images { pair.map(|used| allowed(used.row, used.access)).into() } else { (vec![], vec![]) };
    let serving: Vec<L> = ours.iter().filter(|layout| others.contains(layout)).copied().collect();
    let plan = plan.unwrap_or_else(|error| panic!("{what}: {error}"));
    let verdict = verify::verify(&input, &plan, &Rules::default());
    assert!(verdict.is_clean(), "{what}: {verdict}\n{plan}");
    counts.planned += 1;
    if images {
        let found = found(&plan);
        assert!(serving.contains(&found), "{what}: {} does not serve both\n{plan}", layout_name(found));
        let known = if policy == Policy::PerResource { [&ours[..], &others[..]] } else { [&[][..]; 2] };
        counts.noticed += known.map(|known| wrong(&input, &plan, known, &serving, &what)).iter().sum::<usize>();
    }
    for used in pair {
        let second = plan.calls.iter().filter(|call| call.gap <= 1).flat_map(|call| &call.barriers);
        let (stages, flags) = second.fold(<(vk::PipelineStageFlags2, vk::AccessFlags2)>::default(), |all, barrier| {
            (all.0 | barrier.second.stages, all.1 | barrier.second.access)
        });
        assert!(stages.contains(used.scope.stages), "{what}: a stage does not wait\n{plan}");
        assert!(flags.contains(used.scope.access), "{what}: an access does not see what was written\n{plan}");
    }
}

/// Negative control: the judge notices each layout that serves one of the two alone.
fn wrong(input: &Input, plan: &Plan, layouts: &[L], serving: &[L], what: &str) -> usize {
    let mut noticed = 0;
    for &layout in layouts.iter().filter(|layout| !serving.contains(layout)) {
        let mut mutant = plan.clone();
        for call in &mut mutant.calls {
            for barrier in &mut call.barriers {
                if let Target::Image { old_layout, new_layout, .. } = &mut barrier.target {
                    match call.gap {
                        1 => *new_layout = layout,
                        2 => *old_layout = layout,
                        _ => {}
                    }
                }
            }
        }
        if mutant.calls != plan.calls {
            let verdict = verify::verify(input, &mutant, &Rules::default());
            assert!(!verdict.is_clean(), "{what}: {} was not noticed\n{mutant}", layout_name(layout));
            noticed += 1;
        }
    }
    noticed
}

/// Images in both orders; of the other policies, and of readers that are also declared concurrent, a part.
fn check_all(resource: &ResourceInput, images: bool) -> Counts {
    let (all, mut counts) = (all(images), Counts::default());
    for policy in POLICIES {
        for (index, one) in all.iter().enumerate() {
            for (number, other) in all.iter().enumerate() {
                let is_thorough = policy == Policy::PerResource && (images || index <= number);
                if !is_thorough && (index * all.len() + number) % 11 != 0 {
                    continue;
                }
                let writes = one.access == Access::Write || other.access == Access::Write;
                for concurrent in [false, true].into_iter().take(1 + usize::from(writes)) {
                    check(resource, [*one, *other], concurrent, policy, &mut counts);
                }
            }
        }
    }
    counts
}

#[test]
fn one_layout_serves_two_usages_of_an_image_or_the_plan_is_refused() {
    let counts = check_all(&support::image("shared", 1, 1, Entry::Undefined), true);
    assert!(counts.planned > 1000 && counts.unordered > 1000 && counts.outside > 100, "{counts:?}");
    assert!(counts.noticed > 1000, "{counts:?}");
}

#[test]
fn two_usages_of_a_buffer_are_planned_or_refused() {
    let counts = check_all(&support::buffer("shared", 64, Entry::Undefined), false);
    assert!(counts.planned > 1000 && counts.unordered > 1000 && counts.outside > 100, "{counts:?}");
}
