//! The C of all plans in one program: compiled as C99 with warnings denied and as C++20, then run.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use fencewright_graphics::RawHandle;
use fencewright_graphics::plan::ResourceRef;

use super::{
    BEFORE, Case, assert_same, ends, folder, frames, has_submissions, named, output, prepares, random, raw, semaphore,
    write,
};

#[test]
#[ignore = "needs a C compiler and the Vulkan headers: package libvulkan-dev"]
fn generated_c_records_what_the_plan_records() {
    let mut cases = frames();
    cases.extend(random::plans());
    let folder = folder("c");
    // The headers of 2022 count video encoding among what may still change.
    let mut main = String::from("#define VK_ENABLE_BETA_EXTENSIONS\n");
    let mut steps = String::new();
    for case in &cases {
        let header = format!("{}.h", case.name);
        write(folder.join(&header), &case.plan.to_c(&case.name));
        let _ = writeln!(main, "#include \"{header}\"");
        steps.push_str(&step(case));
    }
    let _ = write!(
        main,
        "#include \"capture.c\"\n\nint main(void)\n{{\n    VkCommandBuffer commands = 0;\n{steps}    return 0;\n}}\n"
    );
    write(folder.join("main.c"), &main);
    write(folder.join("capture.c"), include_str!("fresh/capture.c"));
    let compile = |compiler: &str, flags: &[&str]| {
        let mut command = Command::new(compiler);
        command.args(flags).args(["-Wall", "-Wextra", "-Werror", "main.c", "-o", "main"]).current_dir(&folder);
        output(&mut command);
        output(&mut Command::new(folder.join("main")))
    };
    let printed = compile("cc", &["-std=c99", "-pedantic"]);
    assert_same(&cases, &printed);
    assert_eq!(compile("c++", &["-std=c++20", "-x", "c++", "-Wno-missing-field-initializers"]), printed);
}

fn step(case: &Case) -> String {
    let Case { name, plan } = case;
    let kind = |handle: &RawHandle| match handle {
        RawHandle::Buffer(_) => "VkBuffer",
        RawHandle::Image(_) => "VkImage",
    };
    let words = name.split('_').map(|word| word[..1].to_ascii_uppercase() + &word[1..]);
    let of = format!("{}Handles", words.collect::<String>());
    let handles = |frame| {
        let raw =
            |(resource, handle): (&ResourceRef, &RawHandle)| format!("({}){:#x}", kind(handle), raw(*resource, frame));
        let mut values: Vec<String> = named(plan).iter().map(raw).collect();
        if plan.topology.has_several_families() {
            let families: Vec<String> = plan.topology.queues().iter().map(|queue| queue.family.to_string()).collect();
            values.push(format!("{{ {} }}", families.join(", ")));
        }
        if values.is_empty() { "0".to_owned() } else { values.join(", ") }
    };
    let mut out = format!("    {{\n    printf(\"plan {name}\\n\");\n    const {of} handles = {{ {} }};\n", handles(0));
    let next = if prepares(plan) {
        let _ = writeln!(out, "    const {of} next = {{ {} }};", handles(1));
        ", &next"
    } else {
        ""
    };
    if !plan.prologue.is_empty() {
        let _ = writeln!(out, "    printf(\"prologue\\n\");\n    {name}_prologue(commands, &handles);");
    }
    let _ = writeln!(out, "    for (uint32_t pass = 0; pass + 1 <= {}; pass++) {{", plan.passes.len());
    let _ = writeln!(
        out,
        "        printf(\"pass %u\\n\", pass);\n        {name}_before_pass(commands, &handles, pass);\n    }}"
    );
    let _ = writeln!(out, "    for (uint32_t end = 0; end < {}; end++) {{", ends(plan));
    let _ = writeln!(
        out,
        "        printf(\"end %u\\n\", end);\n        {name}_end_of_submission(commands, &handles{next}, end);\n    }}"
    );
    if has_submissions(plan) {
        let queues = plan.topology.queues().len();
        let semaphores: Vec<String> =
            (0..queues).map(|queue| format!("(VkSemaphore){:#x}", semaphore(queue))).collect();
        let before: Vec<String> = BEFORE[..queues].iter().map(u64::to_string).collect();
        let _ = writeln!(
            out,
            r#"    const VkSemaphore semaphores[] = {{ {} }};
    const uint64_t before[] = {{ {} }};
    for (uint32_t submission = 0; submission < {}; submission++) {{
        VkSemaphoreSubmitInfo infos[{}_MOST_WAITS + 1];
        printf("submission %u\n", submission);
        const uint32_t count = {name}_waits(submission, semaphores, before, infos);
        for (uint32_t n = 0; n < count; n++)
            print_semaphore("wait", infos[n]);
        {name}_signal(submission, semaphores, before, infos);
        print_semaphore("signal", infos[0]);
    }}"#,
            semaphores.join(", "),
            before.join(", "),
            plan.submissions.len(),
            name.to_ascii_uppercase(),
        );
    }
    out.push_str("    }\n");
    out
}

/// All flags that have a name are spelled as the headers spell them.
#[test]
#[ignore = "needs a C compiler and the Vulkan headers: package libvulkan-dev"]
fn every_name_is_in_the_headers() {
    use ash::vk;
    use fencewright_graphics::plan::{Barrier, Call, Plan, Scope, Target};
    let barrier = |bit: u32| {
        let stages = vk::PipelineStageFlags2::from_raw(1 << bit);
        let scope = Scope { stages, access: vk::AccessFlags2::from_raw(1 << bit) };
        Barrier { first: scope, second: scope, target: Target::Memory, transfer: None, reasons: Vec::new() }
    };
    let plan = Plan {
        calls: vec![Call { submission: 0, gap: 0, barriers: (0..64).map(barrier).collect() }],
        ..Plan::default()
    };
    let folder = folder("names");
    let code = plan.to_c("names");
    assert!(
        code.contains("VK_PIPELINE_STAGE_2_MESH_SHADER_BIT_EXT")
            && code.contains("VK_ACCESS_2_SHADER_STORAGE_READ_BIT")
    );
    write(folder.join("names.h"), &code);
    write(folder.join("main.c"), "#define VK_ENABLE_BETA_EXTENSIONS\n#include \"names.h\"\n");
    let check = |file: &Path| output(Command::new("cc").args(["-fsyntax-only", "-Wall", "-Werror"]).arg(file));
    check(&folder.join("main.c"));
    // The negative control.
    write(folder.join("names.h"), &code.replacen("STAGE_2_COPY_BIT", "STAGE_2_COPIES_BIT", 1));
    let wrong = Command::new("cc").args(["-fsyntax-only"]).arg(folder.join("main.c")).output().expect("it runs");
    assert!(!wrong.status.success());
}
