//! How many threads there are if nobody says: as many as this process may use.
#![cfg(target_os = "linux")]

use std::process::Command;

use fencewright::Threads;

/// Set for the child process that runs on fewer cores.
const CORES: &str = "FENCEWRIGHT_CORES";

#[test]
fn the_default_is_what_the_process_may_use() {
    let lanes = Threads::default().lanes();
    if let Ok(cores) = std::env::var(CORES) {
        assert_eq!(lanes.to_string(), cores);
        return;
    }
    // `available_parallelism` knows the mask of cores and the quota of the control group.
    assert_eq!(lanes, std::thread::available_parallelism().expect("it is known").get());
    let this = std::env::current_exe().expect("the test has a file");
    let child = Command::new("taskset")
        .args(["--cpu-list", "0"])
        .arg(this)
        .env(CORES, "1")
        .env_remove("RAYON_NUM_THREADS")
        .output()
        .expect("`taskset` is part of util-linux");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}
