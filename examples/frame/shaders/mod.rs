//! The shaders: WGSL, made into SPIR-V when the program starts.

use naga::back::spv;
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// One program of shaders, made of one or several files.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    name: &'static str,
    text: &'static str,
}

/// Joins files; the last gives the program its name.
macro_rules! source {
    ($($before:literal),* ; $name:literal) => {
        Source { name: $name, text: concat!($(include_str!($before), "\n",)* include_str!($name)) }
    };
}

/// Moves the sparks. Entry point `simulate`.
pub const PARTICLES: Source = source!("camera.wgsl"; "particles.wgsl");
/// Puts the objects in their places. Entry point `animate`.
pub const ANIMATE: Source = source!("camera.wgsl", "object.wgsl", "instance.wgsl"; "animate.wgsl");
/// Decides what a view draws. Entry point `cull`.
pub const CULL: Source = source!("view.wgsl", "object.wgsl"; "cull.wgsl");
/// Draws the shadow. Entry point `shadow_vertex`.
pub const SHADOW: Source = source!("view.wgsl", "instance.wgsl"; "shadow.wgsl");
/// Draws surfaces. Entry points `surface_vertex` and `gbuffer_fragment`.
pub const GBUFFER: Source = source!("view.wgsl", "instance.wgsl", "surface.wgsl"; "gbuffer.wgsl");
/// Lights what is seen. Entry point `light_up`.
pub const LIGHT: Source = source!("camera.wgsl", "sky.wgsl", "shade.wgsl"; "light.wgsl");
/// Draws glass, dust and sparks. Entry points `surface_vertex`, `glass_fragment` and their like.
pub const TRANSPARENT: Source = source!(
    "camera.wgsl", "sky.wgsl", "shade.wgsl", "view.wgsl", "instance.wgsl", "surface.wgsl"; "transparent.wgsl"
);
/// Gathers light over several frames. Entry point `accumulate`.
pub const ACCUMULATE: Source = source!("camera.wgsl"; "accumulate.wgsl");
/// Spreads what is bright. Entry points `brighten`, `downsample`, `spread` and `upsample`.
pub const BLOOM: Source = source!(; "bloom.wgsl");
/// Turns light into a picture. Entry points `tonemap_vertex` and `tonemap_fragment`.
pub const TONEMAP: Source = source!(; "tonemap.wgsl");

impl Source {
    /// Returns the name of the file that the program is named for.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// Why a shader does not compile.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct ShaderError {
    what: String,
}

/// Makes SPIR-V words of a program; its entry points keep their names.
///
/// # Errors
///
/// A program that is no valid WGSL, with the place in it.
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
        let cases: [(Source, &[&str]); 10] = [
            (PARTICLES, &["simulate"]),
            (ANIMATE, &["animate"]),
            (CULL, &["cull"]),
            (SHADOW, &["shadow_vertex"]),
            (GBUFFER, &["surface_vertex", "gbuffer_fragment"]),
            (LIGHT, &["light_up"]),
            (TRANSPARENT, &["surface_vertex", "glass_fragment", "dust_vertex", "spark_vertex", "speck_fragment"]),
            (ACCUMULATE, &["accumulate"]),
            (BLOOM, &["brighten", "downsample", "spread", "upsample"]),
            (TONEMAP, &["tonemap_vertex", "tonemap_fragment"]),
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
