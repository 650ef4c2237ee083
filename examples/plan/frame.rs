//! A frame as the planner's input: what it finds is what it leaves.

use std::collections::BTreeMap;
use std::sync::Arc;

use ash::vk;
use fencewright_graphics::plan::{
    self, AccessInput, AtomState, Entry, Exit, Imported, Input, PartState, PassInput, PastAccess, PastPoint, PlanError,
    Policy, QueueRef, ResourceInput, ResourceRef, ResourceState, Scope, Shape, Sharing, Subresource, Topology,
};
use fencewright_graphics::usage::{ImageUse, UsageRow};
use fencewright_graphics::{Access, PassKind};

use crate::file::{self, Outside, PassSpec, Usage};

/// How many bytes stand for one byte range of a file.
const RANGE_BYTES: u64 = 256;

/// How often a frame is planned so that it finds what it leaves.
const STEADY: usize = 4;

/// How to plan a frame.
#[derive(Debug)]
pub(crate) struct How {
    pub(crate) options: plan::Options,
    pub(crate) topology: Topology,
    pub(crate) sharing: Sharing,
}

impl From<plan::Options> for How {
    /// On one queue.
    fn from(options: plan::Options) -> Self {
        Self { options, topology: Topology::one(), sharing: Sharing::Exclusive }
    }
}

/// A frame as its file has it.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) name: String,
    pub(crate) usages: BTreeMap<String, Usage>,
    pub(crate) passes: Vec<PassSpec>,
    pub(crate) present: Option<String>,
    pub(crate) persistent: Vec<String>,
    pub(crate) no_prior_use: Vec<String>,
    pub(crate) prior: BTreeMap<String, String>,
    pub(crate) entry: BTreeMap<String, Outside>,
    pub(crate) exit: BTreeMap<String, Outside>,
}

/// A resource with the parts that the file names: `bloom.m2`, `b_vtx.r1`.
#[derive(Debug, Default)]
struct Named<'a> {
    parts: Vec<&'a str>,
    mips: u32,
    layers: u32,
    /// Whether a pass tests depth against it.
    depth: bool,
}

impl Frame {
    /// Makes the input for the passes in an order. What was used before the frame is what the frame itself leaves, or what
    /// the file says.
    pub(crate) fn input(&self, order: &[usize], how: &How) -> Result<Input, PlanError> {
        let rows = self.rows(how.options.policy);
        let resources = self.resources();
        let passes = self.passes(order, &rows, &resources);
        let mut input = Input { passes, options: how.options, topology: how.topology.clone(), ..Input::default() };
        let states = |left: Option<&[ResourceState]>| -> Vec<ResourceInput> {
            let one = |(index, (name, named)): (usize, (&&str, &Named<'_>))| {
                let left = left.map(|left| &left[index]);
                ResourceInput { sharing: how.sharing, ..self.resource(name, named, left, &rows, &how.topology) }
            };
            resources.iter().enumerate().map(one).collect()
        };
        input.resources = states(None);
        // What a first frame leaves depends on what it finds; soon a frame leaves what it finds.
        for _ in 0..STEADY {
            let planned = plan::plan(&input)?;
            input.resources = states(Some(&planned.exit));
            input.reached = planned.reached;
        }
        Ok(input)
    }

    fn resources(&self) -> BTreeMap<&str, Named<'_>> {
        let mut resources: BTreeMap<&str, Named<'_>> = BTreeMap::new();
        for used in self.passes.iter().flat_map(|pass| &pass.uses) {
            let (name, part) = used.resource.split_once('.').unwrap_or((&used.resource, ""));
            let named = resources.entry(name).or_default();
            let number = |letter| part.strip_prefix(letter).and_then(|number| number.parse::<u32>().ok());
            named.mips = named.mips.max(number('m').map_or(1, |mip| mip + 1));
            named.layers = named.layers.max(number('l').map_or(1, |layer| layer + 1));
            let tests = |stage: &String| stage.ends_with("FRAGMENT_TESTS");
            named.depth |= self.usages[&used.usage].stages.iter().any(tests);
            if !named.parts.contains(&part) {
                named.parts.push(part);
            }
        }
        resources
    }

