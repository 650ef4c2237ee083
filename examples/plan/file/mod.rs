//! Reads a frame from JSON; what is wrong is named with line and field.

mod check;
mod kind;
mod line;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use fencewright_graphics::plan::PlanError;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use crate::frame::Frame;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct File {
    #[serde(deserialize_with = "unique")]
    usage: BTreeMap<String, Usage>,
    #[serde(default, rename = "resource")]
    _resource: Option<String>,
    frame: FrameSpec,
}

/// What a usage word means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Usage {
    pub(crate) stages: Vec<String>,
    pub(crate) access: String,
    reads: bool,
    pub(crate) writes: bool,
    pub(crate) layout_classic: Option<String>,
    pub(crate) full_overwrite: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct FrameSpec {
    name: String,
    #[serde(default, rename = "description")]
    _description: String,
    passes: Vec<PassSpec>,
    #[serde(default)]
    present: Option<String>,
    #[serde(default)]
    persistent: Vec<String>,
    #[serde(default)]
    no_prior_use: Vec<String>,
    #[serde(default, deserialize_with = "unique")]
    prior: BTreeMap<String, Prior>,
    #[serde(default, deserialize_with = "unique")]
    entry: BTreeMap<String, Outside>,
    #[serde(default, deserialize_with = "unique")]
    exit: BTreeMap<String, Outside>,
    #[serde(default, rename = "reference")]
    _reference: serde_json::Value,
}

/// One pass.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct PassSpec {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) queue: Queue,
    pub(crate) uses: Vec<Use>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Raster,
    Compute,
    Transfer,
    Opaque,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Queue {
    #[default]
    Graphics,
    Compute,
    Transfer,
}

impl PassSpec {
    /// Returns where the pass would like to run.
    pub(crate) fn queue(&self) -> fencewright_graphics::Queue {
        match self.queue {
            Queue::Graphics => fencewright_graphics::Queue::Graphics,
            Queue::Compute => fencewright_graphics::Queue::Compute,
            Queue::Transfer => fencewright_graphics::Queue::Transfer,
        }
    }
}

/// What a pass uses, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Use {
    pub(crate) resource: String,
    pub(crate) usage: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Prior {
    usage: String,
}

/// What other code does with a resource before the frame, or after it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Outside {
    pub(crate) stages: Vec<String>,
    pub(crate) access: String,
    #[serde(default)]
    pub(crate) layout: Option<String>,
    #[serde(default = "other_code")]
    pub(crate) by: String,
}

fn other_code() -> String {
    "other code".to_owned()
}

/// Reads a frame.
pub(crate) fn read(text: &str) -> Result<Frame, String> {
    let file: File = fencewright_examples::from_json(text)?;
    check::check(text, &file)?;
    let File { usage, frame, _resource: _ } = file;
    let FrameSpec { name, passes, present, persistent, no_prior_use, prior, entry, exit, .. } = frame;
    let prior = prior.into_iter().map(|(resource, prior)| (resource, prior.usage)).collect();
    Ok(Frame { name, usages: usage, passes, present, persistent, no_prior_use, prior, entry, exit })
}

/// Says where in the file the access is that cannot be planned.
pub(crate) fn locate(text: &str, frame: &Frame, error: &PlanError) -> String {
    if let PlanError::LoopOverQueues { .. } = error {
        return "a frame over several queues is planned alone, not as a loop; leave out `--loop` or `--topology`"
            .to_owned();
    }
    let (PlanError::Overlap { system, resource, .. }
    | PlanError::ReadUndefined { system, resource, .. }
    | PlanError::OutOfRange { system, resource, .. }
    | PlanError::Unfit { system, resource, .. }
    | PlanError::OutsideOfPasses { system, resource, .. }
    | PlanError::NotEnabled { system, resource, .. }
    | PlanError::NoQueue { system, resource, .. }
    | PlanError::CannotPresent { system, resource, .. }
    | PlanError::UnknownFamily { system, resource, .. }) = error
    else {
        return error.to_string();
    };
    let Some(pass) = frame.passes.iter().position(|pass| pass.name == **system) else { return error.to_string() };
    let whole = |name: &str| name.split_once('.').map_or(name == resource, |(name, _)| name == resource);
    let number = pass.to_string();
    match frame.passes[pass].uses.iter().position(|used| whole(&used.resource)) {
        Some(used) => line::wrong(text, &["frame", "passes", &number, "uses", &used.to_string()], &error.to_string()),
        None => line::wrong(text, &["frame", "passes", &number], &error.to_string()),
    }
}

/// Reads an object in which no name stands twice.
fn unique<'de, D: Deserializer<'de>, V: Deserialize<'de>>(deserializer: D) -> Result<BTreeMap<String, V>, D::Error> {
    struct Unique<V>(PhantomData<V>);

    impl<'de, V: Deserialize<'de>> Visitor<'de> for Unique<V> {
        type Value = BTreeMap<String, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = BTreeMap::new();
            while let Some((name, value)) = map.next_entry::<String, V>()? {
                if all.contains_key(&name) {
                    return Err(A::Error::custom(format!("`{name}` stands here twice")));
                }
                all.insert(name, value);
            }
            Ok(all)
        }
    }
    deserializer.deserialize_map(Unique(PhantomData))
}
