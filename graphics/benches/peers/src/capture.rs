//! The capturing layer: found beside this program, switched on for everyone in it.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::PathBuf;
use std::sync::OnceLock;

unsafe extern "C" {
    fn dlopen(name: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

const RTLD_NOW: c_int = 2;

type Switch = extern "C" fn(bool);
type Take = extern "C" fn() -> *mut c_char;
type Free = unsafe extern "C" fn(*mut c_char);

static LAYER: OnceLock<(Switch, Take, Free)> = OnceLock::new();

/// Writes the layer's manifest, tells the Vulkan loader of it, and opens it.
///
/// # Safety
///
/// No other thread runs, and no Vulkan instance was made.
pub(crate) unsafe fn install() {
    let folder = std::env::current_exe().expect("the program is a file").parent().expect("in a folder").to_path_buf();
    let library: PathBuf = folder.join("libfencewright_capture_layer.so");
    let manifest = folder.join("capture-layer");
    std::fs::create_dir_all(&manifest).expect("the folder can be made");
    let text = format!(
        r#"{{"file_format_version": "1.2.0", "layer": {{"name": "VK_LAYER_FENCEWRIGHT_capture", "type": "GLOBAL", "library_path": "{}", "api_version": "1.3.0", "implementation_version": "1", "description": "writes down barriers"}}}}"#,
        library.display()
    );
    std::fs::write(manifest.join("capture.json"), text).expect("the manifest can be written");
    // SAFETY: the caller's promise.
    unsafe {
        std::env::set_var("VK_LAYER_PATH", &manifest);
        std::env::set_var("VK_INSTANCE_LAYERS", "VK_LAYER_FENCEWRIGHT_capture");
    }
    let path = CString::new(library.to_string_lossy().as_bytes()).expect("a path");
    // SAFETY: the layer's functions have these types.
    LAYER.get_or_init(|| unsafe {
        let library = dlopen(path.as_ptr(), RTLD_NOW);
        assert!(!library.is_null(), "build the layer: cargo build --release --workspace");
        let find = |name: &CStr| {
            let found = dlsym(library, name.as_ptr());
            assert!(!found.is_null());
            found
        };
        (
            std::mem::transmute::<*mut c_void, Switch>(find(c"fencewright_capture")),
            std::mem::transmute::<*mut c_void, Take>(find(c"fencewright_take")),
            std::mem::transmute::<*mut c_void, Free>(find(c"fencewright_free")),
        )
    });
}

/// Runs something and returns what it submitted.
pub(crate) fn captured(run: impl FnOnce()) -> String {
    let (switch, take, free) = LAYER.get().expect("the layer is installed");
    switch(true);
    run();
    switch(false);
    let text = take();
    // SAFETY: the layer's text, given back.
    unsafe {
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        free(text);
        copy
    }
}