    /// Makes a row of the table of usages for each word of the file; they live as long as the program.
    fn rows(&self, policy: Policy) -> BTreeMap<&str, &'static UsageRow> {
        let row = |(name, usage): &(&String, &Usage)| -> &'static UsageRow {
            let stages = usage.stages.iter().filter_map(|name| words::stages(name).ok());
            let access = words::accesses(&usage.access).unwrap_or_default();
            let layout = words::layout(usage.layout_classic.as_deref()).unwrap_or_default();
            let general = layout == vk::ImageLayout::UNDEFINED || policy == Policy::UnifiedLayouts;
            let layout = if general { vk::ImageLayout::GENERAL } else { layout };
            Box::leak(Box::new(UsageRow {
                name: (*name).clone().leak(),
                stages: stages.fold(vk::PipelineStageFlags2::NONE, |all, stage| all | stage),
                read: (!usage.writes).then_some(access),
                write: usage.writes.then_some(access),
                buffer: Some(vk::BufferUsageFlags::empty()),
                image: Some(ImageUse {
                    usage: vk::ImageUsageFlags::empty(),
                    read_layout: layout,
                    write_layout: layout,
                }),
                passes: &[],
                spec: "",
            }))
        };
        self.usages.iter().map(|entry| (entry.0.as_str(), row(&entry))).collect()
    }

    fn passes(
        &self,
        order: &[usize],
        rows: &BTreeMap<&str, &'static UsageRow>,
        resources: &BTreeMap<&str, Named<'_>>,
    ) -> Vec<PassInput> {
        let mut touched: Vec<&str> = Vec::new();
        let mut passes = Vec::with_capacity(order.len());
        for &index in order {
            let spec = &self.passes[index];
            let mut accesses = Vec::with_capacity(spec.uses.len());
            for used in &spec.uses {
                let usage = &self.usages[&used.usage];
                let first = !touched.contains(&used.resource.as_str());
                touched.push(&used.resource);
                let (name, part) = used.resource.split_once('.').unwrap_or((&used.resource, ""));
                let resource = resources.keys().position(|other| *other == name).unwrap_or_default();
                accesses.push(AccessInput {
                    resource: ResourceRef(resource),
                    part: resources[name].part(name, part),
                    usage: rows[used.usage.as_str()],
                    access: if usage.writes { Access::Write } else { Access::Read },
                    discard: first && usage.full_overwrite && !self.persistent.contains(&used.resource),
                    concurrent: false,
                    at: None,
                });
            }
            passes.push(PassInput {
                system: index,
                name: Arc::from(spec.name.as_str()),
                stage: Arc::from(self.name.as_str()),
                kind: match spec.kind {
                    file::Kind::Raster => PassKind::Raster,
                    file::Kind::Compute => PassKind::Compute,
                    file::Kind::Transfer => PassKind::Transfer,
                    file::Kind::Opaque => PassKind::Opaque,
                },
                queue: spec.queue(),
                auto_barriers: true,
                accesses,
            });
        }
        passes
    }

    fn resource(
        &self,
        name: &str,
        named: &Named<'_>,
        left: Option<&ResourceState>,
        rows: &BTreeMap<&str, &'static UsageRow>,
        topology: &Topology,
    ) -> ResourceInput {
        let presented = self.present.as_deref() == Some(name);
        let entry = if presented {
            let stages = vk::PipelineStageFlags2::COLOR_ATTACHMENT_OUTPUT;
            let scope = Scope { stages, access: vk::AccessFlags2::NONE };
            Entry::Imported(Imported { scope, layout: vk::ImageLayout::UNDEFINED, by: "the acquire", family: None })
        } else if let Some(outside) = self.entry.get(name) {
            let (scope, layout) = (outside.scope(), outside.layout());
            Entry::Imported(Imported { scope, layout, by: outside.by.clone().leak(), family: None })
        } else if let Some(left) = left.filter(|_| named.parts.iter().all(|part| self.is_found_as_left(name, part))) {
            Entry::Persisted(left.clone())
        } else {
            Entry::Persisted(ResourceState::new(named.parts.iter().map(|part| {
                let full = if part.is_empty() { name.to_owned() } else { format!("{name}.{part}") };
                let part = named.part(name, part);
                let state = self.state(&full, &part, left, rows, topology);
                PartState { part, state }
            })))
        };
        let exit = match self.exit.get(name) {
            _ if presented => Exit::Present,
            Some(outside) => {
                let (scope, layout) = (outside.scope(), outside.layout());
                Exit::Exported { scope, layout, by: outside.by.clone().leak() }
            }
            None => Exit::Nothing,
        };
        ResourceInput { name: name.to_owned(), shape: named.shape(name), entry, exit, sharing: Sharing::default() }
    }

    /// Returns whether the file says nothing of a part's past.
    fn is_found_as_left(&self, name: &str, part: &str) -> bool {
        let full = if part.is_empty() { name.to_owned() } else { format!("{name}.{part}") };
        !self.no_prior_use.contains(&full) && !self.prior.contains_key(&full)
    }

    fn state(
        &self,
        name: &str,
        part: &Subresource,
        left: Option<&ResourceState>,
        rows: &BTreeMap<&str, &'static UsageRow>,
        topology: &Topology,
    ) -> AtomState {
        if self.no_prior_use.iter().any(|new| new == name) {
            // A new buffer that is read first, the host has filled; a new image holds nothing.
            return AtomState { defined: is_buffer(name) && self.is_read_first(name), ..AtomState::default() };
        }
        if let Some(usage) = self.prior.get(name) {
            let queue = self.queue_before(name, rows[usage.as_str()].stages, topology);
            return before(rows[usage.as_str()], self.usages[usage].writes, name, queue, topology);
        }
        let known = left.and_then(|left| left.parts().iter().find(|known| known.part.meets(part)));
        match known {
            Some(known) => known.state.clone(),
            None => AtomState { defined: true, layout: self.first_layout(name, rows), ..AtomState::default() },
        }
    }

    /// Returns where the use before the frame was: on the queue of the first use in it, if it can be there.
    fn queue_before(&self, name: &str, stages: vk::PipelineStageFlags2, topology: &Topology) -> QueueRef {
        use vk::PipelineStageFlags2 as S;
        let first = self.passes.iter().find(|pass| pass.uses.iter().any(|used| used.resource == name));
        let queue = first.and_then(|pass| topology.for_role(pass.queue())).unwrap_or_default();
        let (copies, dispatches) = (S::COPY | S::CLEAR, S::COMPUTE_SHADER | S::DRAW_INDIRECT);
        let needed = if copies.contains(stages) {
            vk::QueueFlags::TRANSFER
        } else if (copies | dispatches).contains(stages) {
            vk::QueueFlags::COMPUTE
        } else {
            vk::QueueFlags::GRAPHICS
        };
        if topology.queue(queue).can(needed) { queue } else { QueueRef(0) }
    }

    fn first_use(&self, name: &str) -> Option<&str> {
        let mut uses = self.passes.iter().flat_map(|pass| &pass.uses);
        uses.find(|used| used.resource == name).map(|used| used.usage.as_str())
    }

    fn is_read_first(&self, name: &str) -> bool {
        self.first_use(name).is_some_and(|usage| !self.usages[usage].writes)
    }

    fn first_layout(&self, name: &str, rows: &BTreeMap<&str, &'static UsageRow>) -> vk::ImageLayout {
        let image = self.first_use(name).filter(|_| !is_buffer(name)).and_then(|usage| rows[usage].image);
        image.map_or(vk::ImageLayout::UNDEFINED, |image| image.read_layout)
    }
}

