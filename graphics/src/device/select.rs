//! Which physical device runs the frames: a decision without effects.

use std::fmt;

use ash::vk;

use crate::declare::pass::Queue;
use crate::device::desc::{Queues, RawQueue};
use crate::plan::{QueueSpec, Topology};
use crate::record::error::{ApiVersion, Rejected, VkError};

/// Which device a renderer takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first that fits: discrete before integrated, virtual, other and CPU; among equals the loader's order.
    #[default]
    Best,
    /// The device at this index in the loader's order.
    Index(usize),
    /// The first device whose name contains this, whatever the case.
    Name(String),
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Best => f.write_str("that fits"),
            Self::Index(index) => write!(f, "number {index}"),
            Self::Name(name) => write!(f, "named `{name}`"),
        }
    }
}

/// What is known of a device before it is chosen.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) kind: vk::PhysicalDeviceType,
    pub(crate) version: ApiVersion,
    /// Features and extensions that it lacks, by name.
    pub(crate) lacks: Vec<String>,
    /// The first family with graphics and compute.
    pub(crate) family: Option<u32>,
}

impl Candidate {
    fn rejection(&self) -> Vec<String> {
        let mut lacks = Vec::new();
        if self.version < ApiVersion::NEEDED {
            lacks.push(format!("Vulkan 1.3 (it has {})", self.version));
        }
        lacks.extend(self.lacks.iter().cloned());
        if self.family.is_none() {
            lacks.push("a queue family with graphics and compute".to_owned());
        }
        lacks
    }

    fn rank(&self) -> u32 {
        match self.kind {
            vk::PhysicalDeviceType::DISCRETE_GPU => 0,
            vk::PhysicalDeviceType::INTEGRATED_GPU => 1,
            vk::PhysicalDeviceType::VIRTUAL_GPU => 2,
            vk::PhysicalDeviceType::CPU => 4,
            _ => 3,
        }
    }
}

/// Chooses a device; the same list gives the same device.
pub(crate) fn choose(candidates: &[Candidate], choice: &DeviceChoice) -> Result<usize, VkError> {
    if candidates.is_empty() {
        return Err(VkError::NoDriver);
    }
    let named: Vec<usize> = match choice {
        DeviceChoice::Best => (0..candidates.len()).collect(),
        DeviceChoice::Index(index) => (*index < candidates.len()).then_some(*index).into_iter().collect(),
        DeviceChoice::Name(name) => {
            let name = name.to_lowercase();
            (0..candidates.len()).filter(|&i| candidates[i].name.to_lowercase().contains(&name)).take(1).collect()
        }
    };
    if named.is_empty() {
        let present = candidates.iter().map(|candidate| format!("`{}`", candidate.name)).collect();
        return Err(VkError::NoSuchDevice { wanted: choice.to_string(), present });
    }
    let fits = named.iter().copied().filter(|&i| candidates[i].rejection().is_empty());
    fits.min_by_key(|&i| (candidates[i].rank(), i)).ok_or_else(|| VkError::NoSuitableDevice {
        rejected: named
            .iter()
            .map(|&i| Rejected { device: candidates[i].name.clone(), lacks: candidates[i].rejection() })
            .collect(),
    })
}

/// Returns the first family with graphics and compute.
pub(crate) fn family(families: &[vk::QueueFamilyProperties]) -> Option<u32> {
    let needed = vk::QueueFlags::GRAPHICS | vk::QueueFlags::COMPUTE;
    let index = families.iter().position(|family| family.queue_count > 0 && family.queue_flags.contains(needed))?;
    u32::try_from(index).ok()
}

/// Chooses a queue of a family of its own for each of the roles, beside the graphics queue; a role that no such family is for
/// has none.
pub(crate) fn queues(families: &[vk::QueueFlags], graphics: u32, roles: &[Queue]) -> Result<Topology, VkError> {
    use vk::QueueFlags as Q;
    let all = Q::GRAPHICS | Q::COMPUTE | Q::TRANSFER;
    let mut queues = vec![QueueSpec::graphics(graphics)];
    for &role in roles {
        let (needs, lacks) = match role {
            Queue::Graphics => continue,
            Queue::Compute => (Q::COMPUTE, Q::GRAPHICS),
            Queue::Transfer => (Q::TRANSFER, Q::GRAPHICS | Q::COMPUTE),
        };
        let fits = |flags: &Q| flags.contains(needs) && !flags.intersects(lacks);
        if let Some(family) = families.iter().position(fits) {
            let capabilities = families[family] & all;
            let family = u32::try_from(family).unwrap_or(u32::MAX);
            queues.push(QueueSpec { role, family, capabilities, presents: false });
        }
    }
    Topology::new(queues).map_err(|error| VkError::BadDesc { what: "a renderer".to_owned(), why: error.to_string() })
}

