//! Resources that come from other code and go to other code.

use clap::Parser as _;
use fencewright_graphics::usage::{access_names, layout_name, stage_names};

use crate::Planned;
use crate::file;
use crate::judged::Judged;
use crate::mutate::{self, Kind};
use crate::options::Options;

const FILE: &str = r#"{
  "usage": {
    "sampled": {"stages": ["FRAGMENT_SHADER"], "access": "SHADER_SAMPLED_READ", "reads": true, "writes": false,
      "layout_classic": "READ_ONLY_OPTIMAL", "full_overwrite": false},
    "draw": {"stages": ["COLOR_ATTACHMENT_OUTPUT"], "access": "COLOR_ATTACHMENT_WRITE", "reads": false, "writes": true,
      "layout_classic": "ATTACHMENT_OPTIMAL", "full_overwrite": true},
    "vertex": {"stages": ["VERTEX_ATTRIBUTE_INPUT"], "access": "VERTEX_ATTRIBUTE_READ", "reads": true, "writes": false,
      "layout_classic": null, "full_overwrite": false}
  },
  "frame": {
    "name": "between",
    "passes": [
      {"name": "scene", "kind": "raster", "uses": [
        {"resource": "texture", "usage": "sampled"}, {"resource": "b_mesh", "usage": "vertex"},
        {"resource": "target", "usage": "draw"}]}
    ],
    "entry": {
      "texture": {"stages": ["COPY"], "access": "TRANSFER_WRITE", "layout": "TRANSFER_DST_OPTIMAL", "by": "the streamer"},
      "b_mesh": {"stages": ["COPY"], "access": "TRANSFER_WRITE"}
    },
    "exit": {
      "target": {"stages": ["COMPUTE_SHADER"], "access": "SHADER_SAMPLED_READ", "layout": "SHADER_READ_ONLY_OPTIMAL",
        "by": "the encoder"}
    }
  }
}"#;

fn planned(text: &str, more: &[&str]) -> Planned {
    let options = Options::parse_from([&["plan", "between.json"], more].concat());
    let frame = file::read(text).unwrap_or_else(|error| panic!("{error}"));
    Planned::new(&frame, &options).unwrap_or_else(|error| panic!("{error}"))
}

