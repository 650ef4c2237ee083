//! A frame that everyone can plan: passes, and what each uses of which part. It follows itself: what it finds is what it leaves.
//! The screen is left out, because not all of them can present without a window.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    usage: BTreeMap<String, FileUsage>,
    frame: FileFrame,
}

#[derive(Deserialize)]
struct FileUsage {
    stages: Vec<String>,
    access: String,
    writes: bool,
    layout_classic: Option<String>,
    full_overwrite: bool,
}

#[derive(Deserialize)]
struct FileFrame {
    name: String,
    passes: Vec<FilePass>,
}

#[derive(Deserialize)]
struct FilePass {
    name: String,
    kind: Kind,
    uses: Vec<FileUse>,
}

#[derive(Deserialize)]
struct FileUse {
    resource: String,
    usage: String,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Raster,
    Compute,
    Transfer,
}

/// What a usage word means.
#[derive(Clone)]
pub(crate) struct Usage {
    pub(crate) word: String,
    pub(crate) stages: u64,
    pub(crate) access: u64,
    pub(crate) writes: bool,
    pub(crate) layout: i32,
    pub(crate) overwrites: bool,
}

/// Which part of a resource.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Whole,
    Mip(u32),
    Layer(u32),
    Range(u32),
}

#[derive(Clone)]
pub(crate) struct Use {
    pub(crate) resource: usize,
    pub(crate) part: Part,
    pub(crate) usage: Usage,
}

#[derive(Clone)]
pub(crate) struct Pass {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) uses: Vec<Use>,
}

#[derive(Clone, Default)]
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) is_buffer: bool,
    pub(crate) mips: u32,
    pub(crate) layers: u32,
    pub(crate) ranges: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) name: String,
    /// The words of the file.
    usages: BTreeMap<String, Usage>,
    pub(crate) passes: Vec<Pass>,
    pub(crate) resources: Vec<Resource>,
}

/// How many bytes stand for one range of a buffer.
pub(crate) const RANGE_BYTES: u64 = 256;

impl Frame {
    pub(crate) fn read(name: &str) -> Self {
        let path = format!("{}/../../tests/data/frames/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let file: File = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let usages: BTreeMap<String, Usage> =
            file.usage.iter().map(|(word, usage)| (word.clone(), of(word, usage))).collect();
        let mut resources: Vec<Resource> = Vec::new();
        let mut passes = Vec::new();
        for pass in &file.frame.passes {
            let uses = pass.uses.iter().map(|used| {
                let (resource, part) = find(&mut resources, &used.resource);
                Use { resource, part, usage: usages[&used.usage].clone() }
            });
            passes.push(Pass { name: pass.name.clone(), kind: pass.kind, uses: uses.collect() });
        }
        Self { name: file.frame.name, usages, passes, resources }
    }

    /// Returns the same frame with a draw for each blit: it samples what the blit reads and renders what the blit writes.
    pub(crate) fn with_draws_for_blits(&self) -> Self {
        let mut frame = self.clone();
        for pass in &mut frame.passes {
            for used in &mut pass.uses {
                let word = match used.usage.word.as_str() {
                    "blit_src" => "fs_sampled",
                    "blit_dst" => "color_clear",
                    _ => continue,
                };
                pass.kind = Kind::Raster;
                used.usage = self.usages[word].clone();
            }
        }
        frame
    }

    pub(crate) fn has_blits(&self) -> bool {
        self.passes.iter().flat_map(|pass| &pass.uses).any(|used| used.usage.word.starts_with("blit"))
    }

    /// Returns for each pass which others must come before it: through any row of dependencies.
    pub(crate) fn reachable(&self) -> Vec<Vec<bool>> {
        let count = self.passes.len();
        let mut reach = vec![vec![false; count]; count];
        for second in 0..count {
            for first in (0..second).rev() {
                if self.depends(first, second) {
                    reach[first][second] = true;
                    for before in 0..first {
                        reach[before][second] |= reach[before][first];
                    }
                }
            }
        }
        reach
    }

    fn depends(&self, first: usize, second: usize) -> bool {
        let seconds = || self.passes[second].uses.iter();
        self.passes[first].uses.iter().any(|one| seconds().any(|other| self.uses_depend(one, other)))
    }

    /// Says whether the later of two uses must wait for the earlier one.
    pub(crate) fn uses_depend(&self, one: &Use, other: &Use) -> bool {
        let meet = one.part == other.part || one.part == Part::Whole || other.part == Part::Whole;
        let layouts = !self.resources[one.resource].is_buffer && one.usage.layout != other.usage.layout;
        one.resource == other.resource && meet && (one.usage.writes || other.usage.writes || layouts)
    }

    /// Returns the pipeline stages of a pass.
    pub(crate) fn stages(&self, pass: usize) -> u64 {
        self.passes[pass].uses.iter().fold(0, |all, used| all | used.usage.stages)
    }
}

fn find(resources: &mut Vec<Resource>, full: &str) -> (usize, Part) {
    let (name, sub) = full.split_once('.').unwrap_or((full, ""));
    let index = resources.iter().position(|resource| resource.name == name).unwrap_or_else(|| {
        resources.push(Resource {
            name: name.to_owned(),
            is_buffer: name.starts_with("b_"),
            mips: 1,
            layers: 1,
            ..Resource::default()
        });
        resources.len() - 1
    });
    let resource = &mut resources[index];
    let number = |letter| sub.strip_prefix(letter).and_then(|number: &str| number.parse::<u32>().ok());
    let part = if sub.is_empty() {
        Part::Whole
    } else if resource.is_buffer {
        let known = resource.ranges.iter().position(|range| range == sub).unwrap_or_else(|| {
            resource.ranges.push(sub.to_owned());
            resource.ranges.len() - 1
        });
        Part::Range(known as u32)
    } else if let Some(mip) = number('m') {
        resource.mips = resource.mips.max(mip + 1);
        Part::Mip(mip)
    } else {
        let layer = number('l').unwrap_or_default();
        resource.layers = resource.layers.max(layer + 1);
        Part::Layer(layer)
    };
    (index, part)
}

fn of(word: &str, usage: &FileUsage) -> Usage {
    use fencewright_graphics::usage::{access_names, layout_name, stage_names};
    let is = |name: &str, full: &str| full == name || full.strip_suffix("_KHR") == Some(name);
    let bit = |name: &str, spell: &dyn Fn(u64) -> String| {
        (0..64).map(|bit| 1_u64 << bit).find(|bit| is(name, &spell(*bit))).unwrap_or_default()
    };
    let stage = |bit| stage_names(ash::vk::PipelineStageFlags2::from_raw(bit)).to_string();
    let access = |bit| access_names(ash::vk::AccessFlags2::from_raw(bit)).to_string();
    let layouts =
        (0..16).chain((0..600).flat_map(|extension| (0..4).map(move |n| 1_000_000_000 + extension * 1000 + n)));
    let layout = usage.layout_classic.as_deref().unwrap_or("UNDEFINED");
    let mut layouts = layouts.filter(|raw| is(layout, &layout_name(ash::vk::ImageLayout::from_raw(*raw)).to_string()));
    Usage {
        word: word.to_owned(),
        stages: usage.stages.iter().fold(0, |all, name| all | bit(name, &stage)),
        access: usage.access.split('|').fold(0, |all, name| all | bit(name, &access)),
        writes: usage.writes,
        layout: layouts.next().unwrap_or_default(),
        overwrites: usage.full_overwrite,
    }
}
