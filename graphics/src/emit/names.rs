//! What resources and calls are called in generated code: identifiers, each of them once.

use std::collections::{BTreeMap, BTreeSet};

use crate::emit::structures::{Structure, structure};
use crate::plan::{Barrier, Call, Plan, ResourceRef};

/// The identifiers of a plan.
#[derive(Debug)]
pub(super) struct Names {
    /// The resources that barriers name, in the order of [`Plan::resources`].
    pub(super) handles: BTreeMap<ResourceRef, Handle>,
    /// One for each pass: `before_draw_scene`.
    passes: Vec<String>,
    /// Whether a plan has several submissions, and several ends.
    several_ends: bool,
}

/// The variable or field that stands for the handle of a resource.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) name: String,
    /// `Buffer` or `Image`.
    pub(super) kind: &'static str,
}

/// Words that an identifier cannot be: those of Rust, C and C++, and what generated code has in scope.
const RESERVED: &[&str] = &[
    "abstract",
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "as",
    "asm",
    "async",
    "atomic",
    "auto",
    "await",
    "become",
    "bitand",
    "bitor",
    "bool",
    "box",
    "break",
    "buffers",
    "case",
    "catch",
    "char",
    "class",
    "commands",
    "compl",
    "concept",
    "const",
    "constexpr",
    "continue",
    "crate",
    "decltype",
    "default",
    "delete",
    "dependency",
    "device",
    "do",
    "double",
    "dyn",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "families",
    "false",
    "final",
    "float",
    "fn",
    "for",
    "friend",
    "gap",
    "gen",
    "goto",
    "handles",
    "if",
    "images",
    "impl",
    "import",
    "in",
    "inline",
    "int",
    "let",
    "linux",
    "long",
    "loop",
    "macro",
    "match",
    "memory",
    "mod",
    "module",
    "move",
    "mut",
    "mutable",
    "namespace",
    "new",
    "next",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "override",
    "priv",
    "private",
    "protected",
    "pub",
    "public",
    "ref",
    "register",
    "requires",
    "restrict",
    "return",
    "self",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "super",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "trait",
    "true",
    "try",
    "type",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "union",
    "unix",
    "unsafe",
    "unsigned",
    "unsized",
    "use",
    "using",
    "virtual",
    "void",
    "volatile",
    "where",
    "while",
    "xor",
    "xor_eq",
    "yield",
];

impl Names {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut taken: BTreeSet<String> = RESERVED.iter().map(|word| (*word).to_owned()).collect();
        let mut handles = BTreeMap::new();
        for (resource, kind) in kinds(plan) {
            let name = snake(marker(plan.resource_name(resource)));
            let name = if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
                name
            } else {
                format!("resource_{name}").trim_end_matches('_').to_owned()
            };
            handles.insert(resource, Handle { name: unique(&mut taken, name), kind });
        }
        // Taken by the function that finds one of them.
        let mut taken = BTreeSet::from(["before_pass".to_owned()]);
        let passes = plan.passes.iter().map(|pass| {
            let name = snake(&pass.name);
            unique(&mut taken, format!("before_{}", if name.is_empty() { "nameless" } else { &name }))
        });
        Self { handles, passes: passes.collect(), several_ends: plan.submissions.len() > 1 }
    }

    /// Returns the name of the function of a call: `before_draw_scene`, `at_the_end`.
    pub(super) fn function(&self, call: &Call) -> String {
        match self.passes.get(call.gap) {
            Some(name) => name.clone(),
            None if self.several_ends => format!("at_the_end_of_submission_{}", call.submission),
            None => "at_the_end".to_owned(),
        }
    }

    /// Returns the variable or field of a resource.
    pub(super) fn handle(&self, resource: ResourceRef) -> &str {
        &self.handles[&resource].name
    }
}

/// Lists the resources that barriers name.
fn kinds(plan: &Plan) -> BTreeMap<ResourceRef, &'static str> {
    let barriers = plan.calls.iter().flat_map(|call| &call.barriers).chain(&plan.prologue);
    let kind = |barrier: &Barrier| match structure(barrier) {
        Structure::Memory(_) => None,
        Structure::Buffer(resource, _) => Some((resource, "Buffer")),
        Structure::Image(resource, _) => Some((resource, "Image")),
    };
    barriers.filter_map(kind).collect()
}

