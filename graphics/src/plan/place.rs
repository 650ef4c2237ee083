//! Chooses the gap in which each requirement is met.
//!
//! A group of requirements can be met in any gap of an interval. The fewest calls are a minimum stabbing of the
//! intervals: by right end, greedily, a new gap only where no chosen one lies inside. The intervals that opened a gap
//! are pairwise disjoint, which proves that no fewer would do.

use crate::plan::scan::Requirement;

/// The gaps in which a group can be met, both ends included.
#[derive(Clone, Copy, Debug)]
struct Interval {
    earliest: usize,
    latest: usize,
}

/// Returns a gap for each requirement: the same for all of a group, and as few in all as can be.
pub(super) fn place(requirements: &[Requirement<'_>]) -> Vec<usize> {
    let intervals = intervals(requirements);
    let emitted: Vec<bool> = by_group(requirements, intervals.len(), |requirement| requirement.emitted);
    let points = stab(&intervals, &emitted);
    let gap = |group: usize| match (emitted[group], intervals[group]) {
        (true, interval) => points[points.partition_point(|point| *point <= interval.latest) - 1],
        (false, interval) => interval.latest,
    };
    requirements.iter().map(|requirement| gap(requirement.group)).collect()
}

fn intervals(requirements: &[Requirement<'_>]) -> Vec<Interval> {
    let groups = requirements.iter().map(|requirement| requirement.group + 1).max().unwrap_or(0);
    let mut intervals = vec![Interval { earliest: 0, latest: usize::MAX }; groups];
    for requirement in requirements {
        let interval = &mut intervals[requirement.group];
        interval.earliest = interval.earliest.max(requirement.gaps.0);
        interval.latest = interval.latest.min(requirement.gaps.1);
    }
    intervals
}

fn by_group<T: Default + Clone>(
    requirements: &[Requirement<'_>],
    groups: usize,
    value: impl Fn(&Requirement<'_>) -> T,
) -> Vec<T> {
    let mut values = vec![T::default(); groups];
    for requirement in requirements {
        values[requirement.group] = value(requirement);
    }
    values
}

/// Returns the fewest gaps that meet every emitted interval, in order.
fn stab(intervals: &[Interval], emitted: &[bool]) -> Vec<usize> {
    let mut by_right_end: Vec<Interval> =
        intervals.iter().zip(emitted).filter(|(_, emitted)| **emitted).map(|(interval, _)| *interval).collect();
    by_right_end.sort_unstable_by_key(|interval| interval.latest);
    let mut points: Vec<usize> = Vec::new();
    for interval in by_right_end {
        if points.last().is_none_or(|point| *point < interval.earliest) {
            points.push(interval.latest);
        }
    }
    points
}