/// Returns what one queue stands for.
pub(crate) fn one_queue(family: u32, wanted: &Queues) -> Topology {
    let one = QueueSpec::graphics(family);
    let roles: &[QueueSpec] = match wanted {
        Queues::One | Queues::GraphicsAndTransfer | Queues::Several => &[one],
        Queues::Alias(topology) => topology.queues(),
    };
    let aliased = Topology::new(roles.iter().map(|queue| QueueSpec { role: queue.role, ..one }));
    // The roles are those of a topology: there are some, each once.
    aliased.unwrap_or_default()
}

/// Returns the topology of queues that the caller gives.
pub(crate) fn given(families: &[vk::QueueFlags], queues: &[RawQueue], wanted: &Queues) -> Result<Topology, VkError> {
    use vk::QueueFlags as Q;
    let bad = |why: String| VkError::BadDesc { what: "a device of the caller's".to_owned(), why };
    let [first, others @ ..] = queues else {
        return Err(bad("`queues` is empty; name the queue that frames are submitted to".to_owned()));
    };
    let flags = |queue: &RawQueue| families.get(queue.family as usize).copied().unwrap_or_default();
    if first.role != Queue::Graphics || !flags(first).contains(Q::GRAPHICS | Q::COMPUTE) {
        let why = "the first of `queues` is for everything: its role is `Queue::Graphics`, its family has graphics and compute";
        return Err(bad(why.to_owned()));
    }
    match wanted {
        Queues::Alias(_) if !others.is_empty() => Err(bad(
            "`Queues::Alias` has one queue stand for several; give `queues` one, or ask for another".to_owned(),
        )),
        Queues::Alias(_) => Ok(one_queue(first.family, wanted)),
        Queues::One | Queues::GraphicsAndTransfer | Queues::Several => {
            let spec = |queue: &RawQueue| QueueSpec {
                role: queue.role,
                family: queue.family,
                capabilities: flags(queue) & (Q::GRAPHICS | Q::COMPUTE | Q::TRANSFER),
                presents: queue.role == Queue::Graphics,
            };
            Topology::new(queues.iter().map(spec)).map_err(|error| bad(error.to_string()))
        }
    }
}

