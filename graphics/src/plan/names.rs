//! The specification's names of image aspects, and counted words; names of stages, accesses and layouts belong to the table
//! of usages.

use ash::vk;

/// Returns the names of image aspects: `COLOR`, or `DEPTH | STENCIL`; bits without a name in hexadecimal.
pub(crate) fn aspects(aspects: vk::ImageAspectFlags) -> String {
    let names = [
        (vk::ImageAspectFlags::COLOR, "COLOR"),
        (vk::ImageAspectFlags::DEPTH, "DEPTH"),
        (vk::ImageAspectFlags::STENCIL, "STENCIL"),
        (vk::ImageAspectFlags::PLANE_0, "PLANE_0"),
        (vk::ImageAspectFlags::PLANE_1, "PLANE_1"),
        (vk::ImageAspectFlags::PLANE_2, "PLANE_2"),
    ];
    let named = names.iter().filter(|(bit, _)| aspects.contains(*bit));
    let mut set: Vec<String> = named.map(|(_, name)| (*name).to_owned()).collect();
    let nameless = names.iter().fold(aspects, |left, (bit, _)| left & !*bit);
    if !nameless.is_empty() {
        set.push(format!("{:#x}", nameless.as_raw()));
    }
    if set.is_empty() { "NONE".to_owned() } else { set.join(" | ") }
}

/// Counts something: `1 call`, `2 calls`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
