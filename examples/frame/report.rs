//! What is said in the end: a few lines for people, or one JSON object.

use std::fmt;

use fencewright_graphics::plan::{self, Baseline};
use serde_json::json;

use crate::by_hand::{ByHand, LeftOut};
use crate::options::{Options, Size};
use crate::particles;
use crate::queues::Lanes;
use crate::reference::Difference;
use crate::world::Statistics;

/// What was planned, and what came of it.
#[derive(Debug)]
pub struct Report {
    pub scene: String,
    pub size: Size,
    pub threads: usize,
    pub systems: usize,
    /// Pairs of systems of which one waits for the other.
    pub edges: usize,
    pub passes: usize,
    pub lanes: Lanes,
    /// The counts of the plan, and what plainer ways to place barriers come to.
    pub quality: plan::Report,
    pub objects: usize,
    pub execution: Execution,
    /// Where the files are.
    pub out: String,
}

/// Whether the device did anything.
#[derive(Debug)]
pub enum Execution {
    /// It did not, and why.
    Planned(String),
    Done(Box<Done>),
}

/// What was measured and read back.
#[derive(Debug)]
pub struct Done {
    pub device: String,
    pub frames: u32,
    /// The mean time of a frame, the wait for the last one included, in milliseconds.
    pub frame_ms: f64,
    /// How many objects the compute passes left in each view in the last frame: the camera first, then each cascade.
    pub drawn: Vec<usize>,
    /// Of how many.
    pub objects: usize,
    pub statistics: Statistics,
    /// What came of leaving barriers out, where that was asked for.
    pub by_hand: Option<ByHand>,
    /// How far what the compute passes wrote is from the reference.
    pub difference: Difference,
    pub validation: Validation,
}

/// What the validation layer said.
#[derive(Debug)]
pub enum Validation {
    Off,
    On {
        layer: String,
        count: usize,
        /// The texts of the first of them.
        messages: Vec<String>,
        /// Messages that are known to be wrong: how many, and why.
        ignored: Vec<(usize, String)>,
    },
}

impl Report {
    /// Says whether validation, where it is on, found nothing: neither the layer nor the reference on the CPU.
    pub fn is_clean(&self) -> bool {
        match &self.execution {
            Execution::Planned(_) => true,
            Execution::Done(done) => done.by_hand.as_ref().is_none_or(ByHand::is_clean) && done.validates(),
        }
    }

    /// Prints it in the form that the options ask for.
    ///
    /// # Errors
    ///
    /// If the standard output cannot be written.
    pub fn print(&self, options: &Options) -> std::io::Result<()> {
        let text = if options.json { format!("{:#}\n", self.json()) } else { self.to_string() };
        crate::output::print(&text)
    }

    fn json(&self) -> serde_json::Value {
        let mut report = json!({
            "scene": self.scene,
            "width": self.size.width,
            "height": self.size.height,
            "threads": self.threads,
            "systems": self.systems,
            "edges": self.edges,
            "passes": self.passes,
            "dependencies": self.quality.dependencies,
            "calls": self.quality.calls,
            "barriers": self.quality.structures,
            "structs": self.quality.structures,
            "transitions": self.quality.transitions,
            "false_pairs": self.quality.false_pairs.len(),
            "queues": self.lanes.names(),
            "queue_families": self.lanes.families(),
            "alias": self.lanes.is_alias(),
            "submissions": self.quality.submissions,
            "timeline_waits": self.quality.timeline_waits,
            "ownership_pairs": self.quality.ownership_pairs,
            "just_in_time": baseline(self.quality.baselines.just_in_time),
            "full_barriers": baseline(self.quality.baselines.full_barriers),
            "objects": self.objects,
            "out": self.out,
        });
        let rest = match &self.execution {
            Execution::Planned(why) => json!({
                "executed": false,
                "why": why,
                "device": null,
                "frames": 0,
                "frame_ms": null,
                "validation_messages": 0,
            }),
            Execution::Done(done) => json!({
                "executed": true,
                "device": done.device,
                "frames": done.frames,
                "frame_ms": done.frame_ms,
                "drawn": done.drawn[0],
                "drawn_in_cascades": done.drawn[1..],
                "culled": self.objects - done.drawn[0],
                "entities": done.statistics.entities,
                "entities_in_view": done.statistics.in_view,
                "motes": done.statistics.motes,
                "particles": particles::COUNT,
                "reference_transform_difference": done.difference.transform,
                "reference_draw_differences": done.difference.draws,
                "reference_particle_distance": done.difference.particle,
                "reference_level_differences": done.difference.levels,
                "left_out": done.by_hand.as_ref().map(|by_hand| left_out(&by_hand.together)),
                "left_out_one_at_a_time": done.by_hand.as_ref().map(|by_hand| left_out(&by_hand.one_at_a_time)),
                "systems_by_hand": done.by_hand.as_ref().map(|by_hand| by_hand.systems),
                "validation_layer": done.validation.layer(),
                "validation_messages": done.validation.count(),
                "validation_ignored": done.validation.ignored().iter().map(|(count, _)| count).sum::<usize>(),
            }),
        };
        if let (Some(report), serde_json::Value::Object(rest)) = (report.as_object_mut(), rest) {
            report.extend(rest);
        }
        report
    }
}