fn barriers(planned: &Planned) -> Vec<String> {
    let all = planned.plan.calls.iter().flat_map(|call| call.barriers.iter().map(|barrier| (call.gap, barrier)));
    let shown = all.map(|(gap, barrier)| {
        let layouts = barrier
            .target
            .transition()
            .map_or_else(String::new, |(old, new)| format!(", {} -> {}", layout_name(old), layout_name(new)));
        let [first, second] = [barrier.first, barrier.second]
            .map(|scope| format!("{}/{}", stage_names(scope.stages), access_names(scope.access)));
        format!("{gap}: {first} -> {second}{layouts}")
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

#[test]
fn what_came_before_and_what_comes_after_is_waited_for() {
    let planned = planned(FILE, &[]);
    assert!(Judged::new(&planned.input, &planned.plan, false).is_clean(), "{}", planned.plan);
    assert_eq!(
        barriers(&planned),
        [
            "0: COMPUTE_SHADER/NONE -> COLOR_ATTACHMENT_OUTPUT/COLOR_ATTACHMENT_WRITE, UNDEFINED -> ATTACHMENT_OPTIMAL",
            "0: COPY/TRANSFER_WRITE -> FRAGMENT_SHADER/SHADER_SAMPLED_READ, TRANSFER_DST_OPTIMAL -> READ_ONLY_OPTIMAL",
            "0: COPY/TRANSFER_WRITE -> VERTEX_ATTRIBUTE_INPUT/VERTEX_ATTRIBUTE_READ",
            "1: COLOR_ATTACHMENT_OUTPUT/COLOR_ATTACHMENT_WRITE -> COMPUTE_SHADER/SHADER_SAMPLED_READ, \
             ATTACHMENT_OPTIMAL -> SHADER_READ_ONLY_OPTIMAL",
        ],
        "{}",
        planned.plan
    );
    let text = planned.plan.to_string();
    assert!(text.contains("the streamer") && text.contains("the encoder") && text.contains("other code"), "{text}");
}

#[test]
fn every_mutant_at_the_borders_is_noticed() {
    for way in [&["--exact"][..], &["--exact", "--loop"], &["--exact", "--policy", "unified-layouts"]] {
        let planned = planned(FILE, way);
        assert!(Judged::new(&planned.input, &planned.plan, false).is_clean(), "{way:?}: {}", planned.plan);
        let mut count = 0;
        for (name, kind) in Kind::ALL {
            for (words, mutant) in mutate::mutants(&planned.input, &planned.plan, kind) {
                let judged = Judged::new(&planned.input, &mutant, false);
                assert!(!judged.is_clean(), "{way:?}, {name}: {words}\n{mutant}");
                count += 1;
            }
        }
        assert!(count >= 20, "{way:?}: {count}");
    }
}

#[test]
fn an_image_that_waits_for_a_semaphore_or_holds_nothing() {
    // Stages without access are those that wait for the other queue.
    let text = FILE.replace(
        r#""texture": {"stages": ["COPY"], "access": "TRANSFER_WRITE", "layout": "TRANSFER_DST_OPTIMAL""#,
        r#""texture": {"stages": ["FRAGMENT_SHADER"], "access": "NONE", "layout": "READ_ONLY_OPTIMAL""#,
    );
    let waiting = planned(&text, &[]);
    assert!(Judged::new(&waiting.input, &waiting.plan, false).is_clean(), "{}", waiting.plan);
    assert_eq!(barriers(&waiting).len(), 3, "{}", waiting.plan);
    // What has no contents cannot be read.
    let text = text
        .replace(r#""access": "NONE", "layout": "READ_ONLY_OPTIMAL""#, r#""access": "NONE", "layout": "UNDEFINED""#);
    let frame = file::read(&text).expect("it is a frame");
    let options = Options::parse_from(["plan", "between.json"]);
    let error = Planned::new(&frame, &options).err().expect("nothing is in it");
    let error = error.downcast_ref().map(|error| file::locate(&text, &frame, error)).expect("of the planner");
    assert!(error.starts_with("line 14: `frame.passes[0].uses[0]`: system `scene` reads `texture`"), "{error}");
}

#[test]
fn mistakes_are_named_with_line_and_field() {
    for (from, to, expected) in [
        ("\"texture\": {", "\"textur\": {", "line 18: `frame.entry.textur`: no pass uses `textur`"),
        (
            "\"texture\": {",
            "\"texture.m0\": {",
            "line 18: `frame.entry.texture.m0`: it is said of the whole resource: leave out the part",
        ),
        (
            "\"b_mesh\": {\"stages\": [\"COPY\"]",
            "\"b_mesh\": {\"stages\": [\"COPPY\"]",
            "line 19: `frame.entry.b_mesh.stages`: unknown pipeline stage `COPPY`",
        ),
        (
            "\"access\": \"TRANSFER_WRITE\"}",
            "\"access\": \"TRANSFER_WRIT\"}",
            "line 19: `frame.entry.b_mesh.access`: unknown access `TRANSFER_WRIT`",
        ),
        (
            "\"access\": \"TRANSFER_WRITE\"}",
            "\"access\": \"TRANSFER_WRITE\", \"layout\": \"GENERAL\"}",
            "line 19: `frame.entry.b_mesh.layout`: a buffer has no layout",
        ),
        (
            ", \"layout\": \"TRANSFER_DST_OPTIMAL\"",
            "",
            "line 18: `frame.entry.texture`: field `layout` is missing, which an image needs",
        ),
        (
            "\"SHADER_READ_ONLY_OPTIMAL\"",
            "\"UNDEFINED\"",
            "line 22: `frame.exit.target.layout`: no image can be brought into this layout",
        ),
        (
            "\"SHADER_READ_ONLY_OPTIMAL\"",
            "\"READ\"",
            "line 22: `frame.exit.target.layout`: unknown image layout `READ`",
        ),
        (
            "\"entry\": {",
            "\"present\": \"target\", \"entry\": {",
            "line 22: `frame.exit.target`: it is under `present`, too, which says where it comes from and goes to",
        ),
        (
            "\"entry\": {",
            "\"persistent\": [\"texture\"], \"entry\": {",
            "line 18: `frame.entry.texture`: `texture` is under `persistent`, too; `entry` says all that came before the frame",
        ),
        ("\"b_mesh\": {\"stages\"", "\"texture\": {\"stages\"", "`frame.entry`: `texture` stands here twice"),
        (
            "\"usage\": \"vertex\"}",
            "\"usage\": \"sampled\"}, {\"resource\": \"index\", \"usage\": \"vertex\"}",
            "line 14: `frame.passes[0].uses[2].usage`: vertex is a usage of buffers, as it has no `layout_classic`, and `index` is an image; names of buffers begin with `b_`",
        ),
        (
            "\"entry\": {",
            "\"no_prior_use\": [\"index\"], \"entry\": {",
            "line 17: `frame.no_prior_use`: no pass uses `index`",
        ),
    ] {
        assert!(FILE.contains(from), "{from}");
        let error = file::read(&FILE.replacen(from, to, 1)).err().unwrap_or_default();
        assert!(error.starts_with(expected), "{from} -> {to}: {error}");
    }
}