/// Returns the names of the features that are wanted and not there.
///
/// Feature structures have no fields to walk; their `Debug` prints one `name: 1` on each line.
pub(crate) fn missing_features(wanted: &impl fmt::Debug, present: &impl fmt::Debug) -> Vec<String> {
    let on = |features: &dyn fmt::Debug| -> Vec<String> {
        let text = format!("{features:#?}");
        let names = text.lines().filter_map(|line| line.trim().strip_suffix(": 1,").map(str::to_owned));
        names.collect()
    };
    let present = on(present);
    on(wanted).into_iter().filter(|name| !present.contains(name)).map(|name| format!("feature `{name}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str, kind: vk::PhysicalDeviceType) -> Candidate {
        Candidate {
            name: name.to_owned(),
            kind,
            version: ApiVersion { major: 1, minor: 3, patch: 230 },
            lacks: Vec::new(),
            family: Some(0),
        }
    }

    fn three() -> Vec<Candidate> {
        vec![
            candidate("llvmpipe (LLVM 15)", vk::PhysicalDeviceType::CPU),
            candidate("GPU A", vk::PhysicalDeviceType::DISCRETE_GPU),
            candidate("GPU B", vk::PhysicalDeviceType::DISCRETE_GPU),
        ]
    }

    #[test]
    fn the_best_is_discrete_and_first() {
        assert_eq!(choose(&three(), &DeviceChoice::Best).ok(), Some(1));
        let mut three = three();
        three[1].lacks.push("feature `x`".to_owned());
        assert_eq!(choose(&three, &DeviceChoice::Best).ok(), Some(2));
    }

    #[test]
    fn a_device_is_taken_by_index_or_by_a_part_of_its_name() {
        assert_eq!(choose(&three(), &DeviceChoice::Index(0)).ok(), Some(0));
        assert_eq!(choose(&three(), &DeviceChoice::Name("LLVMpipe".to_owned())).ok(), Some(0));
        assert_eq!(choose(&three(), &DeviceChoice::Name("gpu".to_owned())).ok(), Some(1));
    }

    #[test]
    fn what_is_missing_is_said_by_name() {
        let none = choose(&[], &DeviceChoice::Best).err().map(|error| error.to_string());
        assert!(none.is_some_and(|text| text.contains("mesa-vulkan-drivers")));
        let index = choose(&three(), &DeviceChoice::Index(7)).err().map(|error| error.to_string());
        assert_eq!(
            index.as_deref(),
            Some("there is no Vulkan device number 7; there are: `llvmpipe (LLVM 15)`, `GPU A`, `GPU B`")
        );
        let mut old = candidate("Old", vk::PhysicalDeviceType::DISCRETE_GPU);
        old.version = ApiVersion { major: 1, minor: 1, patch: 0 };
        old.family = None;
        old.lacks.push("feature `geometry_shader`".to_owned());
        let text = choose(&[old], &DeviceChoice::Best).err().map(|error| error.to_string());
        assert_eq!(
            text.as_deref(),
            Some(
                "no Vulkan device fits: `Old` lacks Vulkan 1.3 (it has 1.1.0), feature `geometry_shader`, a queue family with graphics \
                 and compute; update its driver, or install the package `mesa-vulkan-drivers`, whose device runs without a GPU"
            )
        );
    }

    /// Barriers are recorded with `vkCmdPipelineBarrier2` alone.
    #[test]
    fn a_device_without_synchronization2_is_passed_over_and_where_it_is_the_only_one_the_error_says_why() {
        let with = |version, lacks: &[&str]| Candidate {
            version: ApiVersion { major: 1, minor: version, patch: 200 },
            lacks: lacks.iter().map(|lack| (*lack).to_owned()).collect(),
            ..candidate("Vulkan 1.2 card", vk::PhysicalDeviceType::DISCRETE_GPU)
        };
        let cpu = candidate("llvmpipe", vk::PhysicalDeviceType::CPU);
        for (device, lack) in [
            (with(2, &[]), "lacks Vulkan 1.3 (it has 1.2.200);"),
            (with(3, &["feature `synchronization2`"]), "lacks feature `synchronization2`;"),
        ] {
            assert_eq!(choose(&[device.clone(), cpu.clone()], &DeviceChoice::Best).ok(), Some(1));
            for choice in [DeviceChoice::Best, DeviceChoice::Index(0), DeviceChoice::Name("card".to_owned())] {
                let text = choose(std::slice::from_ref(&device), &choice).err().map(|error| error.to_string());
                assert!(text.as_ref().is_some_and(|text| text.contains(lack)), "{choice:?}: {text:?}");
            }
        }
    }

    #[test]
    fn queues_are_of_families_of_their_own() -> Result<(), VkError> {
        let (g, c, t) = (vk::QueueFlags::GRAPHICS, vk::QueueFlags::COMPUTE, vk::QueueFlags::TRANSFER);
        let roles = [Queue::Compute, Queue::Transfer];
        let found = |families: &[vk::QueueFlags]| -> Result<Vec<(Queue, u32)>, VkError> {
            let topology = queues(families, 0, &roles)?;
            Ok(topology.queues().iter().map(|queue| (queue.role, queue.family)).collect())
        };
        let sparse = vk::QueueFlags::SPARSE_BINDING;
        assert_eq!(
            found(&[g | c | t | sparse, t | sparse, c | t])?,
            [(Queue::Graphics, 0), (Queue::Compute, 2), (Queue::Transfer, 1)]
        );
        assert_eq!(found(&[g | c | t, c])?, [(Queue::Graphics, 0), (Queue::Compute, 1)]);
        assert_eq!(found(&[g | c | t])?, [(Queue::Graphics, 0)]);
        Ok(())
    }

    #[test]
    fn features_are_compared_by_name() {
        let wanted = vk::PhysicalDeviceFeatures::default().geometry_shader(true).wide_lines(true);
        let present = vk::PhysicalDeviceFeatures::default().wide_lines(true);
        assert_eq!(missing_features(&wanted, &present), ["feature `geometry_shader`"]);
        let wanted = vk::PhysicalDeviceVulkan13Features::default().synchronization2(true);
        let present = vk::PhysicalDeviceVulkan13Features::default();
        assert_eq!(missing_features(&wanted, &present), ["feature `synchronization2`"]);
        assert!(missing_features(&wanted, &wanted).is_empty());
    }
}
