//! Chooses the gap in which each requirement is met.

use crate::plan::scan::Requirement;

/// Returns a gap for each requirement: right before the first pass of its group that waits.
pub(super) fn place(requirements: &[Requirement<'_>]) -> Vec<usize> {
    let groups = requirements.iter().map(|requirement| requirement.group + 1).max().unwrap_or(0);
    let mut gaps = vec![usize::MAX; groups];
    for requirement in requirements {
        let gap = &mut gaps[requirement.group];
        *gap = (*gap).min(requirement.gaps.1);
    }
    requirements.iter().map(|requirement| gaps[requirement.group]).collect()
}
