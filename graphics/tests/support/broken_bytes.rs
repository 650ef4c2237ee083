//! Files with a few wrong bytes, for whoever reads files.

/// Swaps, drops, doubles or replaces one or two bytes of `text`; `below(end)` draws a number below `end`. What is put in is ASCII.
pub(crate) fn broken_bytes(text: &str, below: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=below(2) {
        let (one, other) = (below(bytes.len()), below(bytes.len()));
        match below(4) {
            0 => bytes.swap(one, other),
            1 => drop(bytes.remove(one)),
            2 => bytes.insert(one, bytes[other]),
            _ => bytes[one] = below(128) as u8,
        }
    }
    bytes
}
