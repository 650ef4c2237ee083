//! A reader that hangs up, as `| head -1` does, is no error of an example.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Builds an example the way this test was built.
fn built(example: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let profile = test.ancestors().nth(2).expect("it is in `target/PROFILE/deps`");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", env!("CARGO_PKG_NAME"), "--example", example]);
    cargo.arg("--target-dir").arg(profile.parent().expect("a profile is in `target`"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo runs").success(), "the example does not build");
    profile.join("examples").join(format!("{example}{}", std::env::consts::EXE_SUFFIX))
}

/// Runs an example whose reader has left before it starts.
fn unread(example: &Path) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    Command::new(example).stdout(writer).stderr(Stdio::piped()).output().expect("the program starts")
}

#[test]
fn what_nobody_reads_is_no_error() {
    let output = unread(&built("hello_schedule"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{}: {stderr}", output.status);
}

/// Lists the sources under a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The macro of the standard library panics where nobody reads; the one of the same name from here does not.
#[test]
fn no_example_prints_with_the_macro_that_panics() {
    let mut files = Vec::new();
    for folder in ["ecs", "codegen", "frame", "parallel_recording_demo", "plan", "schedule"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    let top = std::fs::read_dir(env!("CARGO_MANIFEST_DIR")).expect("it is a folder");
    files.extend(top.map(|entry| entry.expect("it can be read").path()).filter(|path| path.is_file()));
    let text = |path: &PathBuf| std::fs::read_to_string(path).expect("it is text");
    let prints = |text: &str| text.replace("eprintln!", "").contains("println!(");
    let is_run = |path: &PathBuf| {
        !path.components().any(|part| ["benches", "tests"].map(OsStr::new).contains(&part.as_os_str()))
    };
    let (ours, std): (Vec<_>, Vec<_>) = files
        .into_iter()
        .filter(|path| is_run(path) && prints(&text(path)))
        .partition(|path| text(path).contains("use fencewright_examples::println;"));
    assert!(std.is_empty(), "write `use fencewright_examples::println;` in {std:?}");
    assert!(ours.len() > 10, "only {ours:?} print");
}
