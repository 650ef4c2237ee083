//! Builds the layer that shows three queue families above a device with one, and says what selects it. Tests of several
//! packages include this file.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const SOURCE: &str = include_str!("three_families.c");

/// Returns the variables that show three families to a process that is started with them.
///
/// # Errors
///
/// If there is no C compiler, or the layer does not build.
pub(crate) fn environment() -> io::Result<[(&'static str, String); 2]> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| build().map_err(|error| error.to_string()));
    let folder = folder.as_deref().map_err(|error| io::Error::other(error.clone()))?;
    let installed = std::env::var("VK_LAYER_PATH");
    let installed =
        installed.unwrap_or_else(|_| "/usr/share/vulkan/explicit_layer.d:/etc/vulkan/explicit_layer.d".to_owned());
    Ok([
        ("VK_LAYER_PATH", format!("{installed}:{}", folder.display())),
        // What is named first stands closest to the application: the validation layer must see the families.
        ("VK_INSTANCE_LAYERS", "VK_LAYER_KHRONOS_validation:VK_LAYER_FENCEWRIGHT_three_families".to_owned()),
    ])
}

/// Builds the layer; returns the folder with its manifest.
fn build() -> io::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("three_families_{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (source, library) = (folder.join("three_families.c"), folder.join("libthree_families.so"));
    std::fs::write(&source, SOURCE)?;
    let output = Command::new("cc")
        .args(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-pthread"])
        .args(["-fvisibility=hidden", "-o"])
        .args([&library, &source])
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("the layer needs a C compiler and the package `libvulkan-dev`:\n{said}")));
    }
    let manifest = format!(
        "{{\"file_format_version\": \"1.2.0\", \"layer\": {{\"name\": \"VK_LAYER_FENCEWRIGHT_three_families\", \"type\": \"GLOBAL\", \
         \"library_path\": {:?}, \"api_version\": \"1.3.230\", \"implementation_version\": \"1\", \
         \"description\": \"three queue families above one queue\"}}}}",
        library.to_string_lossy()
    );
    std::fs::write(folder.join("three_families.json"), manifest)?;
    Ok(folder)
}
