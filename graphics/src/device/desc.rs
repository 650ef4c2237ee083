//! What a renderer is asked for.

use std::ffi::CString;
use std::time::Duration;

use ash::vk;

use crate::declare::pass::Queue;
use crate::device::messages::IgnoredMessage;
use crate::device::select::DeviceChoice;
use crate::device::validation::Validation;
use crate::plan::{PassOrder, Policy, Topology};
use crate::record::emission::Barriers;
use crate::record::error::ApiVersion;
use crate::record::host_memory::CommandMemory;
use crate::record::recorder::CommandBuffers;

/// Whether the judge looks at plans before anything is recorded from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Judging {
    /// At each new plan, once. What it refuses is not recorded: [`VkError::Refused`](crate::VkError::Refused). Costs a few
    /// microseconds for each pass when a plan is made, and nothing in steady frames, which reuse theirs.
    #[default]
    NewPlans,
    /// At none.
    Off,
}

/// Whether barriers that systems record themselves are judged, with [`Barriers::Auto`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByHand {
    /// Each frame with such systems is judged when it ends, before it is submitted: a missing barrier ends as `on_missing`
    /// says. Costs a few microseconds for each pass in each such frame. The default in debug builds.
    Judged,
    /// Each system that the plan has barriers for must record some, or tell of them by
    /// [`note_barrier`](crate::VkCommandEncoder::note_barrier); what it recorded is taken for right. Who forgot `AutoBarriers`
    /// is told so: [`VkError::NoBarrier`](crate::VkError::NoBarrier), as `on_missing` says. Costs nothing in frames whose
    /// systems all derive `AutoBarriers`, and no more than a look in others. The default in release builds.
    Present,
    /// Nothing is looked at.
    Trusted,
}

impl Default for ByHand {
    fn default() -> Self {
        if cfg!(debug_assertions) { Self::Judged } else { Self::Present }
    }
}

/// What a missing barrier is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnMissing {
    /// An error of `end_frame`: [`VkError::MissingBarrier`](crate::VkError::MissingBarrier) or
    /// [`VkError::NoBarrier`](crate::VkError::NoBarrier).
    #[default]
    Error,
    /// A panic of `end_frame`, with the same text.
    Panic,
}

/// Which queues frames run on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Queues {
    /// One, for everything.
    #[default]
    One,
    /// One for everything, and one of a family that has transfer alone, where the device has such a family: for passes that
    /// say `#[queue(transfer)]`.
    GraphicsAndTransfer,
    /// As many as the device has families for: also one of a family with compute and without graphics, for passes that say
    /// `#[queue(compute)]`.
    Several,
    /// One queue of the device that stands for several: a plan for several queues, with its submissions and semaphores, where
    /// there is one family. For tests and comparisons.
    Alias(Topology),
}

/// Whether steady frames are planned as the bodies of loops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Loops {
    /// They are not: each frame is planned alone.
    #[default]
    Off,
    /// A frame that finds its resources as it left them is planned with the frame after it, where that saves a call: its last
    /// call may do what the next frame's first passes need. Frames that read resources of two turns (`Prev`), present or
    /// export are planned alone, and so are those over several queues.
    ///
    /// An image may then be, between frames, in the layout that the next frame begins with. Frames with other plans go on
    /// from there. Barriers by hand that name the layout of the last pass as the old one are wrong after such a frame, and
    /// are reported where they are judged: this is why it is not the default.
    Steady,
}

