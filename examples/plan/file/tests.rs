//! What is read, and what is refused by line and field.

use super::read;

const FILE: &str = r#"{
  "usage": {
    "fill": {"stages": ["CLEAR"], "access": "TRANSFER_WRITE", "reads": false, "writes": true, "layout_classic": null,
      "full_overwrite": true}
  },
  "frame": {
    "name": "one",
    "passes": [
      {"name": "a", "kind": "transfer", "uses": [{"resource": "b_x", "usage": "fill"}]}
    ]
  }
}"#;

fn problem(from: &str, to: &str) -> String {
    assert!(FILE.contains(from));
    read(&FILE.replace(from, to)).err().unwrap_or_default()
}

#[test]
fn a_frame_is_read() {
    assert_eq!(read(FILE).expect("it is a frame").passes.len(), 1);
}

#[test]
fn what_is_wrong_is_named_with_line_and_field() {
    let text = problem(r#""usage": "fill"}"#, r#""usage": "fil"}"#);
    assert_eq!(text, "line 9: `frame.passes[0].uses[0].usage`: unknown usage `fil`; the usages are under `usage`");
    let text = problem(r#"["CLEAR"]"#, r#"["CLEER"]"#);
    assert_eq!(text, "line 3: `usage.fill.stages`: unknown pipeline stage `CLEER`");
    let text = problem(r#""kind": "transfer""#, r#""kind": "blend""#);
    assert!(text.starts_with("`frame.passes[0].kind`: unknown variant `blend`"), "{text}");
    assert!(text.contains("line 9"), "{text}");
    let text = problem(r#""name": "one","#, r#""name": "one", "presents": "swap","#);
    assert!(text.contains("unknown field `presents`") && text.contains("line 7"), "{text}");
    let pass = r#"{"name": "a", "kind": "transfer", "uses": [{"resource": "b_x", "usage": "fill"}]}"#;
    for (to, expected) in [
        (format!("{pass},\n{pass}"), "line 10: `frame.passes[1].name`: there is a pass `a` already"),
        (String::new(), "line 8: `frame.passes`: there is no pass to plan for"),
        (
            pass.replace("b_x", "x.q1"),
            "line 9: `frame.passes[0].uses[0].resource`: no part `q1` of an image: a mip is `.m0`, a layer `.l0`",
        ),
        (
            pass.replace("}]", r#"}, {"resource": "b_x.r1", "usage": "fill"}]"#),
            "line 9: `frame.passes[0].uses[1].resource`: `a` uses it as fill and `b_x` as fill, and one of them writes; nothing orders commands inside a pass",
        ),
    ] {
        let text = problem(pass, &to);
        assert_eq!(text, expected);
    }
    let text = problem(r#""name": "one","#, r#""name": "one", "prior": {"b_y": {"usage": "fill"}},"#);
    assert_eq!(text, "line 7: `frame.prior.b_y`: no pass uses `b_y`");
    let text = problem(r#""name": "one","#, r#""name": "one", "persistent": ["b_x"], "no_prior_use": ["b_x"],"#);
    assert!(text.starts_with("line 7: `frame.no_prior_use[0]`: `b_x` is under `persistent`, too"), "{text}");
    let text = problem(r#""name": "one","#, r#""name": "one", "persistent": ["b_x", "b_x"],"#);
    assert_eq!(text, "line 7: `frame.persistent[1]`: `b_x` stands here twice");
    let text = problem(r#""name": "a""#, r#""name": " ""#);
    assert_eq!(text, "line 9: `frame.passes[0].name`: it is empty; name the pass");
    let text = problem("TRANSFER_WRITE", "TRANSFER_WRITE|SHADER_STORAGE_READ");
    assert_eq!(text, "line 3: `usage.fill.access`: SHADER_STORAGE_READ is performed by none of CLEAR");
    let text = problem(r#""layout_classic": null"#, r#""layout_classic": "UNDEFINED""#);
    assert_eq!(text, "line 3: `usage.fill.layout_classic`: no image can be brought into this layout");
    let exit = r#""name": "one", "exit": {"b_x": {"stages": [], "access": "NONE"}},"#;
    assert!(problem(r#""name": "one","#, exit).starts_with("line 7: `frame.exit.b_x.stages`: there is none; name"));
    let text = problem("b_x", "x.m70000");
    assert!(text.ends_with("no part `m70000` of an image: 70000 is past the last, which is 65535"), "{text}");
    let text = problem(r#""writes": true"#, r#""writes": false"#);
    assert_eq!(text, "line 3: `usage.fill.writes`: it is false, and `access` has a write");
    let text = problem(r#""name": "one","#, r#""name": "one", "present": "swap","#);
    assert_eq!(text, "line 7: `frame.present`: no pass uses `swap`");
}

/// Which kinds take a usage; where one does not, the error names the pass, the usage, the stages and a kind that does.
#[test]
fn a_pass_uses_only_what_its_kind_performs() {
    for (stages, access, writes, fitting) in [
        ("COLOR_ATTACHMENT_OUTPUT", "COLOR_ATTACHMENT_WRITE", true, &["raster", "opaque"][..]),
        ("COMPUTE_SHADER", "SHADER_SAMPLED_READ", false, &["compute", "opaque"]),
        ("FRAGMENT_SHADER", "SHADER_SAMPLED_READ", false, &["raster", "opaque"]),
        ("COPY", "TRANSFER_READ", false, &["transfer", "opaque"]),
        ("ALL_TRANSFER", "TRANSFER_WRITE", true, &["transfer", "opaque"]),
        ("DRAW_INDIRECT", "INDIRECT_COMMAND_READ", false, &["raster", "compute", "opaque"]),
        ("RAY_TRACING_SHADER", "SHADER_STORAGE_WRITE", true, &["opaque"]),
        // One word for the shaders of all passes.
        ("FRAGMENT_SHADER|COMPUTE_SHADER", "UNIFORM_READ", false, &["raster", "compute", "opaque"]),
        // The shader of a compute pass writes no attachment.
        ("COMPUTE_SHADER|COLOR_ATTACHMENT_OUTPUT", "COLOR_ATTACHMENT_WRITE", true, &["raster", "opaque"]),
        ("ALL_COMMANDS", "MEMORY_READ", false, &["raster", "compute", "transfer", "opaque"]),
        ("ALL_COMMANDS", "INDEX_READ", false, &["raster", "opaque"]),
    ] {
        for kind in ["raster", "compute", "transfer", "opaque"] {
            let from = r#"["CLEAR"], "access": "TRANSFER_WRITE", "reads": false, "writes": true"#;
            let to = format!(r#"["{stages}"], "access": "{access}", "reads": {}, "writes": {writes}"#, !writes);
            assert!(FILE.contains(from));
            let found =
                read(&FILE.replace(from, &to).replace(r#""kind": "transfer""#, &format!(r#""kind": "{kind}""#)));
            let error = found.err().unwrap_or_default();
            if fitting.contains(&kind) {
                assert_eq!(error, "", "{stages} in a pass of kind {kind}");
            } else {
                let field = format!("line 9: `frame.passes[0].uses[0].usage`: fill is {access} in ");
                let what =
                    format!("which no command of a {kind} pass performs; make `a` a pass of kind `{}`", fitting[0]);
                assert!(
                    error.starts_with(&field) && error.contains(&what),
                    "{stages} in a pass of kind {kind}: {error}"
                );
            }
        }
    }
}
