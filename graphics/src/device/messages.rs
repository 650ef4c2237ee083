//! What the validation layers and the loader say: kept, counted, and never filtered in silence.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_void};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use ash::vk;

/// How many texts are kept; messages past it are still counted.
const KEPT: usize = 1000;

/// What says nothing about what the program does with Vulkan.
const ALWAYS_IGNORED: [(&str, &str); 1] = [(
    "VALIDATION-SETTINGS",
    "it is about how the layer was switched on: the environment holds what older layers need and newer ones call deprecated",
)];

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Something may be wrong.
    Warning,
    /// Something is wrong.
    Error,
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageKind {
    /// The loader or a driver: not about what was called.
    General,
    /// A rule of the specification.
    Validation,
    /// A rule of thumb about speed.
    Performance,
}

/// One message of a layer or of the loader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub kind: MessageKind,
    /// Its id: `VUID-..`, `SYNC-HAZARD-..`.
    pub id: String,
    /// Its text.
    pub text: String,
}

/// An id whose messages are counted apart, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredMessage {
    /// The whole id.
    pub id: String,
    /// Why its messages say nothing about this program.
    pub reason: String,
}

/// What was said since the renderer was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageReport {
    /// How many messages there are, without those of ignored ids and those of kind [`MessageKind::General`].
    pub count: usize,
    /// The messages, all kinds, in the order they came; the first thousand.
    pub messages: Vec<Message>,
    /// Each ignored id, and how many of its messages came.
    pub ignored: Vec<(IgnoredMessage, usize)>,
}

impl MessageReport {
    /// Returns how many of the messages have `id`, or an id that begins so.
    pub fn count_of(&self, id: &str) -> usize {
        self.messages.iter().filter(|message| message.id.starts_with(id)).count()
    }
}

impl fmt::Display for MessageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} validation messages", self.count)?;
        for message in &self.messages {
            let severity = match message.severity {
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            let kind = match message.kind {
                MessageKind::General => " (general, not counted)",
                MessageKind::Validation => "",
                MessageKind::Performance => " (performance)",
            };
            writeln!(f, "{severity}{kind} {}: {}", message.id, message.text)?;
        }
        for (ignored, count) in self.ignored.iter().filter(|(_, count)| *count > 0) {
            writeln!(f, "ignored {}: {count} messages, because {}", ignored.id, ignored.reason)?;
        }
        Ok(())
    }
}

/// Takes messages from any thread.
pub(crate) struct MessageLog {
    ignored: Vec<IgnoredMessage>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    count: usize,
    messages: Vec<Message>,
    ignored: BTreeMap<usize, usize>,
}

impl MessageLog {
    pub(crate) fn new(mut ignored: Vec<IgnoredMessage>) -> Self {
        ignored
            .extend(ALWAYS_IGNORED.map(|(id, reason)| IgnoredMessage { id: id.to_owned(), reason: reason.to_owned() }));
        Self { ignored, state: Mutex::default() }
    }

    pub(crate) fn push(&self, message: Message) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = self.ignored.iter().position(|ignored| ignored.id == message.id) {
            *state.ignored.entry(index).or_default() += 1;
            return;
        }
        match message.kind {
            MessageKind::Validation | MessageKind::Performance => state.count += 1,
            MessageKind::General => {}
        }
        if state.messages.len() < KEPT {
            state.messages.push(message);
        }
    }

    pub(crate) fn report(&self) -> MessageReport {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let ignored = self.ignored.iter().enumerate();
        MessageReport {
            count: state.count,
            messages: state.messages.clone(),
            ignored: ignored.map(|(i, id)| (id.clone(), state.ignored.get(&i).copied().unwrap_or(0))).collect(),
        }
    }

    /// Describes the messenger that feeds `self`, which must outlive it.
    pub(crate) fn messenger(&self) -> vk::DebugUtilsMessengerCreateInfoEXT<'static> {
        vk::DebugUtilsMessengerCreateInfoEXT::default()
            .message_severity(
                vk::DebugUtilsMessageSeverityFlagsEXT::ERROR | vk::DebugUtilsMessageSeverityFlagsEXT::WARNING,
            )
            .message_type(
                vk::DebugUtilsMessageTypeFlagsEXT::GENERAL
                    | vk::DebugUtilsMessageTypeFlagsEXT::VALIDATION
                    | vk::DebugUtilsMessageTypeFlagsEXT::PERFORMANCE,
            )
            .pfn_user_callback(Some(receive))
            .user_data(std::ptr::from_ref(self).cast_mut().cast())
    }
}