/// The words of a file are known: what is read from it was checked.
impl Outside {
    fn scope(&self) -> Scope {
        let stages = self.stages.iter().filter_map(|name| words::stages(name).ok());
        let stages = stages.fold(vk::PipelineStageFlags2::NONE, |all, stage| all | stage);
        Scope { stages, access: words::accesses(&self.access).unwrap_or_default() }
    }

    fn layout(&self) -> vk::ImageLayout {
        words::layout(self.layout.as_deref()).unwrap_or_default()
    }
}

/// The state after one access before the frame.
fn before(row: &'static UsageRow, writes: bool, name: &str, queue: QueueRef, topology: &Topology) -> AtomState {
    let access = row.read.or(row.write).unwrap_or_default();
    let past = PastAccess {
        scope: Scope { stages: row.stages, access },
        concurrent: false,
        system: Arc::from("an earlier pass"),
        usage: row.name,
        write: writes,
        at: None,
        when: PastPoint { queue, back: 0 },
    };
    let layout = row.image.filter(|_| !is_buffer(name)).map_or(vk::ImageLayout::UNDEFINED, |image| image.read_layout);
    let family = topology.has_several_families().then(|| topology.queue(queue).family);
    let (writers, readers) = if writes { (vec![past], vec![]) } else { (vec![], vec![past]) };
    AtomState { layout, defined: true, writers, readers, family, ..AtomState::default() }
}

