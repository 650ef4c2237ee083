//! The functions of one device, and the names and labels that tools show.

use std::ffi::{CStr, CString};

use ash::ext::debug_utils;
use ash::vk;

/// The functions of a device, and those of debug-utils where there are any.
pub(crate) struct Table {
    pub(crate) device: ash::Device,
    pub(crate) debug: Option<debug_utils::Device>,
}

impl Table {
    /// Names an object for tools. A name that the driver does not take is no error.
    pub(crate) fn name<H: vk::Handle>(&self, object: H, name: &str) {
        if self.debug.is_some() {
            self.name_c(object, &c_string(name));
        }
    }

    /// Names an object for tools, as [`Self::name`].
    pub(crate) fn name_c<H: vk::Handle>(&self, object: H, name: &CStr) {
        let Some(debug) = &self.debug else { return };
        let info = vk::DebugUtilsObjectNameInfoEXT::default().object_handle(object).object_name(name);
        // SAFETY: the object is of this device, alive, and used by this thread alone: it has just been made or handed out.
        let _ = unsafe { debug.set_debug_utils_object_name(&info) };
    }

    /// Opens a label in a command buffer.
    ///
    /// # Safety
    ///
    /// `buffer` is recording, and no other thread uses its pool.
    pub(crate) unsafe fn begin_label(&self, buffer: vk::CommandBuffer, name: &CStr) {
        let Some(debug) = &self.debug else { return };
        let label = vk::DebugUtilsLabelEXT::default().label_name(name);
        // SAFETY: the caller's promise.
        unsafe { debug.cmd_begin_debug_utils_label(buffer, &label) };
    }

    /// Closes the label that was opened last.
    ///
    /// # Safety
    ///
    /// As for [`Self::begin_label`], which was called before.
    pub(crate) unsafe fn end_label(&self, buffer: vk::CommandBuffer) {
        let Some(debug) = &self.debug else { return };
        // SAFETY: the caller's promise.
        unsafe { debug.cmd_end_debug_utils_label(buffer) };
    }

    /// Marks one place in a command buffer.
    ///
    /// # Safety
    ///
    /// As for [`Self::begin_label`].
    pub(crate) unsafe fn insert_label(&self, buffer: vk::CommandBuffer, name: &CStr) {
        let Some(debug) = &self.debug else { return };
        let label = vk::DebugUtilsLabelEXT::default().label_name(name);
        // SAFETY: the caller's promise.
        unsafe { debug.cmd_insert_debug_utils_label(buffer, &label) };
    }
}

/// Makes a C string of a name; an inner NUL ends it.
pub(crate) fn c_string(name: &str) -> CString {
    let until = name.split('\0').next().unwrap_or_default();
    CString::new(until).unwrap_or_default()
}
