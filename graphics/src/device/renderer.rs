//! The renderer: a device, its resources, and the frames that it runs.

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ash::vk;

use crate::device::desc::{DeviceInfo, RawDevice, RendererDesc};
use crate::device::frame::Slots;
use crate::device::gpu::Gpu;
use crate::device::journal::Journal;
use crate::device::marks::Marks;
use crate::device::memory::{Allocate, GpuAllocator};
use crate::device::messages::MessageReport;
use crate::device::prepare::Scripts;
use crate::device::reclaim::{self, Garbage, Reclaim};
use crate::device::registry::Registry;
use crate::device::timeline::Timelines;
use crate::device::validation::ValidationInfo;
use crate::plan::Topology;
use crate::record::emission::Barriers;
use crate::record::error::VkError;

/// Runs frames on a Vulkan device without a window.
///
/// It makes and owns buffers and images, begins frames, and submits what their systems recorded. All its methods can be called
/// from any thread; one frame is open at a time. Dropping it waits, bounded by [`RendererDesc::timeout`], until the device is
/// done; if the device is not by then, what it may still use is leaked. [`Self::shutdown`] tells.
///
/// # Examples
///
/// ```no_run
/// # use fencewright::prelude::*;
/// use ash::vk;
/// use fencewright_graphics::prelude::*;
/// use fencewright_graphics::{BufferDesc, Memory, RendererDesc, Validation, VkRenderer};
///
/// struct Answer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let renderer = VkRenderer::headless(RendererDesc {
///     validation: Validation::Synchronization,
///     ..RendererDesc::default()
/// })?;
/// let answer = renderer.create_buffer::<Answer>(&BufferDesc {
///     len_bytes: 256,
///     usage: vk::BufferUsageFlags::TRANSFER_DST,
///     memory: Memory::Readback,
///     ..BufferDesc::default()
/// })?;
///
/// let mut schedule = Schedule::builder().build()?; // with a system that declares `#[writes(GpuBuffer<Answer> as CopyDestination)]`
/// let mut world = World::new();
/// let frame = renderer.begin_frame()?;
/// schedule.run_with(&mut world, &frame)?;
/// let point = renderer.end_frame(frame)?;
///
/// let bytes = renderer.read_buffer(answer, &point)?;
/// assert_eq!(bytes.len(), 256);
/// assert_eq!(renderer.messages().count, 0, "{}", renderer.messages());
/// # Ok(())
/// # }
/// ```
pub struct VkRenderer {
    pub(crate) shared: Arc<Shared>,
}

/// What the renderer, its frames and its timeline points share.
pub(crate) struct Shared(ManuallyDrop<Inner>);

pub(crate) struct Inner {
    pub(crate) timelines: Timelines,
    pub(crate) registry: Mutex<Registry>,
    pub(crate) reclaim: Mutex<Reclaim>,
    pub(crate) scripts: Mutex<Scripts>,
    pub(crate) slots: Mutex<Slots>,
    /// Whether a frame is open.
    pub(crate) open: AtomicBool,
    /// The barrier that is left out, and `usize::MAX` for none.
    pub(crate) left_out: AtomicUsize,
    /// The system that records its own barriers all the same, and `usize::MAX` for none.
    pub(crate) by_hand: AtomicUsize,
    /// The wait that is left out, and `usize::MAX` for none.
    pub(crate) wait_left_out: AtomicUsize,
    /// Who records the barriers of the next frame.
    pub(crate) barriers: Mutex<Barriers>,
    /// What the latest judged frames did.
    pub(crate) journal: Mutex<Journal>,
    pub(crate) desc: RendererDesc,
    pub(crate) memory: Arc<dyn Allocate>,
    /// Last: it goes when all that was made from it has gone.
    pub(crate) gpu: Gpu,
}

impl VkRenderer {
    /// Makes an instance and a device of its own.
    ///
    /// # Errors
    ///
    /// If there is no loader, no driver, no validation layer where one is asked for, or no device that fits; the error names the
    /// packages to install.
    pub fn headless(desc: RendererDesc) -> Result<Self, VkError> {
        let gpu = Gpu::new(&desc)?;
        Self::new(gpu, desc)
    }

    /// Runs frames on a device that the caller made. Of `desc` only what is about frames counts: the device, its features,
    /// its extensions, its queues and validation are as the caller made them; `Queues::Alias` has one queue stand for several.
    /// Frames may name every pipeline stage.
    ///
    /// # Errors
    ///
    /// If memory runs out, if there is no queue for everything, or if two queues are for the same passes.
    ///
    /// # Safety
    ///
    /// - The handles belong together, and outlive the renderer, its frames and its timeline points.
    /// - The device has Vulkan 1.3, with `timelineSemaphore`, `synchronization2` and `dynamicRendering` enabled, and the
    ///   features of the pipeline stages that systems declare, such as `meshShader`.
    /// - Each queue is of the family that is named with it, and nobody else uses it while the renderer lives.
    /// - If `debug_utils` is true, the instance was created with `VK_EXT_debug_utils`.
    pub unsafe fn from_raw(raw: RawDevice, desc: RendererDesc) -> Result<Self, VkError> {
        // SAFETY: the caller's promise.
        let gpu = unsafe { Gpu::from_raw(raw, &desc) }?;
        Self::new(gpu, desc)
    }