/// Hands a message of the layers to the log.
///
/// # Safety
///
/// Called by Vulkan: `data` is valid for the call, and `log` is the [`MessageLog`] that [`MessageLog::messenger`] put there.
unsafe extern "system" fn receive(
    severity: vk::DebugUtilsMessageSeverityFlagsEXT,
    kind: vk::DebugUtilsMessageTypeFlagsEXT,
    data: *const vk::DebugUtilsMessengerCallbackDataEXT<'_>,
    log: *mut c_void,
) -> vk::Bool32 {
    // SAFETY: the log is shared, never moved while a messenger knows it (it is in an `Arc`), and alive as long as the messenger.
    let log = unsafe { log.cast::<MessageLog>().as_ref() };
    // SAFETY: Vulkan passes a valid structure for the time of the call.
    let data = unsafe { data.as_ref() };
    if let (Some(log), Some(data)) = (log, data) {
        // SAFETY: the strings are null or NUL-terminated and valid for the call.
        let id = unsafe { text(data.p_message_id_name) };
        // SAFETY: as above.
        let text = unsafe { text(data.p_message) };
        log.push(Message { severity: severity_of(severity), kind: kind_of(kind), id, text });
    }
    vk::FALSE
}

fn severity_of(flags: vk::DebugUtilsMessageSeverityFlagsEXT) -> Severity {
    if flags.contains(vk::DebugUtilsMessageSeverityFlagsEXT::ERROR) { Severity::Error } else { Severity::Warning }
}

fn kind_of(flags: vk::DebugUtilsMessageTypeFlagsEXT) -> MessageKind {
    if flags.contains(vk::DebugUtilsMessageTypeFlagsEXT::VALIDATION) {
        MessageKind::Validation
    } else if flags.contains(vk::DebugUtilsMessageTypeFlagsEXT::PERFORMANCE) {
        MessageKind::Performance
    } else {
        MessageKind::General
    }
}

/// Copies a string of Vulkan's.
///
/// # Safety
///
/// `string` is null, or NUL-terminated and valid for the call.
unsafe fn text(string: *const std::ffi::c_char) -> String {
    if string.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise, and it is not null.
    unsafe { CStr::from_ptr(string) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: MessageKind, id: &str) -> Message {
        Message { severity: Severity::Error, kind, id: id.to_owned(), text: "text".to_owned() }
    }

    #[test]
    fn ignored_ids_are_counted_apart_with_their_reason_and_the_loader_is_not_counted() {
        let log = MessageLog::new(vec![IgnoredMessage { id: "VUID-b".to_owned(), reason: "it is a lie".to_owned() }]);
        log.push(message(MessageKind::Validation, "VUID-a"));
        log.push(message(MessageKind::Validation, "VUID-b"));
        log.push(message(MessageKind::Validation, "VUID-b"));
        log.push(message(MessageKind::General, "Loader Message"));
        let report = log.report();
        assert!(!report.to_string().contains("VALIDATION-SETTINGS"), "none came: {report}");
        assert_eq!(report.count, 1);
        assert_eq!(report.count_of("VUID-a"), 1);
        assert_eq!(report.ignored[0].1, 2);
        let text = report.to_string();
        assert!(text.starts_with("1 validation messages\n"), "{text}");
        assert!(text.contains("ignored VUID-b: 2 messages, because it is a lie"), "{text}");
        assert!(text.contains("(general, not counted) Loader Message"), "{text}");
    }

    #[test]
    fn texts_past_the_limit_are_counted_still() {
        let log = MessageLog::new(Vec::new());
        for _ in 0..KEPT + 5 {
            log.push(message(MessageKind::Validation, "VUID-a"));
        }
        assert_eq!(log.report().count, KEPT + 5);
        assert_eq!(log.report().messages.len(), KEPT);
    }
}
