//! Where the bytes of a glTF buffer or image are: in a file beside it, or inside the URI itself.

use std::path::{Path, PathBuf};

/// Reads what `uri` names; a relative one counts from `folder`.
pub fn read(uri: &str, folder: &Path) -> Result<Vec<u8>, String> {
    if let Some(data) = uri.strip_prefix("data:") {
        let encoded = data
            .split_once(";base64,")
            .map(|(_, encoded)| encoded)
            .ok_or("a `data:` URI without `;base64,`; write the data as base64")?;
        return base64(encoded.as_bytes());
    }
    if uri.contains("://") {
        return Err(format!("`{uri}` is not on this machine; download it and name the file"));
    }
    let path = folder.join(decoded(uri)?);
    std::fs::read(&path).map_err(|error| format!("`{}` cannot be read ({error}); copy it there", path.display()))
}

/// Replaces `%20` and its like.
fn decoded(uri: &str) -> Result<PathBuf, String> {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escape = (first == b'%').then(|| tail.get(..2)).flatten();
        let value =
            escape.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(value.unwrap_or(first));
        rest = if value.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).map(PathBuf::from).map_err(|_| format!("`{uri}` does not name a file in UTF-8"))
}

fn base64(encoded: &[u8]) -> Result<Vec<u8>, String> {
    let end = encoded.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let mut bytes = Vec::with_capacity(end / 4 * 3 + 2);
    for group in encoded[..end].chunks(4) {
        let mut bits = 0_u32;
        for &byte in group {
            bits = bits << 6 | sextet(byte).ok_or_else(|| format!("`{}` is no base64", byte.escape_ascii()))?;
        }
        // A group of n characters holds n - 1 bytes.
        bits <<= 6 * (4 - group.len());
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Ok(bytes)
}

const fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_every_tail_length() {
        // RFC 4648, section 10.
        for (encoded, text) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmFy", "foobar")]
        {
            assert_eq!(base64(encoded.as_bytes()).as_deref(), Ok(text.as_bytes()));
        }
        assert_eq!(base64(b"+/8").as_deref(), Ok(&[0xfb, 0xff][..]));
        assert!(base64(b"Zm9v!").is_err());
    }

    #[test]
    fn a_data_uri_needs_no_file() {
        assert_eq!(read("data:application/octet-stream;base64,AAEC", Path::new("/nowhere")), Ok(vec![0, 1, 2]));
    }

    #[test]
    fn escapes_in_file_names() {
        assert_eq!(decoded("a%20b%2Fc"), Ok(PathBuf::from("a b/c")));
        assert_eq!(decoded("100%"), Ok(PathBuf::from("100%")));
        assert!(decoded("%ff").is_err());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = read("missing.bin", Path::new("/nowhere")).expect_err("there is no such file");
        assert!(error.contains("/nowhere/missing.bin"), "{error}");
        assert!(read("https://example.org/a.bin", Path::new("")).is_err());
    }
}
