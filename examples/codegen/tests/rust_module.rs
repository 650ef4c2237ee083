//! The Rust of all plans in one crate that knows only `ash`: built with warnings denied, then run.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use fencewright_graphics::plan::{Plan, ResourceRef};

use super::{
    BEFORE, Case, assert_same, ends, folder, frames, has_submissions, named, output, prepares, random, raw, semaphore,
    write,
};

const MANIFEST: &str = r#"
[workspace]

[package]
name = "generated"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
ash = { version = "0.38", default-features = false, features = ["debug", "loaded", "std"] }
"#;

#[test]
fn generated_rust_records_what_the_plan_records() {
    let mut cases = frames();
    cases.extend(random::plans());
    let mut main = String::from(
        "#![deny(warnings, unsafe_op_in_unsafe_fn)]\nmod capture;\n#[allow(unused_imports)]\nuse ash::vk::Handle as _;\n",
    );
    let mut steps = String::new();
    let folder = folder("rust");
    write(folder.join("src/capture.rs"), include_str!("fresh/capture.rs"));
    for case in &cases {
        let module = case.plan.to_rust();
        let _ = write!(main, "#[allow(dead_code)]\nmod {};\n", case.name);
        steps.push_str(&step(case, &module));
        write(folder.join(format!("src/{}.rs", case.name)), &module);
    }
    let _ = write!(
        main,
        "\nfn main() {{\n    let (device, commands) = (capture::device(), Default::default());\n{steps}}}\n"
    );
    let printed = run(&folder, &main);
    assert_same(&cases, &printed);
    // The negative control: one bit of one mask.
    let flipped =
        cases.iter().position(|case| case.plan.to_rust().contains("COLOR_ATTACHMENT_WRITE")).expect("one draws");
    let module = cases[flipped].plan.to_rust().replacen("COLOR_ATTACHMENT_WRITE", "COLOR_ATTACHMENT_READ", 1);
    write(folder.join(format!("src/{}.rs", cases[flipped].name)), &module);
    assert_ne!(run(&folder, &main), printed);
}

/// Writes the program of all cases, builds it against the workspace's own version of `ash`, and runs it.
pub(super) fn run(folder: &Path, main: &str) -> String {
    write(folder.join("Cargo.toml"), MANIFEST);
    write(folder.join("src/main.rs"), main);
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    std::fs::copy(lock, folder.join("Cargo.lock")).expect("the lock file can be copied");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
    cargo.args(["run", "--quiet", "--offline", "--target-dir"]).arg(folder.join("target")).current_dir(folder);
    output(&mut cargo)
}

/// Returns the fields of the handles, in their order.
pub(super) fn fields(module: &str) -> Vec<&str> {
    let lines = module.lines().skip_while(|line| !line.starts_with("pub struct Handles"));
    let lines = lines.take_while(|line| !line.ends_with('}')).filter_map(|line| line.trim().strip_prefix("pub "));
    lines.filter_map(|field| Some(field.split_once(": vk::")?.0)).collect()
}

/// Runs every function of a module in turn.
fn step(case: &Case, module: &str) -> String {
    let Case { name, plan } = case;
    let resources: Vec<_> = named(plan).into_keys().collect();
    let fields = fields(module);
    assert_eq!(fields.len(), resources.len(), "a handle for each buffer and image that is named");
    let handles = |frame| {
        let fields = fields.iter().zip(&resources);
        let handle = |(name, resource): (&&str, &ResourceRef)| {
            format!("{name}: ash::vk::Handle::from_raw({:#x}), ", raw(*resource, frame))
        };
        format!("{name}::Handles {{ {}{} }}", fields.map(handle).collect::<String>(), families(plan))
    };
    let next = if prepares(plan) { ", &next" } else { "" };
    let mut out = format!("    println!(\"plan {name}\");\n    let handles = {};\n", handles(0));
    if prepares(plan) {
        let _ = writeln!(out, "    let next = {};", handles(1));
    }
    if !plan.prologue.is_empty() {
        let _ = writeln!(out, "    unsafe {{ {name}::prologue(&device, commands, &handles) }};");
        let _ = writeln!(out, "    print!(\"prologue\\n{{}}\", capture::take());");
    }
    let _ = writeln!(out, "    for pass in 0..{name}::PASSES.len() {{");
    let _ = writeln!(out, "        unsafe {{ {name}::before_pass(&device, commands, &handles, pass) }};");
    let _ = writeln!(out, "        print!(\"pass {{pass}}\\n{{}}\", capture::take());\n    }}");
    let _ = writeln!(out, "    for end in 0..{} {{", ends(plan));
    let _ = writeln!(out, "        unsafe {{ {name}::end_of_submission(&device, commands, &handles{next}, end) }};");
    let _ = writeln!(out, "        print!(\"end {{end}}\\n{{}}\", capture::take());\n    }}");
    if has_submissions(plan) {
        let queues = plan.topology.queues().len();
        let semaphores = (0..queues).map(|queue| format!("ash::vk::Handle::from_raw({:#x})", semaphore(queue)));
        let semaphores = semaphores.collect::<Vec<_>>().join(", ");
        let _ = write!(
            out,
            r#"    let (semaphores, before) = ([{semaphores}], {before:?});
    for submission in 0..{name}::SUBMISSIONS.len() {{
        println!("submission {{submission}}");
        for info in {name}::waits(submission, &semaphores, &before) {{
            println!("wait {{:x}} {{}} {{:x}}", info.semaphore.as_raw(), info.value, info.stage_mask.as_raw());
        }}
        let info = {name}::signal(submission, &semaphores, &before);
        println!("signal {{:x}} {{}} {{:x}}", info.semaphore.as_raw(), info.value, info.stage_mask.as_raw());
    }}
    assert_eq!({name}::QUEUES.len(), {queues});
    assert!({name}::SUBMISSIONS.iter().flat_map(|one| one.passes).all(|pass| *pass < {name}::PASSES.len()));
    assert!({name}::SUBMISSIONS.iter().all(|one| one.queue < {queues} && one.imports.len() + one.exports.len() < 9));
"#,
            before = &BEFORE[..queues],
        );
    }
    out
}

/// Writes the field with the queue families, where there is one.
pub(super) fn families(plan: &Plan) -> String {
    let families = plan.topology.queues().iter().map(|queue| queue.family).collect::<Vec<_>>();
    if plan.topology.has_several_families() { format!("families: {families:?}") } else { String::new() }
}