/// Describes a renderer; `RendererDesc::default()` runs on the best device, without validation.
///
/// # Examples
///
/// ```
/// use ash::vk;
/// use fencewright_graphics::{Barriers, DeviceChoice, RendererDesc, Validation};
///
/// let desc = RendererDesc {
///     device: DeviceChoice::Best,
///     validation: Validation::Synchronization, // the Khronos layer looks on; `renderer.messages()` says what it found
///     barriers: Barriers::Validate,            // systems record their own barriers, and each frame is judged
///     features: vk::PhysicalDeviceFeatures { multi_draw_indirect: vk::TRUE, ..Default::default() },
///     ..RendererDesc::default()
/// };
/// # assert_eq!(desc.frames_in_flight, 2);
/// ```
#[derive(Clone, Debug)]
pub struct RendererDesc {
    /// The application's name, which some drivers look at.
    pub application: String,
    /// Which device.
    pub device: DeviceChoice,
    /// What the validation layer checks.
    pub validation: Validation,
    /// Ids of messages that are counted apart.
    pub ignored: Vec<IgnoredMessage>,
    /// Instance extensions, beside debug-utils.
    pub instance_extensions: Vec<CString>,
    /// Device extensions.
    pub device_extensions: Vec<CString>,
    /// Features of Vulkan 1.0 to switch on. Frames name the stages of geometry and tessellation shaders only with theirs, and
    /// those of mesh or ray-tracing shaders only on a device of the caller's.
    pub features: vk::PhysicalDeviceFeatures,
    /// Features of Vulkan 1.2 to switch on, beside `timelineSemaphore`. Its `p_next` is not read.
    pub features_12: vk::PhysicalDeviceVulkan12Features<'static>,
    /// Features of Vulkan 1.3 to switch on, beside `synchronization2` and `dynamicRendering`. Its `p_next` is not read.
    pub features_13: vk::PhysicalDeviceVulkan13Features<'static>,
    /// Who records the barriers; [`VkRenderer::set_barriers`](crate::VkRenderer::set_barriers) changes it between frames.
    pub barriers: Barriers,
    /// Whether barriers that systems record themselves are judged.
    pub by_hand: ByHand,
    /// What a missing barrier is, where barriers are judged.
    pub on_missing: OnMissing,
    /// Whether the judge looks at plans before anything is recorded from them.
    pub judging: Judging,
    /// Which structures the planned barriers become.
    pub policy: Policy,
    /// Which queues frames run on.
    pub queues: Queues,
    /// Whether steady frames are planned as the bodies of loops.
    pub loops: Loops,
    /// In which order passes of one stage execute.
    pub pass_order: PassOrder,
    /// How many frames the host may be ahead of the device; at least 1.
    pub frames_in_flight: usize,
    /// How many threads record at once; for each of them and each frame in flight a command pool is made up front.
    pub recorders: usize,
    /// Whose host memory command pools use.
    pub command_memory: CommandMemory,
    /// Which passes share a command buffer.
    pub command_buffers: CommandBuffers,
    /// How much memory for uploads is taken at a time, in bytes.
    pub upload_chunk_bytes: u64,
    /// How long any wait may last: for a frame in flight, for readback without a limit of its own, at shutdown.
    pub timeout: Duration,
}

impl Default for RendererDesc {
    fn default() -> Self {
        Self {
            application: String::from("fencewright"),
            device: DeviceChoice::Best,
            validation: Validation::Off,
            ignored: Vec::new(),
            instance_extensions: Vec::new(),
            device_extensions: Vec::new(),
            features: vk::PhysicalDeviceFeatures::default(),
            features_12: vk::PhysicalDeviceVulkan12Features::default(),
            features_13: vk::PhysicalDeviceVulkan13Features::default(),
            barriers: Barriers::Auto,
            by_hand: ByHand::default(),
            on_missing: OnMissing::default(),
            judging: Judging::NewPlans,
            policy: Policy::default(),
            queues: Queues::default(),
            loops: Loops::default(),
            pass_order: PassOrder::default(),
            frames_in_flight: 2,
            recorders: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            command_memory: CommandMemory::default(),
            command_buffers: CommandBuffers::default(),
            upload_chunk_bytes: 1 << 20,
            timeout: Duration::from_secs(10),
        }
    }
}

/// A device that the caller made, for [`VkRenderer::from_raw`](crate::VkRenderer::from_raw).
#[expect(missing_debug_implementations, reason = "the function tables of ash have none")]
pub struct RawDevice {
    /// Loads the functions of debug-utils, where `debug_utils` says that the instance has them.
    pub entry: ash::Entry,
    /// The instance.
    pub instance: ash::Instance,
    /// The physical device.
    pub physical_device: vk::PhysicalDevice,
    /// The device.
    pub device: ash::Device,
    /// The queues that frames are submitted to: first the one for everything, whose family has graphics and compute; then, where
    /// there are any, those for passes that say `#[queue(compute)]` or `#[queue(transfer)]`.
    pub queues: Vec<RawQueue>,
    /// Whether the instance was created with `VK_EXT_debug_utils`: then objects get names and passes get labels.
    pub debug_utils: bool,
    /// The version of the validation layer that the instance was created with; layers before 1.3.296 make the renderer
    /// wait with fences.
    pub validation_layer: Option<ApiVersion>,
}

/// A queue that the caller got from its device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RawQueue {
    /// The Vulkan handle.
    pub raw: vk::Queue,
    /// The index of its family.
    pub family: u32,
    /// Which passes it is for.
    pub role: Queue,
}

/// Which device runs the frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The device's name.
    pub name: String,
    /// What kind of device it is.
    pub kind: vk::PhysicalDeviceType,
    /// The Vulkan version that it has.
    pub api_version: ApiVersion,
    /// The driver's name: `llvmpipe`, `radv`.
    pub driver: String,
    /// The driver's own version, in its words.
    pub driver_info: String,
}