    fn new(gpu: Gpu, desc: RendererDesc) -> Result<Self, VkError> {
        if desc.frames_in_flight == 0 {
            return Err(VkError::BadDesc { what: "a renderer".to_owned(), why: "`frames_in_flight` is 0".to_owned() });
        }
        let memory: Arc<dyn Allocate> = Arc::new(GpuAllocator::new(&gpu.instance, gpu.device(), gpu.physical)?);
        let timelines = Timelines::new(&gpu.table, gpu.host_wait, &gpu.topology)?;
        let inner = Inner {
            slots: Mutex::new(Slots::new(&gpu, &memory, &desc)),
            timelines,
            registry: Mutex::default(),
            reclaim: Mutex::default(),
            scripts: Mutex::default(),
            open: AtomicBool::new(false),
            left_out: AtomicUsize::new(usize::MAX),
            by_hand: AtomicUsize::new(usize::MAX),
            wait_left_out: AtomicUsize::new(usize::MAX),
            barriers: Mutex::new(desc.barriers),
            journal: Mutex::default(),
            desc,
            memory,
            gpu,
        };
        Ok(Self { shared: Arc::new(Shared(ManuallyDrop::new(inner))) })
    }

    /// Returns which device runs the frames.
    pub fn device_info(&self) -> &DeviceInfo {
        &self.shared.gpu.info
    }

    /// Returns what the validation layer does; `None` where there is none, or where the caller made the instance.
    pub fn validation(&self) -> Option<ValidationInfo> {
        self.shared.gpu.validation
    }

    /// Returns what the layers and the loader have said so far; nothing, where the caller made the instance.
    pub fn messages(&self) -> MessageReport {
        self.shared.gpu.log().report()
    }

    /// Returns the functions of the instance.
    pub fn instance(&self) -> &ash::Instance {
        &self.shared.gpu.instance
    }

    /// Returns the physical device.
    pub fn physical_device(&self) -> vk::PhysicalDevice {
        self.shared.gpu.physical
    }

    /// Returns the limits of the physical device.
    pub fn limits(&self) -> &vk::PhysicalDeviceLimits {
        &self.shared.gpu.limits
    }

    /// Returns the functions of the device. What is made with them is the caller's to destroy, before the renderer goes:
    /// [`Self::destroy_later`] does it once the device is done with it.
    pub fn device(&self) -> &ash::Device {
        self.shared.gpu.device()
    }

    /// Returns the family of the graphics queue.
    pub fn queue_family(&self) -> u32 {
        self.shared.gpu.topology.queues()[0].family
    }

    /// Returns the queues that frames run on.
    pub fn topology(&self) -> &Topology {
        &self.shared.gpu.topology
    }

    /// Names an object of the caller's for tools, where debug-utils is there. Specification: `vkSetDebugUtilsObjectNameEXT`.
    ///
    /// # Safety
    ///
    /// `object` is of this device and alive, and no other thread uses it meanwhile.
    pub unsafe fn name_object<H: vk::Handle>(&self, object: H, name: &str) {
        self.shared.gpu.table.name(object, name);
    }

    /// Calls `destroy` once the device has finished all that was submitted so far, and the open frame: for pipelines, layouts,
    /// descriptor pools and what else the caller made. It is called during a later `begin_frame`, `collect` or at the end.
    ///
    /// Call it when you are done with the object, from `Drop` for example: what is submitted by later frames is not waited for.
    pub fn destroy_later(&self, destroy: impl FnOnce(&ash::Device) + Send + 'static) {
        self.shared.discard([Garbage::User(Box::new(destroy))]);
    }

    /// Destroys what the device has finished with; `begin_frame` does it too. Returns how much is still waiting.
    ///
    /// # Errors
    ///
    /// If the device is lost.
    pub fn collect(&self) -> Result<usize, VkError> {
        self.shared.collect()
    }

    /// Waits until the device has finished all that was submitted.
    ///
    /// # Errors
    ///
    /// If it does not within `timeout`, or is lost.
    pub fn wait_idle(&self, timeout: Duration) -> Result<(), VkError> {
        self.shared.timelines.wait(&self.shared.timelines.submitted(), timeout)
    }

    /// Waits for the device and lets the renderer go. Frames and timeline points that are still held keep the device until
    /// they go too.
    ///
    /// # Errors
    ///
    /// If the device is stuck for longer than `timeout`: then what it may still use is leaked. If it is lost.
    pub fn shutdown(self, timeout: Duration) -> Result<(), VkError> {
        self.wait_idle(timeout)
    }

