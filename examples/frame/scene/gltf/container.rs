//! The two shapes of a glTF file: JSON alone, or JSON and one buffer in a `.glb`.

use super::schema::File;

const JSON: u32 = 0x4e4f_534a;
const BIN: u32 = 0x004e_4942;

/// Splits a file into what it says and the buffer it carries.
pub fn open(bytes: &[u8]) -> Result<(File, Option<Vec<u8>>), String> {
    let (json, buffer) = if bytes.starts_with(b"glTF") { split(bytes)? } else { (bytes, None) };
    let file: File = serde_json::from_slice(json)
        .map_err(|error| format!("it is no glTF 2.0 file ({error}); export it as `.gltf` or `.glb`"))?;
    if file.asset.version.is_empty() {
        let missing = "it does not say which version of glTF it is (`asset.version` is missing); export it as glTF 2.0";
        return Err(missing.to_owned());
    }
    if !file.asset.version.starts_with("2.") {
        return Err(format!("it is glTF version `{}`; export it as glTF 2.0", file.asset.version));
    }
    if let Some(extension) = file.extensions_required.first() {
        return Err(format!("it needs the extension `{extension}`, which is not supported; export it without"));
    }
    Ok((file, buffer.map(<[u8]>::to_vec)))
}

/// Section 4.4 of the specification: a header of three words, then chunks of length, kind and data.
fn split(bytes: &[u8]) -> Result<(&[u8], Option<&[u8]>), String> {
    let broken = "it ends inside its data; copy or export it again";
    if word(bytes, 4) != Some(2) {
        return Err("it is no `.glb` of version 2; export it as glTF 2.0".to_owned());
    }
    let chunk = |start: usize| -> Option<(u32, &[u8])> {
        let (len, kind) = (word(bytes, start)? as usize, word(bytes, start + 4)?);
        Some((kind, bytes.get(start + 8..(start + 8).checked_add(len)?)?))
    };
    let (kind, json) = chunk(12).ok_or(broken)?;
    if kind != JSON {
        return Err("its first part is not JSON; export it again".to_owned());
    }
    let rest = 20 + json.len();
    if rest >= bytes.len() {
        return Ok((json, None));
    }
    let (kind, buffer) = chunk(rest).ok_or(broken)?;
    Ok((json, (kind == BIN).then_some(buffer)))
}

fn word(bytes: &[u8], start: usize) -> Option<u32> {
    bytes.get(start..start + 4)?.try_into().ok().map(u32::from_le_bytes)
}