/// Returns the name, with a number where it is taken.
fn unique(taken: &mut BTreeSet<String>, name: String) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let mut free = std::iter::once(name.clone()).chain(numbered).filter(|name| !taken.contains(name));
    let free = free.next().unwrap_or(name);
    taken.insert(free.clone());
    free
}

/// Returns what stands inside `GpuBuffer<..>` or `GpuImage<..>`, instance and all.
fn marker(name: &str) -> &str {
    ["GpuBuffer<", "GpuImage<"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// Turns a name into words of an identifier: `VertexData#1` is `vertex_data_1`, `HDRTarget` is `hdr_target`.
pub(super) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        let starts_word = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                let ends_capitals = before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase);
                before.is_ascii_lowercase() || before.is_ascii_digit() || ends_capitals
            });
        if (starts_word || !letter.is_ascii_alphanumeric()) && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        if letter.is_ascii_alphanumeric() {
            out.push(letter.to_ascii_lowercase());
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// Says where a call is recorded.
pub(super) fn describe(plan: &Plan, call: &Call) -> String {
    match plan.passes.get(call.gap) {
        Some(pass) if pass.auto_barriers => format!("Records the barriers before `{}`.", in_comment(&pass.name)),
        Some(pass) => format!("Records the barriers that `{}` is to record first, by itself.", in_comment(&pass.name)),
        None if plan.submissions.len() > 1 => {
            format!("Records the barriers after the last pass of submission {}.", call.submission)
        }
        None => "Records the barriers after the last pass.".to_owned(),
    }
}

/// Returns a name as it may stand in a comment of one line, in any of the languages.
pub(super) fn in_comment(text: &str) -> String {
    text.replace(|letter: char| letter.is_control(), " ").replace("*/", "* /").replace("/*", "/ *")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::pass::{PassKind, Queue};
    use crate::plan::{Call, PlannedPass, QueueRef, Scope, Target};

    #[test]
    fn handles_are_named_after_markers() {
        assert_eq!(snake(marker("GpuBuffer<VertexData>")), "vertex_data");
        assert_eq!(snake(marker("GpuImage<gfx::Bloom>#1")), "gfx_bloom_1");
        assert_eq!(snake(marker("GpuImage<HDRTarget>")), "hdr_target");
    }

    #[test]
    fn every_name_is_an_identifier_of_its_own() {
        let resources = ["move", "Move", "a b", "A-B", "9lives", "", "é", "handles", "a_b_2"];
        let target = |index| Target::Buffer { resource: ResourceRef(index), bytes: 0..4 };
        let barrier = |index| Barrier {
            first: Scope::default(),
            second: Scope::default(),
            target: target(index),
            transfer: None,
            reasons: Vec::new(),
        };
        let pass = |name: &str| PlannedPass {
            system: 0,
            name: name.into(),
            stage: "".into(),
            kind: PassKind::Compute,
            queue: Queue::Graphics,
            runs_on: QueueRef(0),
            fallback: None,
            auto_barriers: true,
        };
        let plan = Plan {
            passes: ["Blur#1", "blur_1", "é", "pass"].map(pass).to_vec(),
            resources: resources.map(str::to_owned).to_vec(),
            calls: vec![Call { submission: 0, gap: 0, barriers: (0..resources.len()).map(barrier).collect() }],
            ..Plan::default()
        };
        let names = Names::new(&plan);
        let handles: Vec<&str> = names.handles.values().map(|handle| &*handle.name).collect();
        let expected =
            ["move_2", "move_3", "a_b", "a_b_2", "resource_9lives", "resource", "resource_2", "handles_2", "a_b_2_2"];
        assert_eq!(handles, expected);
        let call = |gap| names.function(&Call { submission: 0, gap, barriers: Vec::new() });
        let expected = ["before_blur_1", "before_blur_1_2", "before_nameless", "before_pass_2", "at_the_end"];
        assert_eq!([0, 1, 2, 3, 4].map(call), expected);
    }

    #[test]
    fn a_comment_ends_where_it_should() {
        assert_eq!(in_comment("a*/\nb/*c"), "a* / b/ *c");
    }
}