    /// Returns how often a frame was planned: a steady frame is not, its plan is kept.
    pub fn plans_made(&self) -> u64 {
        self.shared.scripts.lock().unwrap_or_else(PoisonError::into_inner).planned()
    }

    /// Says who records the barriers of the frames that follow, so that one program can compare. A frame that was given to a
    /// run already keeps what it has.
    pub fn set_barriers(&self, barriers: Barriers) {
        *self.shared.barriers.lock().unwrap_or_else(PoisonError::into_inner) = barriers;
    }

    /// Has the system with this index in the program record its own barriers in the frames that follow, as if it did not derive
    /// `AutoBarriers`.
    #[doc(hidden)]
    pub fn leave_by_hand(&self, system: Option<usize>) {
        self.shared.by_hand.store(system.unwrap_or(usize::MAX), Ordering::Release);
    }

    /// Leaves the wait with this number, counted through the submissions of each plan, out of the frames that follow: a control
    /// of what it is for.
    #[doc(hidden)]
    pub fn leave_out_wait(&self, number: Option<usize>) {
        self.shared.wait_left_out.store(number.unwrap_or(usize::MAX), Ordering::Release);
    }

    /// Leaves the barrier with this number, counted through the calls of each plan, out of the frames that follow: a
    /// control of whether the layer notices.
    #[doc(hidden)]
    pub fn leave_out_barrier(&self, number: Option<usize>) {
        self.shared.left_out.store(number.unwrap_or(usize::MAX), Ordering::Release);
    }
}

impl Inner {
    /// Locks the registry, with all written down that frames have left.
    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        let mut registry = self.registry_for_frames();
        registry.settle();
        registry
    }

    /// Locks the registry for a frame, which may do without what the frames before have left.
    pub(crate) fn registry_for_frames(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Destroys things once the device has finished all that was submitted so far, and the frame that is open.
    pub(crate) fn discard(&self, garbage: impl IntoIterator<Item = Garbage>) {
        let open = self.open.load(Ordering::Acquire);
        let after = self.timelines.submitted();
        let mut reclaim = self.reclaim();
        for one in garbage {
            if open { reclaim.push_in_frame(one) } else { reclaim.push(after, one) }
        }
    }

    /// Says that the open frame is closed.
    pub(crate) fn close_frame(&self) {
        self.open.store(false, Ordering::Release);
        self.reclaim().close_frame(self.timelines.submitted());
    }

    fn reclaim(&self) -> MutexGuard<'_, Reclaim> {
        self.reclaim.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Destroys what the device has finished with.
    pub(crate) fn collect(&self) -> Result<usize, VkError> {
        let mut reclaim = self.reclaim();
        // A layer takes it for a wait that the host sees how far the device is: what it need not see it does not ask.
        if reclaim.len() == 0 {
            return Ok(0);
        }
        let finished = self.timelines.poll()?;
        let (garbage, waiting) = (reclaim.take(&finished), reclaim.len());
        drop(reclaim);
        // SAFETY: no later submission uses them: they were discarded before it, and handles that outlive them are refused.
        unsafe { reclaim::destroy(self.gpu.device(), &*self.memory, garbage) };
        Ok(waiting)
    }

    /// Destroys everything but memory, allocator and device.
    ///
    /// # Safety
    ///
    /// The device has finished everything, and nothing else uses `self`.
    unsafe fn destroy(&mut self) {
        let registry = std::mem::take(&mut *self.registry());
        let reclaim = self.reclaim.get_mut().unwrap_or_else(PoisonError::into_inner);
        reclaim.close_frame(Marks::default());
        let mut garbage = reclaim.take(&Marks::END);
        garbage.extend(registry.into_resources().flat_map(crate::device::registry::Resource::into_garbage));
        // SAFETY: the caller's promise.
        unsafe { reclaim::destroy(self.gpu.device(), &*self.memory, garbage) };
        let slots = self.slots.get_mut().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the caller's promise.
        unsafe { slots.destroy() };
        // SAFETY: the caller's promise.
        unsafe { self.timelines.destroy() };
    }
}

impl Deref for Shared {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let done = match self.0.timelines.wait(&self.0.timelines.submitted(), self.0.desc.timeout) {
            // What a lost device was doing it does no more.
            Ok(()) | Err(VkError::DeviceLost { .. }) => true,
            Err(_) => false,
        };
        if done {
            // SAFETY: the device has finished everything, and this is the last owner.
            unsafe { self.0.destroy() };
            // SAFETY: dropped once, here.
            unsafe { ManuallyDrop::drop(&mut self.0) };
        }
    }
}

impl std::fmt::Debug for VkRenderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VkRenderer on `{}`", self.device_info().name)
    }
}