fn is_buffer(name: &str) -> bool {
    name.starts_with("b_")
}

impl Named<'_> {
    fn shape(&self, name: &str) -> Shape {
        if is_buffer(name) {
            Shape::Buffer { len_bytes: RANGE_BYTES * self.parts.len() as u64 }
        } else {
            let aspects = if self.depth { vk::ImageAspectFlags::DEPTH } else { vk::ImageAspectFlags::COLOR };
            Shape::Image { mips: self.mips, layers: self.layers, aspects }
        }
    }

    fn part(&self, name: &str, part: &str) -> Subresource {
        let whole = self.shape(name).whole();
        let number = |letter| part.strip_prefix(letter).and_then(|number| number.parse::<u32>().ok());
        match whole {
            whole if part.is_empty() => whole,
            Subresource::Buffer { .. } => {
                let index = self.parts.iter().position(|other| *other == part).unwrap_or_default() as u64;
                Subresource::Buffer { bytes: index * RANGE_BYTES..(index + 1) * RANGE_BYTES }
            }
            Subresource::Image { aspects, mips, layers } => Subresource::Image {
                aspects,
                mips: number('m').map_or(mips, |mip| mip..mip + 1),
                layers: number('l').map_or(layers, |layer| layer..layer + 1),
            },
        }
    }
}

/// The specification's names of flags and layouts.
pub(crate) mod words {
    use ash::vk;
    use fencewright_graphics::usage::{access_names, layout_name, stage_names};

    /// Reads pipeline stages: `COPY`, `COPY|CLEAR`.
    pub(crate) fn stages(names: &str) -> Result<vk::PipelineStageFlags2, String> {
        let all = || (0..64).map(|bit| vk::PipelineStageFlags2::from_raw(1 << bit));
        let one = |name: &str| match name {
            "NONE" => Some(vk::PipelineStageFlags2::NONE),
            name => all().find(|bit| is(name, &stage_names(*bit).to_string())),
        };
        split(names).try_fold(vk::PipelineStageFlags2::NONE, |sum, name| {
            Ok(sum | one(name).ok_or_else(|| format!("unknown pipeline stage `{name}`"))?)
        })
    }

    /// Reads accesses: `TRANSFER_READ`, `SHADER_STORAGE_READ|SHADER_STORAGE_WRITE`.
    pub(crate) fn accesses(names: &str) -> Result<vk::AccessFlags2, String> {
        let all = || (0..64).map(|bit| vk::AccessFlags2::from_raw(1 << bit));
        let one = |name: &str| match name {
            "NONE" => Some(vk::AccessFlags2::NONE),
            name => all().find(|bit| is(name, &access_names(*bit).to_string())),
        };
        split(names).try_fold(vk::AccessFlags2::NONE, |sum, name| {
            Ok(sum | one(name).ok_or_else(|| format!("unknown access `{name}`"))?)
        })
    }

    /// Reads an image layout; none is UNDEFINED.
    pub(crate) fn layout(name: Option<&str>) -> Result<vk::ImageLayout, String> {
        let Some(name) = name else { return Ok(vk::ImageLayout::UNDEFINED) };
        // Those of the specification's core count from zero; those of an extension begin at a thousand of its own.
        let extensions = (0..600).flat_map(|number| (0..4).map(move |n| 1_000_000_000 + number * 1000 + n));
        let mut all = (0..16).chain(extensions).map(vk::ImageLayout::from_raw);
        let found = all.find(|layout| is(name, &layout_name(*layout).to_string()));
        found.ok_or_else(|| format!("unknown image layout `{name}`"))
    }

    fn split(names: &str) -> impl Iterator<Item = &str> {
        names.split('|').map(str::trim)
    }

    /// Suffixes such as `_KHR` may be left out.
    fn is(name: &str, full: &str) -> bool {
        full == name || full.strip_suffix("_KHR") == Some(name) || full.strip_suffix("_EXT") == Some(name)
    }
}
