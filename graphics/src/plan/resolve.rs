//! Checks each access against its resource and its usage, and turns it into scopes and a layout.

use ash::vk;

use crate::declare::access::Access;
use crate::declare::pass::PassKind;
use crate::plan::error::{Place, PlanError};
use crate::plan::input::{AccessInput, Compat, Input, Options, Policy, ResourceInput, Shape};
use crate::plan::model::{ResourceRef, Scope, Subresource};
use crate::plan::opaque::ANYTHING;
use crate::usage::stage_names;

/// One access as the planner sees it.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    pub(super) pass: usize,
    /// Its index among the accesses of the pass.
    pub(super) access: usize,
    pub(super) resource: ResourceRef,
    pub(super) part: Subresource,
    pub(super) scope: Scope,
    pub(super) layout: vk::ImageLayout,
}

/// Resolves the accesses of all passes, in their order.
pub(super) fn resolve(input: &Input) -> Result<Vec<Resolved>, PlanError> {
    let mut resolved = Vec::with_capacity(input.passes.iter().map(|pass| pass.accesses.len()).sum());
    for pass in 0..input.passes.len() {
        for access in 0..input.passes[pass].accesses.len() {
            resolved.push(one(input, pass, access)?);
        }
    }
    Ok(resolved)
}

fn one(input: &Input, number: usize, index: usize) -> Result<Resolved, PlanError> {
    let pass = &input.passes[number];
    let access = &pass.accesses[index];
    let at = Place(access.at);
    let resource = input.resources.get(access.resource.0).ok_or_else(|| PlanError::UnknownResource {
        system: pass.name.clone(),
        index: access.resource.0,
        count: input.resources.len(),
        at,
    })?;
    let part = within(&resource.shape, &access.part).ok_or_else(|| PlanError::OutOfRange {
        system: pass.name.clone(),
        resource: resource.name.clone(),
        part: access.part.to_string(),
        whole: resource.shape.whole().to_string(),
        at,
    })?;
    if access.usage.stages.is_empty() || access.usage.stages.contains(vk::PipelineStageFlags2::HOST) {
        let (system, resource, usage) = (pass.name.clone(), resource.name.clone(), access.usage.name);
        return Err(PlanError::OutsideOfPasses { system, resource, usage, at });
    }
    let (scope, layout) = scope(resource, access, input.options).ok_or_else(|| PlanError::Unfit {
        system: pass.name.clone(),
        resource: resource.name.clone(),
        usage: access.usage.name,
        direction: match access.access {
            Access::Read => "read",
            Access::Write => "write",
        },
        at,
    })?;
    if let Some((stage, feature)) = input.options.features.missing(scope.stages) {
        let stage = stage_names(stage).to_string();
        let (system, resource, usage) = (pass.name.clone(), resource.name.clone(), access.usage.name);
        return Err(PlanError::NotEnabled { system, resource, usage, stage, feature, at });
    }
    let scope = if pass.kind == PassKind::Opaque { ANYTHING } else { scope };
    Ok(Resolved { pass: number, access: index, resource: access.resource, part, scope, layout })
}

/// Cuts what reaches to the end at the resource's end; `None` is a part that is empty, outside, or of another kind.
fn within(shape: &Shape, part: &Subresource) -> Option<Subresource> {
    match (shape, part) {
        (Shape::Buffer { len_bytes }, Subresource::Buffer { bytes }) => {
            let end = if bytes.end == u64::MAX { *len_bytes } else { bytes.end };
            (bytes.start < end && end <= *len_bytes).then_some(Subresource::Buffer { bytes: bytes.start..end })
        }
        (Shape::Image { mips, layers, aspects }, Subresource::Image { aspects: some, mips: m, layers: l }) => {
            let some = if some.is_empty() { *aspects } else { *some };
            let mips_end = if m.end == u32::MAX { *mips } else { m.end };
            let layers_end = if l.end == u32::MAX { *layers } else { l.end };
            let inside = m.start < mips_end && mips_end <= *mips && l.start < layers_end && layers_end <= *layers;
            (inside && aspects.contains(some)).then_some(Subresource::Image {
                aspects: some,
                mips: m.start..mips_end,
                layers: l.start..layers_end,
            })
        }
        (Shape::Buffer { .. }, Subresource::Image { .. }) | (Shape::Image { .. }, Subresource::Buffer { .. }) => None,
    }
}

fn scope(resource: &ResourceInput, access: &AccessInput, options: Options) -> Option<(Scope, vk::ImageLayout)> {
    let row = access.usage;
    let flags = match access.access {
        Access::Read => row.read?,
        Access::Write => row.write?,
    };
    let layout = match resource.shape {
        Shape::Buffer { .. } => row.buffer.map(|_| vk::ImageLayout::UNDEFINED)?,
        Shape::Image { .. } => match (options.policy, access.access) {
            (Policy::UnifiedLayouts, _) => row.image.map(|_| vk::ImageLayout::GENERAL)?,
            (Policy::Joined | Policy::PerResource | Policy::MergedGlobal, Access::Read) => row.image?.read_layout,
            (Policy::Joined | Policy::PerResource | Policy::MergedGlobal, Access::Write) => row.image?.write_layout,
        },
    };
    Some((Scope { stages: clears(row.stages, options.compat), access: flags }, layout))
}

fn clears(stages: vk::PipelineStageFlags2, compat: Compat) -> vk::PipelineStageFlags2 {
    match compat {
        Compat::ValidationLayers if stages.contains(vk::PipelineStageFlags2::CLEAR) => {
            (stages & !vk::PipelineStageFlags2::CLEAR) | vk::PipelineStageFlags2::ALL_TRANSFER
        }
        Compat::ValidationLayers | Compat::Exact => stages,
    }
}

/// Returns the one layout in which both accesses of a pass can happen.
pub(crate) fn serving(one: vk::ImageLayout, other: vk::ImageLayout) -> vk::ImageLayout {
    use vk::ImageLayout as L;
    let read_only = |layout| {
        matches!(layout, L::SHADER_READ_ONLY_OPTIMAL | L::DEPTH_STENCIL_READ_ONLY_OPTIMAL | L::READ_ONLY_OPTIMAL)
    };
    if one == other {
        one
    } else if !read_only(one) || !read_only(other) {
        L::GENERAL
    } else if one == L::READ_ONLY_OPTIMAL || other == L::READ_ONLY_OPTIMAL {
        L::READ_ONLY_OPTIMAL
    } else {
        L::DEPTH_STENCIL_READ_ONLY_OPTIMAL
    }
}
