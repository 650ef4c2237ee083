//! The frame as a user meets it: the program, its files, its messages and its exit code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use fencewright_graphics::Validation;

#[path = "../../../graphics/tests/layers/three_families.rs"]
mod three_families;

/// The program, built the way this test was.
static FRAME: LazyLock<PathBuf> = LazyLock::new(|| {
    let test = std::env::current_exe().expect("a test knows where it is");
    let profile = test.ancestors().nth(2).expect("it is in `target/PROFILE/deps`");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", env!("CARGO_PKG_NAME"), "--example", "frame"]);
    cargo.arg("--target-dir").arg(profile.parent().expect("a profile is in `target`"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo runs").success(), "the example does not build");
    profile.join("examples").join(format!("frame{}", std::env::consts::EXE_SUFFIX))
});

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        Self(std::env::temp_dir().join(format!("fencewright-frame-{}-{test}", std::process::id())))
    }

    fn files(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.0) else { return Vec::new() };
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("it can be read").file_name();
        let mut names: Vec<_> = entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It is not there where the program ended before it made it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn frame(out: &Path, arguments: &str) -> Command {
    let mut command = Command::new(&*FRAME);
    command.arg("--out").arg(out).args(arguments.split_whitespace());
    command
}

/// Hides every Vulkan driver.
fn without_a_driver(command: &mut Command) -> &mut Command {
    command.env("VK_ICD_FILENAMES", "/nonexistent").env("VK_DRIVER_FILES", "/nonexistent")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

#[test]
fn without_a_driver_the_plan_is_printed_and_nothing_runs() {
    let out = Folder::new("no-driver");
    let output = run(without_a_driver(&mut frame(&out.0, "")));
    let stdout = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(stdout.contains("pass `DrawSurfaces`") && stdout.contains("nothing was executed"), "{stdout}");
    assert!(stdout.contains("mesa-vulkan-drivers"), "the package to install is missing in\n{stdout}");
    assert_eq!(out.files(), ["plan.json", "plan.txt", "schedule.dot"]);
}

/// The names of the passes in the order of the plan.
fn passes(plan: &[u8]) -> Vec<String> {
    let plan: serde_json::Value = serde_json::from_slice(plan).expect("the plan is JSON");
    let passes = plan["passes"].as_array().expect("a list").iter();
    passes.map(|pass| pass["name"].as_str().expect("a name").to_owned()).collect()
}

/// Plans without a driver: the plan, and its passes in order.
fn planned(arguments: &str) -> (String, Vec<String>) {
    let out = Folder::new(&format!("planned{}", arguments.replace(' ', "")));
    let output = run(without_a_driver(&mut frame(&out.0, arguments)));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let [plan, shown] = [text(&out.read("plan.txt")), text(&output.stdout)];
    assert!(plan.lines().take(200).eq(shown.lines().take(200)), "`{arguments}` prints another plan than\n{plan}");
    (plan, passes(&out.read("plan.json")))
}

#[test]
fn without_a_driver_every_option_of_planning_changes_the_plan() {
    let (mut plans, order) = (vec![planned("").0], planned("").1);
    for arguments in [
        "--policy per-resource",
        "--policy unified-layouts",
        "--topology transfer",
        "--topology transfer --policy per-resource",
        "--topology transfer --policy merged-global",
        "--topology transfer --policy unified-layouts",
        "--topology async",
    ] {
        let (plan, same) = planned(arguments);
        assert_eq!(same, order, "`{arguments}` moves passes");
        assert!(!plans.contains(&plan), "`{arguments}` changes nothing");
        plans.push(plan);
    }
    // On one queue no order is better than the declared one; on three, one is.
    assert_eq!(planned("--reorder").0, plans[0]);
    let (plan, other) = planned("--topology async --reorder");
    let sorted = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    assert!(other != order && sorted(&other) == sorted(&order), "{other:?}");
    let calls =
        |plan: &str| plan.split(", ").nth(1).and_then(|calls| calls.strip_suffix(" calls")?.parse::<u32>().ok());
    let (better, declared) = (calls(&plan), plans.last().and_then(|plan| calls(plan)));
    assert!(better.is_some() && better < declared, "{better:?} calls, not fewer than {declared:?}");
}

#[test]
fn without_a_driver_nothing_passes_for_validated() {
    for arguments in ["--validate", "--mode validate"] {
        let out = Folder::new("no-validation");
        let output = run(without_a_driver(&mut frame(&out.0, arguments)));
        let stderr = text(&output.stderr);
        assert!(!output.status.success() && stderr.contains("nothing could be validated"), "{arguments}: {stderr}");
        assert!(stderr.contains("mesa-vulkan-drivers"), "the package to install is missing in\n{stderr}");
    }
}

#[test]
fn the_report_is_one_json_object() {
    let out = Folder::new("json");
    let output = run(without_a_driver(&mut frame(&out.0, "--json")));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is one object");
    for key in ["systems", "edges", "passes", "barriers", "device", "executed", "validation_messages", "frame_ms"] {
        assert!(report.get(key).is_some(), "`{key}` is missing in {report:#}");
    }
    assert_eq!((report["systems"].as_u64(), report["passes"].as_u64()), (Some(32), Some(26)));
    assert_eq!(report["executed"], false);
    serde_json::from_slice::<serde_json::Value>(&out.read("plan.json")).expect("the plan is JSON");
}

#[test]
fn hints_need_no_device() {
    let out = Folder::new("hints");
    let output = run(&mut frame(&out.0, "--mode hints"));
    let stdout = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(stdout.contains("COPY / TRANSFER_WRITE") && stdout.contains("`--mode hints`"), "{stdout}");
}

#[test]
fn mistakes_are_named_with_the_edit() {
    let out = Folder::new("mistakes");
    let scene = Folder::new("mistakes-scene");
    std::fs::create_dir_all(&scene.0).expect("the folder for temporary files can be written");
    let broken = scene.0.join("broken.gltf");
    std::fs::write(&broken, "{").expect("it can be written");
    let broken = format!("--scene {}", broken.display());
    for (arguments, name, edit) in [
        ("--scene missing.glb", "missing.glb", "check `--scene`"),
        (broken.as_str(), "broken.gltf", "export it as `.gltf` or `.glb`"),
        ("--size 0x720", "--size", "1 or more"),
        ("--size 720", "--size", "as in 1280x720"),
        ("--threads 0", "--threads", "from 1 to 1024"),
        ("--frames 0", "--frames", "1 or more"),
        ("--mode fast", "--mode", "hints, validate, auto"),
        ("--topology two", "--topology", "one, transfer, async"),
        ("--mode hints --validate", "--mode hints", "leave out `--validate`"),
        ("--mode hints --trace t.json", "--mode hints", "leave out `--trace`"),
        ("--mode validate --topology async", "--mode validate", "leave out `--topology`"),
        ("--colour red", "--colour", "--help"),
    ] {
        let output = run(&mut frame(&out.0, arguments));
        let stderr = text(&output.stderr);
        // No code at all would mean that a signal ended it.
        assert!(output.status.code().is_some_and(|code| code != 0), "`{arguments}`: {}", output.status);
        assert!(stderr.contains(name) && stderr.contains(edit), "`{arguments}`: {stderr}");
        assert!(!stderr.contains("panicked"), "`{arguments}`: {stderr}");
        assert!(out.files().is_empty(), "`{arguments}` leaves {:?}", out.files());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let out = Folder::new("in-the-way");
    std::fs::write(&out.0, "").expect("the folder for temporary files can be written");
    let output = run(&mut frame(&out.0.join("out"), "--mode hints"));
    std::fs::remove_file(&out.0).expect("the test made it");
    let stderr = text(&output.stderr);
    assert!(!output.status.success() && stderr.contains("in-the-way") && stderr.contains("--out"), "{stderr}");
}

/// Before anything is drawn: without a driver nothing is, and the trace is refused all the same.
#[test]
fn a_trace_that_cannot_be_written_is_named_at_once() {
    let out = Folder::new("no-trace");
    let missing = out.0.join("missing").join("trace.json");
    for (trace, why) in [(missing.as_path(), "No such file"), (out.0.as_path(), "is a directory")] {
        let output = run(without_a_driver(frame(&out.0, "").arg("--trace").arg(trace)));
        let stderr = text(&output.stderr);
        assert!(!output.status.success() && stderr.contains(&*trace.to_string_lossy()), "{stderr}");
        assert!(stderr.contains(why) && stderr.contains("--trace"), "{stderr}");
        assert!(out.files().is_empty(), "{:?}", out.files());
    }
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_picture_is_the_same_on_any_number_of_threads_and_every_time() {
    let picture = |name: &str, threads: u32| {
        let out = Folder::new(name);
        let output = run(&mut frame(&out.0, &format!("--size 96x54 --frames 4 --threads {threads}")));
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(out.files(), ["frame.png", "plan.json", "plan.txt", "schedule.dot"]);
        (out.read("frame.png"), out.read("plan.txt"))
    };
    let first = picture("one", 1);
    for (name, threads) in [("two", 2), ("again", 1), ("twice", 2)] {
        assert!(picture(name, threads) == first, "`{name}`, with {threads} threads, differs");
    }
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_picture_is_the_same_under_every_policy_and_reordered() {
    let picture = |policy: &str| {
        let out = Folder::new(&policy.replace(' ', ""));
        let output = run(&mut frame(&out.0, &format!("--size 96x54 --frames 3 --policy {policy}")));
        assert!(output.status.success(), "{}", text(&output.stderr));
        (out.read("frame.png"), out.read("plan.txt"))
    };
    let (first, plan) = picture("joined");
    assert!(picture("joined --reorder").0 == first, "`--reorder` draws another picture");
    for policy in ["per-resource", "merged-global", "unified-layouts"] {
        let (other, other_plan) = picture(policy);
        assert!(other == first, "`{policy}` draws another picture");
        assert!(other_plan != plan, "`{policy}` has the same plan");
    }
}

#[test]
fn hints_know_the_queues() {
    for (topology, queues) in [("one", 1), ("transfer", 2), ("async", 3)] {
        let out = Folder::new(&format!("hints-{topology}"));
        let output = run(&mut frame(&out.0, &format!("--mode hints --json --topology {topology}")));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is one object");
        let [submissions, waits, pairs] = counts_of_queues(&report);
        assert_eq!(report["queues"].as_array().map(Vec::len), Some(queues), "{report:#}");
        assert!(
            (submissions >= queues as u64) && (waits > 0) == (queues > 1) && (pairs > 0) == (queues > 1),
            "{report:#}"
        );
    }
}

fn counts_of_queues(report: &serde_json::Value) -> [u64; 3] {
    ["submissions", "timeline_waits", "ownership_pairs"].map(|key| report[key].as_u64().expect("a number"))
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_picture_is_the_same_where_one_queue_stands_for_several() {
    let picture = |topology: &str| {
        let out = Folder::new(&format!("alias-{topology}"));
        let output = run(&mut frame(&out.0, &format!("--size 96x54 --frames 4 --json --topology {topology}")));
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is one object");
        (out.read("frame.png"), report)
    };
    let (first, report) = picture("one");
    assert_eq!((counts_of_queues(&report), &report["alias"]), ([1, 0, 0], &false.into()));
    for topology in ["transfer", "async"] {
        let (other, report) = picture(topology);
        let [submissions, waits, pairs] = counts_of_queues(&report);
        assert!(report["alias"] == true && submissions > 2 && waits > 1 && pairs == 0, "{report:#}");
        assert!(other == first, "`{topology}` draws another picture");
    }
}

#[test]
#[ignore = "needs a Vulkan driver and the validation layer: the packages mesa-vulkan-drivers and vulkan-validationlayers"]
fn the_picture_is_the_same_on_queues_of_three_families() {
    let layers = three_families::environment().expect("the layer builds");
    // Layers before 1.3.296 know nothing of timeline semaphores between queues: that they are not to look between submits, the
    // program sees to. Newer ones do so by themselves.
    let (variable, checks) = Validation::ENVIRONMENT;
    let picture = |topology: &str| {
        let out = Folder::new(&format!("families-{topology}"));
        let arguments = format!("--size 96x54 --frames 4 --validate --json --topology {topology}");
        let output = run(frame(&out.0, &arguments).envs(layers.clone()).env(variable, checks));
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
        assert_eq!(report["validation_messages"], 0, "{report:#}\n{}", text(&output.stdout));
        assert!(output.status.success(), "{report:#}\n{}", text(&output.stderr));
        let is_told =
            report["validation_layer"].as_str().is_some_and(|layer| layer.contains("know no timeline semaphores"));
        assert!(!is_told || topology != "one", "on one queue every layer looks between submits: {report:#}");
        (out.read("frame.png"), report)
    };
    let (first, _) = picture("one");
    for (topology, families) in [("transfer", vec![0, 2]), ("async", vec![0, 1, 2])] {
        let (other, report) = picture(topology);
        let [submissions, waits, pairs] = counts_of_queues(&report);
        assert_eq!((&report["queue_families"], &report["alias"]), (&families.into(), &false.into()), "{report:#}");
        assert!(submissions > 2 && waits > 1 && pairs > 0, "{report:#}");
        assert!(other == first, "`{topology}` draws another picture");
    }
}

#[test]
#[ignore = "needs a Vulkan driver and the validation layer: the packages mesa-vulkan-drivers and vulkan-validationlayers"]
fn a_driver_executes_the_order_that_is_planned_without_one() {
    let layers = three_families::environment().expect("the layer builds");
    for arguments in ["--topology async", "--topology async --reorder"] {
        let out = Folder::new(&format!("ordered{}", arguments.replace(' ', "")));
        let output = run(frame(&out.0, &format!("--size 64x36 --frames 3 {arguments}")).envs(layers.clone()));
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(passes(&out.read("plan.json")), planned(arguments).1, "{arguments}");
    }
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_readme_states_the_counts_of_the_frame() {
    let out = Folder::new("counts");
    let output = run(&mut frame(&out.0, "--size 64x36 --frames 3 --json"));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is one object");
    let readme = include_str!("../../../README.md");
    for counts in [&report, &report["just_in_time"], &report["full_barriers"]] {
        let row = format!("| {} | {} | {} |\n", counts["calls"], counts["structs"], counts["false_pairs"]);
        assert!(readme.contains(&row), "`{row}` is missing in the README: {report:#}");
    }
    let all = format!("{} passes and {} dependencies", report["passes"], report["dependencies"]);
    assert!(readme.contains(&all), "`{all}` is missing in the README");
    let plan = text(&out.read("plan.txt"));
    let shadow = "`DrawShadow` writes it as DepthStencilClear (examples/frame/systems/surfaces.rs:25:18); \
        `LightSurfaces` reads it as ComputeSampled (examples/frame/systems/light.rs:26:5)";
    assert!(plan.contains(shadow), "the README quotes another plan than\n{plan}");
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn each_barrier_that_a_system_leaves_out_is_named() {
    let out = Folder::new("left-out");
    let trace = out.0.join("trace.json");
    let arguments = format!("--size 64x36 --frames 2 --mode validate --json --trace {}", trace.display());
    let output = run(&mut frame(&out.0, &arguments));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is one object");
    let left_out = &report["left_out"];
    assert!(left_out["barriers"].as_u64().is_some_and(|count| count > 30), "{left_out:#}");
    assert_eq!((&left_out["named"], &left_out["not_needed"]), (&left_out["barriers"], &0.into()), "{left_out:#}");
    assert_eq!(report["systems_by_hand"], 26);
    let one = &report["left_out_one_at_a_time"];
    let [barriers, named, not_needed] =
        ["barriers", "named", "not_needed"].map(|count| one[count].as_u64().unwrap_or(0));
    assert_eq!(named + not_needed, barriers, "{one:#}");
    assert!(named > 50, "some are not needed, as what is emitted for others orders more: {one:#}");
    let missing = text(&out.read("missing.txt"));
    let shadow = "left out before `LightSurfaces`: GpuImage<ShadowDepth>";
    assert!(
        missing.contains(shadow) && missing.contains("MISSING BARRIER: image `GpuImage<ShadowDepth>`"),
        "{missing}"
    );
    let trace: serde_json::Value = serde_json::from_slice(&out.read("trace.json")).expect("the trace is JSON");
    let slices = trace["traceEvents"].as_array().expect("a list").iter().filter(|event| event["ph"] == "X");
    assert_eq!(slices.count(), 2 * 32, "two frames of 32 systems");
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_compute_passes_agree_with_the_reference_on_the_cpu() {
    let out = Folder::new("reference");
    let output = run(&mut frame(&out.0, "--size 96x54 --frames 8 --json"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is one object");
    assert_eq!(report["executed"], true);
    assert_eq!(report["reference_draw_differences"], 0, "the same objects are culled");
    assert!(report["reference_transform_difference"].as_f64().is_some_and(|off| off < 4.0 / 2048.0), "{report:#}");
    assert!(report["reference_particle_distance"].as_f64().is_some_and(|off| off < 0.005), "{report:#}");
    let levels = report["reference_level_differences"].as_array().expect("a number for each level");
    assert_eq!(levels.len(), 12);
    assert!(levels.iter().all(|off| off.as_f64().is_some_and(|off| off < 1.5 / 1024.0)), "{report:#}");
    let (drawn, culled) = (report["drawn"].as_u64(), report["culled"].as_u64());
    assert!(drawn.is_some_and(|drawn| drawn > 100) && culled.is_some_and(|culled| culled > 100), "{report:#}");
    assert_eq!(report["entities"], 100_000);
}

#[test]
#[ignore = "needs a Vulkan driver and the validation layer: the packages mesa-vulkan-drivers and vulkan-validationlayers"]
fn the_validation_layer_has_nothing_to_say() {
    for (threads, policy) in [(1, "joined"), (2, "joined"), (2, "unified-layouts")] {
        let out = Folder::new("validation");
        let arguments = format!("--size 64x36 --frames 4 --validate --json --threads {threads} --policy {policy}");
        let output = run(&mut frame(&out.0, &arguments));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is one object");
        assert_eq!(report["validation_messages"], 0, "{report:#}");
        assert!(report["validation_layer"].is_string(), "{report:#}");
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_picture_that_is_too_large_is_named_with_the_edit() {
    let out = Folder::new("too-large");
    let output = run(&mut frame(&out.0, "--size 1000000x1000000"));
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("GpuImage<Light>") && stderr.contains("--size"), "{stderr}");
    assert!(out.files().is_empty(), "{:?}", out.files());
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_missing_validation_layer_is_named_with_its_package() {
    let out = Folder::new("no-layer");
    let output = run(frame(&out.0, "--validate").env("VK_LAYER_PATH", "/nonexistent"));
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("vulkan-validationlayers"), "{stderr}");
}
