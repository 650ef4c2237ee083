//! How many threads there are if nobody says: as many as this process may use.
#![cfg(target_os = "linux")]

use std::process::Command;

use fencewright::Threads;

/// Set for a child process: how many threads it is to find.
const EXPECTED: &str = "FENCEWRIGHT_EXPECTED_THREADS";

#[test]
fn the_default_is_what_the_process_may_use() {
    if let Ok(expected) = std::env::var(EXPECTED) {
        assert_eq!(Threads::default().lanes().to_string(), expected);
        return;
    }
    // `available_parallelism` knows the mask of cores and the quota of the control group.
    let all = std::thread::available_parallelism().expect("it is known").get();
    let this = std::env::current_exe().expect("the test has a file");
    expect(all, &mut Command::new(&this));
    expect(1, Command::new("taskset").args(["--cpu-list", &first_core()]).arg(this));
}

/// Runs this test in a process of its own, which is to find so many threads.
fn expect(threads: usize, command: &mut Command) {
    command.env(EXPECTED, threads.to_string()).env_remove("RAYON_NUM_THREADS");
    let child = command.output().expect("it starts; `taskset` is part of util-linux");
    assert!(
        child.status.success(),
        "{}{}",
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr)
    );
}

/// Returns the first core that this process may use.
fn first_core() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).expect("the mask is part of it");
    list.trim().chars().take_while(char::is_ascii_digit).collect()
}
