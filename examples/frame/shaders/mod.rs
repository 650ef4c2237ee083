//! The shaders: WGSL, made into SPIR-V when the program starts.

use naga::back::spv;
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// One file of shaders.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    name: &'static str,
    text: &'static str,
}

/// Animates and culls. Entry point `animate`.
pub const ANIMATE: Source =
    Source { name: "animate.wgsl", text: concat!(include_str!("camera.wgsl"), include_str!("animate.wgsl")) };

/// Draws the sky, the objects and the dust. Entry points `object_vertex`, `object_fragment` and their like.
pub const SCENE: Source = Source {
    name: "scene.wgsl",
    text: concat!(include_str!("camera.wgsl"), include_str!("sky.wgsl"), include_str!("scene.wgsl")),
};

/// Turns light into a picture. Entry points `post_vertex` and `post_fragment`.
pub const POST: Source = Source { name: "post.wgsl", text: include_str!("post.wgsl") };

/// Why a shader does not compile.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct ShaderError {
    what: String,
}

/// Makes SPIR-V words of a file; its entry points keep their names.
///
/// # Errors
///
/// A file that is no valid WGSL, with the place in it.
pub fn compile(source: Source) -> Result<Vec<u32>, ShaderError> {
    let broken = |what: String| ShaderError { what: format!("shader `{}`: {what}", source.name) };
    let module =
        naga::front::wgsl::parse_str(source.text).map_err(|error| broken(error.emit_to_string(source.text)))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .map_err(|error| broken(error.emit_to_string(source.text)))?;
    let mut options = spv::Options { lang_version: (1, 3), ..spv::Options::default() };
    // Vulkan wants the size of points said, and WGSL cannot say it: it is 1.
    options.flags |= spv::WriterFlags::FORCE_POINT_SIZE;
    spv::write_vec(&module, &info, &options, None).map_err(|error| broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shader_compiles_and_keeps_its_entry_points() {
        let cases: [(Source, &[&str]); 3] = [
            (ANIMATE, &["animate"]),
            (
                SCENE,
                &["object_vertex", "object_fragment", "sky_vertex", "sky_fragment", "dust_vertex", "dust_fragment"],
            ),
            (POST, &["post_vertex", "post_fragment"]),
        ];
        for (source, entries) in cases {
            let words = compile(source).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(words[0], 0x0723_0203, "the magic number of SPIR-V");
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            for entry in entries {
                let found = bytes.windows(entry.len()).any(|window| window == entry.as_bytes());
                assert!(found, "{}: `{entry}` is missing", source.name);
            }
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let error = compile(Source { name: "wrong.wgsl", text: "fn f() { let a = b; }" }).expect_err("there is no `b`");
        let text = error.to_string();
        assert!(text.contains("wrong.wgsl") && text.contains("no definition in scope for identifier: `b`"), "{text}");
    }
}
