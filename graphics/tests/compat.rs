//! What validation layers misunderstand, and what it costs to leave it out.
#![forbid(unsafe_code)]

mod support;

use ash::vk::{AccessFlags2 as A, ImageLayout as L, PipelineStageFlags2 as S};
use fencewright_graphics::Access::{self, Read, Write};
use fencewright_graphics::judge::Rules;
use fencewright_graphics::plan::{
    Compat, Effort, Entry, Input, Options, Plan, Policy, ResourceRef, Shape, Target, plan, plan_with_report,
};
use fencewright_graphics::usage::UsageRow;
use fencewright_graphics::verify;

fn storage(stages: S, access: Access) -> &'static UsageRow {
    match access {
        Read => support::row("StorageRead", stages, A::SHADER_STORAGE_READ, L::GENERAL),
        Write => support::row("StorageWrite", stages, A::SHADER_STORAGE_WRITE, L::GENERAL),
    }
}

/// `sum` writes `a` and reads `b`; `swap` reads `a`, which a memory dependency is for, and writes `b`, which only has to wait.
fn rider() -> Input {
    let resources = ["a", "b"].map(|name| support::buffer(name, 16, Entry::Ready { layout: L::UNDEFINED })).to_vec();
    let whole = Shape::Buffer { len_bytes: 16 }.whole();
    let access = |index, access| support::access(index, storage(S::COMPUTE_SHADER, access), access, whole.clone());
    let passes = vec![
        support::pass("sum", vec![access(0, Write), access(1, Read)]),
        support::pass("swap", vec![access(0, Read), access(1, Write)]),
    ];
    support::input(resources, passes)
}

fn planned(mut input: Input, options: Options) -> Plan {
    input.options = options;
    let planned = plan(&input).expect("it can be planned");
    let verdict = verify::verify(&input, &planned, &Rules::default());
    assert!(verdict.is_clean(), "{verdict}\n{planned}");
    planned
}

fn targets(plan: &Plan) -> Vec<Option<ResourceRef>> {
    plan.calls.iter().flat_map(|call| &call.barriers).map(|barrier| barrier.target.resource()).collect()
}

#[test]
fn what_only_has_to_finish_has_a_structure_of_its_own_resource() {
    for effort in [Effort::Proportional, Effort::Steps(10_000)] {
        let options = Options { effort, policy: Policy::PerResource, ..Options::default() };
        let plan = planned(rider(), options);
        assert_eq!(targets(&plan), [Some(ResourceRef(0)), Some(ResourceRef(1))], "{plan}");
        let own = &plan.calls[0].barriers[1];
        assert_eq!((own.first.access, own.second.access), (A::NONE, A::NONE), "{plan}");
        let exact = planned(rider(), Options { compat: Compat::Exact, ..options });
        assert_eq!(targets(&exact), [Some(ResourceRef(0))], "{exact}");
    }
}

#[test]
fn a_memory_barrier_is_enough() {
    for policy in [Policy::Joined, Policy::MergedGlobal] {
        let plan = planned(rider(), Options { policy, ..Options::default() });
        assert_eq!(targets(&plan), [None], "{plan}");
    }
    // What orders execution for all rides on the structure of one resource.
    let exact = planned(rider(), Options { compat: Compat::Exact, ..Options::default() });
    assert_eq!(targets(&exact), [Some(ResourceRef(0))], "{exact}");
}

#[test]
fn a_transition_of_another_image_is_not_enough() {
    for policy in [Policy::Joined, Policy::PerResource, Policy::MergedGlobal] {
        let mut input = rider();
        input.resources[0] = support::image("a", 1, 1, Entry::Ready { layout: L::SHADER_READ_ONLY_OPTIMAL });
        let read = support::row("Sampled", S::COMPUTE_SHADER, A::SHADER_SAMPLED_READ, L::SHADER_READ_ONLY_OPTIMAL);
        let whole = input.resources[0].shape.whole();
        input.passes[0].accesses[0] = support::access(0, storage(S::COMPUTE_SHADER, Write), Write, whole.clone());
        input.passes[1].accesses[0] = support::access(0, read, Read, whole);
        let plan = planned(input.clone(), Options { policy, ..Options::default() });
        let before_swap = &plan.call(1).expect("a call before `swap`").barriers;
        let for_b = before_swap.iter().filter(|barrier| barrier.target.transition().is_none());
        let for_b: Vec<_> = for_b.map(|barrier| &barrier.target).collect();
        match policy {
            Policy::Joined | Policy::PerResource => {
                assert_eq!(for_b, [&Target::Buffer { resource: ResourceRef(1), bytes: 0..16 }], "{plan}");
            }
            Policy::MergedGlobal | Policy::UnifiedLayouts => assert_eq!(for_b, [&Target::Memory], "{plan}"),
        }
        let exact = planned(input, Options { policy, compat: Compat::Exact, ..Options::default() });
        assert_eq!(exact.call(1).map(|call| call.barriers.len()), Some(1), "{exact}");
    }
}

/// Random frames of passes that read and write some of four buffers.
#[test]
fn it_costs_no_call_and_no_false_pair() {
    let mut state = 7_u64;
    let mut below = move |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let (mut more, mut pairs) = (0, 0);
    for seed in 0..300 {
        let resources: Vec<_> = (0..4)
            .map(|index| support::buffer(&format!("b{index}"), 16, Entry::Ready { layout: L::UNDEFINED }))
            .collect();
        let passes = (0..2 + below(9)).map(|pass| {
            let used = (0..4).filter(|_| below(3) > 0).collect::<Vec<usize>>();
            let stages = [S::COMPUTE_SHADER, S::VERTEX_SHADER, S::FRAGMENT_SHADER][below(3) as usize];
            let access = |index| {
                let access = if below(2) == 0 { Read } else { Write };
                support::access(index, storage(stages, access), access, Shape::Buffer { len_bytes: 16 }.whole())
            };
            support::pass(&format!("p{pass}"), used.into_iter().map(access).collect())
        });
        let passes = passes.collect();
        let mut input = support::input(resources, passes);
        input.options.policy = Policy::PerResource;
        let (plan, report) = plan_with_report(&input).expect("it can be planned");
        input.options.compat = Compat::Exact;
        let (exact, exactly) = plan_with_report(&input).expect("it can be planned");
        assert_eq!(report.calls, exactly.calls, "frame {seed}\n{plan}");
        assert_eq!(report.false_pairs.len(), exactly.false_pairs.len(), "frame {seed}\n{plan}\n{exact}");
        let structures = |plan: &Plan| plan.calls.iter().map(|call| call.barriers.len()).sum::<usize>();
        assert!(structures(&plan) >= structures(&exact), "frame {seed}\n{plan}\n{exact}");
        more += structures(&plan) - structures(&exact);
        pairs += report.false_pairs.len();
    }
    assert!(more > 100 && pairs > 20, "{more} more structures, {pairs} false pairs");
}
