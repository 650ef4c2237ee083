//! What the help suggests, can be taken.

use syn::DeriveInput;

use super::system;

#[test]
fn every_suggestion_fits() {
    // The help lists usages; each of them, taken, is no mistake.
    for (kind, marker) in [("GpuBuffer", "Blob"), ("GpuImage", "Blob")] {
        for list in ["reads", "writes"] {
            for pass in ["raster", "compute", "transfer", "ray_tracing"] {
                let declare = |usage: &str| -> DeriveInput {
                    syn::parse_str(&format!("#[{list}({kind}<{marker}>{usage})] #[pass({pass})] struct S;"))
                        .expect("Rust")
                };
                let (_, problems) = system(&declare(""));
                let [problem] = problems.as_slice() else { panic!("{problems:?}") };
                let (_, help) = problem.split_once(" as `").unwrap_or((problem, ""));
                let usages = help
                    .split(';')
                    .next()
                    .unwrap_or_default()
                    .split('`')
                    .filter(|text| text.starts_with(char::is_uppercase));
                for usage in usages {
                    let (_, problems) = system(&declare(&format!(" as {usage}")));
                    assert_eq!(problems, [] as [&str; 0], "{list} {kind} as {usage} in {pass}");
                }
            }
        }
    }
}
