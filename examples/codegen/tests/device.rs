//! The Rust of all frames on a device, under the validation layer.

use std::collections::BTreeMap;
use std::fmt::Write;

use ash::vk;
use fencewright_graphics::plan::{Barrier, Plan, ResourceRef, Shape, Target};

use super::{Case, ends, folder, has_submissions, named, planned, prepares, rust_module, write};

#[test]
#[ignore = "needs a Vulkan driver and the validation layer: lavapipe will do"]
fn generated_rust_runs_clean_under_validation() {
    let cases = [planned(&[]), planned(&["--loop"]), planned(&["--topology", "async", "--alias"])].concat();
    let folder = folder("device");
    let mut main = String::from("mod lavapipe;\n");
    let mut steps = String::new();
    for case in &cases {
        let module = case.plan.to_rust();
        let _ = write!(main, "#[allow(dead_code)]\nmod {};\n", case.name);
        let _ = write!(main, "{}", frame(case, &module));
        let _ =
            writeln!(steps, "    {0}_frame(&gpu)?;\n    println!(\"{0} {{:?}}\", lavapipe::messages());", case.name);
        write(folder.join(format!("src/{}.rs", case.name)), &module);
    }
    // The negative control: the same frame again and again, each time without the barriers of one gap.
    let broken = &cases[0];
    let _ = write!(
        steps,
        "    for pass in 0..{0}::PASSES.len() {{\n        gpu.skipped.set(pass);\n        {0}_frame(&gpu)?;\n        println!(\"without {{pass}}: {{}}\", lavapipe::messages().len());\n    }}\n",
        broken.name
    );
    let _ = write!(
        main,
        "\nfn main() -> lavapipe::Res<()> {{\n    let gpu = lavapipe::Gpu::new()?;\n{steps}    Ok(())\n}}\n"
    );
    write(folder.join("src/lavapipe.rs"), include_str!("fresh/lavapipe.rs"));
    let printed = rust_module::run(&folder, &main);
    for case in &cases {
        let clean = format!("{} []", case.name);
        assert!(
            printed.lines().any(|line| line == clean),
            "{}",
            printed.lines().find(|line| line.starts_with(&case.name)).unwrap_or("nothing")
        );
    }
    let without = printed.lines().filter_map(|line| line.strip_prefix("without ")?.split_once(": "));
    let noticed: Vec<&str> = without.filter(|(_, messages)| *messages != "0").map(|(pass, _)| pass).collect();
    let wrong: Vec<String> = (0..broken.plan.passes.len())
        .filter(|pass| leaves_wrong_layouts(&broken.plan, *pass))
        .map(|pass| pass.to_string())
        .collect();
    // The layer need not see each of them, yet it must see what it sees for the right reason.
    assert!(noticed.iter().all(|pass| wrong.iter().any(|other| other == pass)), "{noticed:?} of {wrong:?}\n{printed}");
    assert!(noticed.len() > 10, "{noticed:?} of {wrong:?}\n{printed}");
}

/// Says whether, without the call before a pass, a later transition finds a layout other than it expects.
fn leaves_wrong_layouts(plan: &Plan, pass: usize) -> bool {
    let mut layouts: BTreeMap<Cell, vk::ImageLayout> = first_layouts(plan).into_iter().collect();
    for call in plan.calls.iter().filter(|call| call.gap != pass) {
        for (cell, old, new) in call.barriers.iter().flat_map(transitions) {
            if old == new {
                continue;
            }
            let found = layouts.insert(cell, new).unwrap_or_default();
            if old != vk::ImageLayout::UNDEFINED && old != found {
                return true;
            }
        }
    }
    false
}

