//! The words of an identifier.

/// Splits an identifier into its words: `SceneDepthStencil` into `Scene`, `Depth`, `Stencil`.
///
/// A word starts at a capital letter after a small one, at the last capital of a run before a small letter (`HDRTarget`
/// is `HDR`, `Target`), and after `_` or digits.
pub(crate) fn words(ident: &str) -> Vec<String> {
    let letters: Vec<char> = ident.strip_prefix("r#").unwrap_or(ident).chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        let after_small = index > 0 && letters[index - 1].is_lowercase();
        let before_small = letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if !letter.is_alphabetic() || letter.is_uppercase() && (after_small || before_small) {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphabetic() {
            word.push(letter);
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_start_where_a_reader_sees_them() {
        for (ident, expected) in [
            ("VertexData", "Vertex Data"),
            ("SceneDepthStencil", "Scene Depth Stencil"),
            ("HDRTarget", "HDR Target"),
            ("UBO", "UBO"),
            ("CameraUBO", "Camera UBO"),
            ("UBOData", "UBO Data"),
            ("vertex_data", "vertex data"),
            ("Vertex2", "Vertex"),
            ("Mip0Texture", "Mip Texture"),
            ("Vertexes", "Vertexes"),
            ("Über", "Über"),
            ("ÄStorage", "Ä Storage"),
            ("r#Index", "Index"),
            ("_Index", "Index"),
            ("X", "X"),
        ] {
            assert_eq!(words(ident).join(" "), expected, "{ident}");
        }
    }
}
