//! What goes wrong on a Vulkan device.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use ash::vk;

use crate::judge::Verdict;
use crate::plan::PlanError;

/// Why a call to the renderer, a frame or an encoder failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VkError {
    /// The Vulkan loader cannot be opened.
    #[error("no Vulkan loader was found; install the packages `libvulkan1` and `mesa-vulkan-drivers`")]
    NoLoader(#[source] Box<dyn Error + Send + Sync>),

    /// The loader knows no Vulkan 1.3.
    #[error("the Vulkan loader has {found} and 1.3 is needed; update the package `libvulkan1`")]
    LoaderTooOld {
        /// What the loader has.
        found: ApiVersion,
    },

    /// There is a loader, and no driver.
    #[error(
        "no Vulkan driver was found; install the package `mesa-vulkan-drivers` (it runs without a GPU), or name the driver's file in `VK_ICD_FILENAMES`"
    )]
    NoDriver,

    /// Validation was asked for, and the layer is not installed.
    #[error("the Vulkan validation layer was not found; install the package `vulkan-validationlayers`")]
    NoValidationLayer,

    /// No device can run frames.
    #[error(
        "no Vulkan device fits: {}; update its driver, or install the package `mesa-vulkan-drivers`, whose device runs without a GPU",
        Rejected::list(.rejected)
    )]
    NoSuitableDevice {
        /// Each device, and what it lacks.
        rejected: Vec<Rejected>,
    },

    /// The device that was asked for is not there.
    #[error("there is no Vulkan device {wanted}; there are: {}", .present.join(", "))]
    NoSuchDevice {
        /// What was asked for.
        wanted: String,
        /// The names of the devices, in their order.
        present: Vec<String>,
    },

    /// A description asks for what cannot be.
    #[error("{what} cannot be created: {why}")]
    BadDesc {
        /// The resource, as `GpuBuffer<Mesh>`.
        what: String,
        /// What is wrong with its description.
        why: String,
    },

    /// The device has no memory of the kind that a resource needs.
    #[error("`{resource}` needs {memory} memory that this device does not have for it; choose another `Memory`")]
    NoMemoryType {
        /// The resource.
        resource: String,
        /// The kind of memory, in words.
        memory: &'static str,
    },

    /// Memory ran out.
    #[error("out of {side} memory while {doing}")]
    OutOfMemory {
        /// `host` or `device`.
        side: &'static str,
        /// What was being done.
        doing: String,
    },

    /// The device is lost: nothing works on it any more.
    #[error("the Vulkan device was lost ({call}); drop the renderer and make a new one")]
    DeviceLost {
        /// The call that said so.
        call: &'static str,
    },

    /// A wait took too long.
    #[error("{what} did not finish within {waited:?}; raise `timeout` if the work is that long")]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        waited: Duration,
    },

    /// A Vulkan call failed in a way that has no words of its own here.
    #[error("{call} failed: {result}")]
    Call {
        /// The call.
        call: &'static str,
        /// What it returned.
        result: vk::Result,
    },

    /// A second frame was begun before the first was ended or dropped.
    #[error("a frame is still open; pass it to `end_frame` or drop it before the next `begin_frame`")]
    FrameOpen,

    /// A frame went to a renderer that did not begin it.
    #[error("this frame was begun by another renderer; end it there")]
    ForeignFrame,

    /// A frame was given to a second run.
    #[error("this frame has already been given to a run; begin a new frame for each run")]
    FrameUsed,

    /// An encoder was asked for before the frame was prepared.
    #[error("this frame is not prepared; pass it to `run_with` and ask for encoders inside systems")]
    NotPrepared,

    /// The system is run without a frame.
    #[error("this run has no frame; run the schedule with `run_with(&mut world, &frame)`")]
    NoFrame,

    /// The system has no pass in this frame.
    #[error(
        "system number {system} of this frame declares no GPU access; name a `GpuBuffer<..>` or `GpuImage<..>` in its declaration"
    )]
    NoPass {
        /// The index of the system in the program.
        system: usize,
    },

    /// The encoder of a system was asked for twice in one frame.
    #[error("`{system}` has already taken its encoder in this frame; take it once and pass it on by `&mut`")]
    EncoderTaken {
        /// The system.
        system: String,
    },

    /// The frame was ended before an encoder was dropped.
    #[error("the encoder of `{system}` is still open; drop it before `end_frame`")]
    EncoderOpen {
        /// The system.
        system: String,
    },

    /// A system panicked while it recorded.
    #[error("`{system}` panicked while it recorded; drop the frame and begin a new one")]
    RecordingPanicked {
        /// The system.
        system: String,
    },

    /// An encoder of the wrong kind was asked for.
    #[error("`{system}` is a {is} pass; its encoder cannot be a {wanted} one")]
    WrongKind {
        /// The system.
        system: String,
        /// Its kind.
        is: &'static str,
        /// The kind that was asked for.
        wanted: &'static str,
    },

    /// A system uses what it does not declare.
    #[error("`{system}` does not declare `{resource}`{how}; add it to {} of `{system}`", lists(how))]
    NotDeclared {
        /// The system.
        system: String,
        /// The resource.
        resource: String,
        /// What is missing of the access, as `` in `writes` `` or ` as an attachment`; often empty.
        how: &'static str,
    },

    /// A system uses a part of what it declares another part of.
    #[error("`{system}` does not declare {part} of `{resource}`{how}; widen the part in its declaration, or use less")]
    PartNotDeclared {
        /// The system.
        system: String,
        /// The resource.
        resource: String,
        /// The part, in words.
        part: String,
        /// Where it is missing: in `reads`, in `writes`, or empty for both.
        how: &'static str,
    },

    /// A declared resource does not exist.
    #[error("`{system}` declares `{resource}`, which does not exist; make it with `{make}` before the frame")]
    NoResource {
        /// The system.
        system: String,
        /// The resource.
        resource: String,
        /// The call that makes it.
        make: String,
    },

    /// A handle whose resource was destroyed.
    #[error("`{resource}` was destroyed; use the handle that its latest `create_..` or `replace_..` returned")]
    Destroyed {
        /// The resource.
        resource: String,
    },

    /// A declared usage needs a flag that the resource was not created with.
    #[error(
        "`{system}` uses `{resource}` as {usage}, which needs {flag}; add it to `usage` where `{resource}` is created"
    )]
    MissingUsage {
        /// The system.
        system: String,
        /// The resource.
        resource: String,
        /// The usage, as it is written after `as`.
        usage: &'static str,
        /// The flags that are missing, by their names.
        flag: String,
    },

    /// The planner refuses the frame.
    #[error(transparent)]
    Plan(#[from] PlanError),

    /// The judge refuses the plan: the planner is wrong, and nothing was recorded.
    #[error(
        "the judge refuses the plan of this frame, so nothing was recorded; this is a mistake of the planner, please report it with \
         the plan:\n{verdict}"
    )]
    Refused {
        /// What the judge found.
        verdict: Box<Verdict>,
    },

    /// A system that records its own barriers lacks one, and the judge sees it.
    #[error(
        "a barrier is missing, so nothing of this frame was submitted; add it, or derive `AutoBarriers` for the system:\n{verdict}"
    )]
    MissingBarrier {
        /// What the judge found, with what to add.
        verdict: Box<Verdict>,
    },

    /// A system that records its own barriers recorded none, and the plan has some for it.
    #[error(
        "`{system}` does not derive `AutoBarriers` and recorded no barrier, so nothing of this frame was submitted; write \
         `#[derive(System, AutoBarriers)]`, or record them in `{system}` (`record_planned` or `pipeline_barrier`); where it records \
         them past its encoder, it tells of them by `note_barrier`; it needs\n  {}",
        .barriers.join("\n  ")
    )]
    NoBarrier {
        /// The system.
        system: String,
        /// What it needs, each in a sentence.
        barriers: Vec<String>,
    },

    /// A system records its own barriers, and the renderer has several queues.
    #[error(
        "`{system}` records its own barriers, which works on one queue alone; derive `AutoBarriers` for it, or ask for `Queues::One`"
    )]
    ByHandOnSeveralQueues {
        /// The system.
        system: String,
    },

    /// A range reaches past the end of a resource.
    #[error("{command} reaches byte {end} of `{resource}`, which has {len_bytes}")]
    OutOfRange {
        /// The command.
        command: &'static str,
        /// The resource.
        resource: String,
        /// One past the last byte that it would touch.
        end: u64,
        /// The length of the resource.
        len_bytes: u64,
    },

    /// A command was given what it cannot take.
    #[error("{command}: {why}")]
    BadCommand {
        /// The command.
        command: &'static str,
        /// What is wrong.
        why: String,
    },

    /// The host asks for bytes that it cannot see.
    #[error("`{resource}` is not in memory that the host reads; create it with `Memory::Readback`")]
    NotReadable {
        /// The resource.
        resource: String,
    },
}