/// Writes a function that makes what a plan names, for two frames, and records the first.
fn frame(case: &Case, module: &str) -> String {
    let Case { name, plan } = case;
    let fields: BTreeMap<ResourceRef, &str> = named(plan).into_keys().zip(rust_module::fields(module)).collect();
    let made = |(resource, field): (&ResourceRef, &&str)| match plan.shapes[resource.0] {
        Shape::Buffer { len_bytes } => format!("        {field}: gpu.buffer({len_bytes})?,\n"),
        Shape::Image { mips, layers, aspects } => {
            format!("        {field}: gpu.image({mips}, {layers}, {})?,\n", aspects.as_raw())
        }
    };
    let made: String = fields.iter().map(made).collect();
    let families = rust_module::families(plan);
    let made = format!("|| -> lavapipe::Res<_> {{ Ok({name}::Handles {{\n{made}{families}    }}) }}");
    let mut out = format!(
        "fn {name}_frame(gpu: &lavapipe::Gpu) -> lavapipe::Res<()> {{\n    let made = {made};\n    let (handles, next) = (made()?, made()?);\n"
    );
    out.push_str("    gpu.run(|_commands| {\n");
    for ((resource, mip, layer), layout) in first_layouts(plan) {
        let Shape::Image { aspects, .. } = plan.shapes[resource.0] else { continue };
        let aspects = aspects.as_raw();
        for frame in ["handles", "next"] {
            let field = fields[&resource];
            let _ = writeln!(
                out,
                "        gpu.prepare(_commands, {frame}.{field}, {aspects}, {mip}, {layer}, {});",
                layout.as_raw()
            );
        }
    }
    out.push_str("        let _ = next;\n    })?;\n");
    let next = if prepares(plan) { ", &next" } else { "" };
    for submission in 0..ends(plan) {
        let passes = plan.submissions.get(submission).map_or_else(Vec::new, |one| one.passes.clone());
        let submit = if has_submissions(plan) {
            format!(
                "gpu.submit({name}::SUBMISSIONS[{submission}].queue, &{name}::waits({submission}, &gpu.semaphores(), &before), {name}::signal({submission}, &gpu.semaphores(), &before), "
            )
        } else {
            "gpu.run(".to_owned()
        };
        if has_submissions(plan) && submission == 0 {
            out.push_str("    let before = gpu.values();\n");
        }
        let _ = writeln!(out, "    {submit}|commands| unsafe {{");
        if !plan.prologue.is_empty() && submission == 0 {
            let _ = writeln!(out, "        {name}::prologue(&gpu.device, commands, &handles);");
        }
        let _ = write!(
            out,
            "        for pass in {passes:?}.into_iter().filter(|pass: &usize| *pass != gpu.skipped.get()) {{\n            {name}::before_pass(&gpu.device, commands, &handles, pass);\n        }}\n        {name}::end_of_submission(&gpu.device, commands, &handles{next}, {submission});\n    }})?;\n"
        );
    }
    out.push_str("    gpu.wait()\n}\n");
    out
}

type Cell = (ResourceRef, u32, u32);

/// Lists the layouts in which a frame expects what it finds.
fn first_layouts(plan: &Plan) -> Vec<(Cell, vk::ImageLayout)> {
    let mut layouts: BTreeMap<Cell, vk::ImageLayout> = BTreeMap::new();
    let barriers = plan.prologue.iter().chain(plan.calls.iter().flat_map(|call| &call.barriers));
    for (cell, old, _) in barriers.flat_map(transitions) {
        layouts.entry(cell).or_insert(old);
    }
    layouts.into_iter().filter(|(_, layout)| *layout != vk::ImageLayout::UNDEFINED).collect()
}

/// Lists what an image barrier does to each mip level of each layer.
fn transitions(barrier: &Barrier) -> Vec<(Cell, vk::ImageLayout, vk::ImageLayout)> {
    match &barrier.target {
        Target::Memory | Target::Buffer { .. } => Vec::new(),
        Target::Image { resource, mips, layers, old_layout, new_layout, .. } => {
            let cells = mips.clone().flat_map(|mip| layers.clone().map(move |layer| (*resource, mip, layer)));
            cells.map(|cell| (cell, *old_layout, *new_layout)).collect()
        }
    }
}
