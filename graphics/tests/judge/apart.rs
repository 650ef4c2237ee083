//! The judge shares no code with the planner.

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("readable").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn mentions(folder: &str, words: &[&str]) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let all = files(&root);
    assert!(all.len() > 5, "{} has source files", root.display());
    let guilty = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("source is text");
        words.iter().any(|word| text.contains(word))
    };
    all.into_iter().filter(guilty).collect()
}

#[test]
fn neither_names_the_other() {
    assert_eq!(
        mentions("judge", &["crate::plan", "plan::", "crate::verify", "crate::emit"]),
        [""; 0].map(PathBuf::from)
    );
    assert_eq!(mentions("plan", &["crate::judge", "judge::", "crate::verify"]), [""; 0].map(PathBuf::from));
}