/// A device that cannot run frames, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The device's name.
    pub device: String,
    /// What it lacks.
    pub lacks: Vec<String>,
}

impl Rejected {
    fn list(rejected: &[Self]) -> String {
        let each: Vec<_> = rejected.iter().map(|it| format!("`{}` lacks {}", it.device, it.lacks.join(", "))).collect();
        each.join("; ")
    }
}

/// A version of the Vulkan API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// As in 1.3.
    pub major: u32,
    /// As in 1.3.
    pub minor: u32,
    /// The third number.
    pub patch: u32,
}

impl ApiVersion {
    /// The version that frames need.
    pub const NEEDED: Self = Self { major: 1, minor: 3, patch: 0 };

    /// Takes a packed version apart.
    pub const fn from_raw(raw: u32) -> Self {
        Self { major: vk::api_version_major(raw), minor: vk::api_version_minor(raw), patch: vk::api_version_patch(raw) }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl VkError {
    /// Gives the failure of `call` its name.
    pub(crate) fn of(call: &'static str) -> impl Fn(vk::Result) -> Self {
        move |result| Self::from_result(call, result)
    }

    pub(crate) fn from_result(call: &'static str, result: vk::Result) -> Self {
        match result {
            vk::Result::ERROR_DEVICE_LOST => Self::DeviceLost { call },
            vk::Result::ERROR_OUT_OF_HOST_MEMORY => {
                Self::OutOfMemory { side: "host", doing: format!("calling {call}") }
            }
            vk::Result::ERROR_OUT_OF_DEVICE_MEMORY => {
                Self::OutOfMemory { side: "device", doing: format!("calling {call}") }
            }
            result => Self::Call { call, result },
        }
    }
}

/// How an access is missing.
pub(crate) const IN_READS: &str = " in `reads`";
pub(crate) const IN_WRITES: &str = " in `writes`";

/// Returns the lists of a declaration in which an access may be missing that is said to be missing so.
fn lists(how: &str) -> &'static str {
    match how {
        IN_READS => "`#[reads(..)]`",
        IN_WRITES => "`#[writes(..)]`",
        _ => "`#[reads(..)]` or `#[writes(..)]`",
    }
}