impl Done {
    fn validates(&self) -> bool {
        match self.validation {
            Validation::Off => true,
            Validation::On { count, .. } => count == 0 && self.difference.is_none(),
        }
    }
}

fn left_out(LeftOut { barriers, named, not_needed, text: _ }: &LeftOut) -> serde_json::Value {
    json!({ "barriers": barriers, "named": named, "not_needed": not_needed })
}

/// As `1 wait`, `2 waits`.
fn counted(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

fn baseline(counts: Baseline) -> serde_json::Value {
    json!({ "calls": counts.calls, "structs": counts.structures, "false_pairs": counts.false_pairs })
}

impl Validation {
    fn layer(&self) -> Option<&str> {
        match self {
            Self::Off => None,
            Self::On { layer, .. } => Some(layer),
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Off => 0,
            Self::On { count, .. } => *count,
        }
    }

    fn ignored(&self) -> &[(usize, String)] {
        match self {
            Self::Off => &[],
            Self::On { ignored, .. } => ignored,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { systems, edges, passes, quality, .. } = self;
        let plan::Report { dependencies, calls, structures, false_pairs, baselines, .. } = quality;
        writeln!(f, "schedule    {systems} systems, {edges} edges")?;
        writeln!(
            f,
            "plan        {passes} passes, {dependencies} dependencies: {calls} calls, the fewest there can be,"
        )?;
        writeln!(f, "            {structures} structures, {} false pairs", false_pairs.len())?;
        writeln!(f, "  against   {} just in time", baselines.just_in_time)?;
        writeln!(f, "            {} with full barriers", baselines.full_barriers)?;
        let plan::Report { submissions, timeline_waits, ownership_pairs, .. } = quality;
        writeln!(f, "queues      {}", self.lanes)?;
        writeln!(
            f,
            "            {}, {}, {}",
            counted(*submissions, "submission"),
            counted(*timeline_waits, "timeline wait"),
            counted(*ownership_pairs, "ownership transfer")
        )?;
        writeln!(f, "scene       {}, {} objects, {}", self.scene, self.objects, self.size)?;
        match &self.execution {
            Execution::Planned(why) => writeln!(f, "device      nothing was executed: {why}")?,
            Execution::Done(done) => write!(f, "{done}")?,
        }
        let (picture, missing) = match &self.execution {
            Execution::Done(done) => ("frame.png, ", if done.by_hand.is_some() { "missing.txt, " } else { "" }),
            Execution::Planned(_) => ("", ""),
        };
        writeln!(f, "files       {picture}{missing}plan.txt, plan.json, schedule.dot in {}", self.out)
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Statistics { entities, in_view, motes } = self.statistics;
        writeln!(f, "device      {}", self.device)?;
        writeln!(f, "frames      {}, {:.1} ms each", self.frames, self.frame_ms)?;
        let [camera, cascades @ ..] = &*self.drawn else { return Ok(()) };
        let cascades: Vec<_> = cascades.iter().map(ToString::to_string).collect();
        writeln!(
            f,
            "culled      {camera} of {} objects drawn, {} in the shadow's cascades",
            self.objects,
            cascades.join(" and ")
        )?;
        writeln!(f, "entities    {in_view} of {entities} in view, {motes} of them specks of dust")?;
        let verdict = if self.difference.is_none() { "as on the CPU" } else { "not as on the CPU" };
        let Difference { transform, draws, particle, .. } = &self.difference;
        writeln!(f, "compute     {verdict}: {draws} draws differ, transforms by {transform:.1e} at most,")?;
        let (sparks, level) = (particles::COUNT, self.difference.level());
        writeln!(
            f,
            "            {sparks} sparks by {particle:.1e} m, {} mip levels by {level:.1e} of a texel",
            self.difference.levels.len()
        )?;
        if let Some(by_hand) = &self.by_hand {
            writeln!(f, "by hand     each system recorded its own barriers: none is missing")?;
            writeln!(f, "left out    {}", by_hand.together)?;
            writeln!(f, "one by one  {} systems, each by hand in frames of its own: none is missing", by_hand.systems)?;
            writeln!(f, "left out    {}", by_hand.one_at_a_time)?;
        }
        write!(f, "{}", self.validation)
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { barriers, named, not_needed, text: _ } = self;
        write!(f, "{barriers} barriers, one in each frame: {named} named by the error, {not_needed} not needed")
    }
}

impl fmt::Display for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => Ok(()),
            Self::On { layer, count, messages, ignored } => {
                writeln!(f, "validation  {count} messages, {layer}")?;
                messages.iter().try_for_each(|message| writeln!(f, "  {message}"))?;
                ignored.iter().try_for_each(|(count, why)| writeln!(f, "  {count} ignored: {why}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use fencewright_graphics::plan::Topology;

    use super::*;

    fn quality() -> plan::Report {
        let baseline = |calls| Baseline { calls, structures: 20, false_pairs: 9 };
        plan::Report {
            dependencies: 17,
            calls: 5,
            structures: 14,
            transitions: 3,
            certificate: plan::Certificate::Disjoint(Vec::new()),
            false_pairs: Vec::new(),
            false_pairs_proven: true,
            submissions: 1,
            timeline_waits: 0,
            ownership_pairs: 0,
            baselines: plan::Baselines { just_in_time: baseline(6), full_barriers: baseline(7) },
        }
    }

    fn planned() -> Report {
        Report {
            scene: "built-in".to_owned(),
            size: Size { width: 64, height: 48 },
            threads: 2,
            systems: 12,
            edges: 13,
            passes: 6,
            lanes: Lanes::new(Topology::one(), Topology::one()),
            quality: quality(),
            objects: 1206,
            execution: Execution::Planned("there is no Vulkan driver".to_owned()),
            out: "out".to_owned(),
        }
    }

    fn done(messages: &[&str]) -> Report {
        let validation = Validation::On {
            layer: "validation layer 1.3.239".to_owned(),
            count: messages.len(),
            messages: messages.iter().map(|&message| message.to_owned()).collect(),
            ignored: Vec::new(),
        };
        let done = Done {
            device: "llvmpipe".to_owned(),
            frames: 2,
            frame_ms: 4.0,
            drawn: vec![700, 100, 1200],
            objects: 1206,
            statistics: Statistics { entities: 100_000, in_view: 40_000, motes: 39_300 },
            by_hand: None,
            difference: Difference::default(),
            validation,
        };
        Report { execution: Execution::Done(Box::new(done)), ..planned() }
    }

    #[test]
    fn the_object_has_what_scripts_ask_for() {
        for report in [planned(), done(&[])] {
            let json = report.json();
            for key in [
                "systems",
                "edges",
                "passes",
                "barriers",
                "device",
                "executed",
                "validation_messages",
                "frame_ms",
                "submissions",
                "timeline_waits",
                "ownership_pairs",
            ] {
                assert!(json.get(key).is_some(), "`{key}` is missing in {json:#}");
            }
        }
        assert_eq!(
            (planned().json()["executed"].as_bool(), done(&[]).json()["culled"].as_u64()),
            (Some(false), Some(506))
        );
    }

    #[test]
    fn a_message_is_shown_and_counts() {
        let report = done(&["SYNC-HAZARD-READ-AFTER-WRITE"]);
        assert!(!report.is_clean() && done(&[]).is_clean() && planned().is_clean());
        assert_eq!(report.json()["validation_messages"], 1);
        assert!(report.to_string().contains("SYNC-HAZARD-READ-AFTER-WRITE"), "{report}");
    }

    #[test]
    fn without_a_driver_the_report_says_that_nothing_ran() {
        let text = planned().to_string();
        assert!(text.contains("nothing was executed") && !text.contains("frame.png"), "{text}");
        assert!(text.contains("  1 submission, 0 timeline waits, 0 ownership transfers\n"), "{text}");
    }
}
