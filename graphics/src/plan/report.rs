//! How good a plan is: its counts, why no plan has fewer calls, and what it orders for nothing.

use std::fmt;

use crate::plan::arrange::Arranged;
use crate::plan::input::Input;
use crate::plan::model::{Half, Plan, Reason, ReasonAccess};
use crate::plan::names::count;
use crate::plan::need::Need;
use crate::plan::placement::{self, Producer, Stays};
use crate::plan::reason::{Reasons, around_opaque};
use crate::plan::touch::Touched;

/// How good a plan is, with the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many pairs of accesses a barrier has to order; what others cover is not counted.
    pub dependencies: usize,
    /// How many calls there are.
    pub calls: usize,
    /// How many structures they have.
    pub structures: usize,
    /// How many of these change a layout.
    pub transitions: usize,
    /// Why no plan in this order of passes has fewer calls.
    pub certificate: Certificate,
    /// The passes that are ordered for nothing.
    pub false_pairs: Vec<FalsePair>,
    /// Whether no plan with that few calls, in this order of passes, has fewer false pairs.
    pub false_pairs_proven: bool,
    /// What plainer ways to place barriers come to on the same frame.
    pub baselines: Baselines,
    /// How many submissions there are.
    pub submissions: usize,
    /// How many timeline points they wait for: the fewest that order what is needed over queues and nothing else.
    pub timeline_waits: usize,
    /// How many ownership transfers there are, each of a release and an acquire.
    pub ownership_pairs: usize,
}

/// What plainer ways to place barriers come to on the same frame, by the same rules of counting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baselines {
    /// Each dependency is met right before the pass that needs it.
    pub just_in_time: Baseline,
    /// Before each pass, all commands wait for all earlier ones.
    pub full_barriers: Baseline,
}

/// What one way to place barriers comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// How many calls there are.
    pub calls: usize,
    /// How many structures they have.
    pub structures: usize,
    /// How many pairs of passes are ordered for nothing.
    pub false_pairs: usize,
}

impl Baseline {
    /// Adds that of a queue.
    fn add(&mut self, counts: placement::Counts) {
        let placement::Counts { calls, structures, false_pairs } = counts;
        self.calls += calls;
        self.structures += structures;
        self.false_pairs += false_pairs;
    }
}

/// Why no plan in this order of passes has fewer calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// No gap meets two of these dependencies, so that each needs a call of its own.
    Disjoint(Vec<Witness>),
    /// The frame repeats. Without a call at END no gap meets two of the first list; with one, no gap but END meets two
    /// of the second, and END meets none of it.
    Cases {
        /// The dependencies of a plan without a call at END.
        without_end: Vec<Witness>,
        /// Those of a plan with one.
        with_end: Vec<Witness>,
    },
}

/// A dependency of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Both accesses.
    pub reason: Reason,
    /// The first and the last gap in which it can be met.
    pub gaps: (usize, usize),
}

/// Two passes that the plan orders although neither depends on the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FalsePair {
    /// The earlier pass.
    pub before: usize,
    /// The later pass.
    pub after: usize,
    /// What orders them, and why it stays.
    pub causes: Vec<Cause>,
}

/// A dependency whose barrier orders a false pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Both accesses.
    pub reason: Reason,
    /// The gap of the call that meets it.
    pub gap: usize,
    /// Why it goes on ordering the pair.
    pub stays: WhyItStays,
}

/// Why a dependency goes on ordering a false pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyItStays {
    /// Every gap in which it can be met lies between the two passes.
    EveryGapOrders,
    /// In another gap it would not, but a call there is one call more.
    CostsACall {
        /// Such a gap.
        gap: usize,
    },
    /// A plan with as few calls could leave this pair out, and would order at least as many others.
    OrdersAsMany {
        /// The gap it would use.
        gap: usize,
    },
}

/// Reports on a frame that was planned.
pub(super) fn report(input: &Input, touched: &Touched, needs: &[Need<'_>], queues: &[Arranged], plan: &Plan) -> Report {
    let structures = || plan.calls.iter().flat_map(|call| &call.barriers);
    let mut report = Report {
        dependencies: 0,
        calls: plan.calls.len(),
        structures: structures().count(),
        transitions: structures().filter(|barrier| barrier.target.transition().is_some()).count(),
        certificate: Certificate::Disjoint(Vec::new()),
        false_pairs: Vec::new(),
        false_pairs_proven: true,
        submissions: plan.submissions.len(),
        timeline_waits: plan.submissions.iter().map(|submission| submission.waits.len()).sum(),
        ownership_pairs: structures().filter(|barrier| barrier.is_half(Half::Acquire)).count(),
        baselines: Baselines::default(),
    };
    for arranged in queues {
        let reporting = Reporting { input, touched, needs, arranged };
        let placement = &arranged.placement;
        let carried = |one: &&placement::Dependency| one.carrier != placement::Carrier::Nothing;
        report.dependencies += arranged.problem.dependencies.iter().filter(carried).count();
        report.certificate.add(reporting.certificate(&placement.certificate));
        let pairs = placement::false_pairs(&arranged.problem, placement);
        let named = pairs.into_iter().map(|pair| (pair, reporting.false_pair(pair)));
        let ordered = named.filter(|(pair, named)| queues.len() > 1 || reporting.is_ordered(plan, *pair, named));
        report.false_pairs.extend(ordered.map(|(_, named)| named));
        report.false_pairs_proven &= placement.false_pairs_proven;
        report.baselines.just_in_time.add(placement::just_in_time(&arranged.problem));
        report.baselines.full_barriers.add(placement::full_barriers(&arranged.problem));
    }
    report
}

impl Certificate {
    /// Adds that of another queue: a call serves one queue.
    fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::Disjoint(all), Self::Disjoint(more)) => all.extend(more),
            (this, other) => *this = other,
        }
    }
}

struct Reporting<'a> {
    input: &'a Input,
    touched: &'a Touched,
    needs: &'a [Need<'a>],
    arranged: &'a Arranged,
}

impl Reporting<'_> {
    fn certificate(&self, certificate: &placement::Certificate) -> Certificate {
        let witnesses = |list: &[usize]| list.iter().map(|dependency| self.witness(*dependency)).collect();
        match certificate {
            placement::Certificate::Disjoint(list) => Certificate::Disjoint(witnesses(list)),
            placement::Certificate::Cases { without_end, with_end } => {
                Certificate::Cases { without_end: witnesses(without_end), with_end: witnesses(with_end) }
            }
        }
    }

    fn witness(&self, dependency: usize) -> Witness {
        let placed = &self.arranged.problem.dependencies[dependency];
        let earliest = match placed.producer {
            Producer::Pass(pass) => self.arranged.gap(pass + 1),
            Producer::PreviousFrame | Producer::Outside => 0,
        };
        Witness { reason: self.reason(dependency), gaps: (earliest, self.arranged.gap(placed.consumer)) }
    }

    fn reason(&self, dependency: usize) -> Reason {
        let need = &self.needs[self.arranged.needs[dependency]];
        Reasons::new(self.input, self.touched).of([need]).swap_remove(0)
    }

    /// Returns whether a structure orders a pair of passes still: what the plan could do without is gone.
    fn is_ordered(&self, plan: &Plan, pair: placement::FalsePair, named: &FalsePair) -> bool {
        let stages = |pass: usize| placement::scope::stages(self.arranged.problem.passes[pass]);
        let (before, after) = (stages(pair.before), stages(pair.after));
        let calls = plan.calls.iter().filter(|call| named.before < call.gap && call.gap <= named.after);
        calls.flat_map(|call| &call.barriers).any(|barrier| {
            placement::scope::first(barrier.first.stages).intersects(before)
                && placement::scope::second(barrier.second.stages).intersects(after)
        })
    }

    fn false_pair(&self, pair: placement::FalsePair) -> FalsePair {
        let Arranged { problem, choices, placement, .. } = self.arranged;
        let mut causes: Vec<Cause> = Vec::new();
        for cause in placement::explain(problem, choices, placement, pair) {
            let stays = match cause.stays {
                Stays::EveryGapOrders => WhyItStays::EveryGapOrders,
                Stays::CostsACall { gap } => WhyItStays::CostsACall { gap: self.arranged.gap(gap) },
                Stays::OrdersAsMany { gap } => WhyItStays::OrdersAsMany { gap: self.arranged.gap(gap) },
            };
            let gap = self.arranged.gap(placement.structures[cause.structure].gap);
            causes.push(Cause { reason: self.reason(cause.dependency), gap, stays });
        }
        FalsePair { before: self.arranged.pass(pair.before), after: self.arranged.pass(pair.after), causes }
    }
}

impl Report {
    /// Displays the report with the names of a plan.
    pub const fn display<'a>(&'a self, plan: &'a Plan) -> ReportText<'a> {
        ReportText { report: self, plan }
    }
}

/// Displays a [`Report`]; made by [`Report::display`].
#[derive(Clone, Copy, Debug)]
pub struct ReportText<'a> {
    report: &'a Report,
    plan: &'a Plan,
}

impl fmt::Display for ReportText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { dependencies, calls, structures, transitions, certificate, .. } = self.report;
        let Report { false_pairs, false_pairs_proven, baselines, .. } = self.report;
        let Report { submissions, timeline_waits, ownership_pairs, .. } = self.report;
        let word = if *dependencies == 1 { "dependency" } else { "dependencies" };
        let (calls, structures) = (count(*calls, "call"), count(*structures, "structure"));
        writeln!(f, "{dependencies} {word}, {calls}, {structures}, {}", count(*transitions, "transition"))?;
        if self.plan.topology.has_several_queues() {
            writeln!(
                f,
                "{}, {}, {}",
                count(*submissions, "submission"),
                count(*timeline_waits, "timeline wait"),
                count(*ownership_pairs, "ownership transfer")
            )?;
        }
        self.certificate(f, certificate)?;
        let proven = if *false_pairs_proven { "the fewest with so few calls" } else { "the fewest that were found" };
        let pairs = count(false_pairs.len(), "false pair");
        writeln!(f, "\n{pairs}, {proven}: passes that a barrier orders although neither needs the other")?;
        false_pairs.iter().try_for_each(|pair| self.false_pair(f, pair))?;
        let Baselines { just_in_time, full_barriers } = baselines;
        writeln!(f, "\njust in time   {just_in_time}")?;
        writeln!(f, "full barriers  {full_barriers}")
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, structures, false_pairs } = self;
        let (calls, structures) = (count(*calls, "call"), count(*structures, "structure"));
        write!(f, "{calls}, {structures}, {}", count(*false_pairs, "false pair"))
    }
}

impl ReportText<'_> {
    fn certificate(&self, f: &mut fmt::Formatter<'_>, certificate: &Certificate) -> fmt::Result {
        match certificate {
            Certificate::Disjoint(list) => {
                match list.len() {
                    0 => writeln!(f, "\nno call is needed: nothing depends on anything")?,
                    1 => writeln!(f, "\n1 call is the fewest: this dependency needs it")?,
                    fewest => writeln!(
                        f,
                        "\n{fewest} calls are the fewest in this order: no gap meets two of these {fewest} dependencies"
                    )?,
                }
                list.iter().try_for_each(|witness| self.witness(f, witness))
            }
            Certificate::Cases { without_end, with_end } => {
                writeln!(f, "\nwithout a call at END, no gap meets two of these {} dependencies", without_end.len())?;
                without_end.iter().try_for_each(|witness| self.witness(f, witness))?;
                let more = count(with_end.len(), "more call");
                writeln!(f, "with one, there must be {more}: none of these is met at END, and no gap meets two")?;
                with_end.iter().try_for_each(|witness| self.witness(f, witness))
            }
        }
    }

    fn witness(&self, f: &mut fmt::Formatter<'_>, witness: &Witness) -> fmt::Result {
        let (first, last) = witness.gaps;
        let gaps = if first == last { format!("gap {first}") } else { format!("gaps {first} to {last}") };
        writeln!(f, "  {gaps:<15} {}", self.reason(&witness.reason))
    }

    fn false_pair(&self, f: &mut fmt::Formatter<'_>, pair: &FalsePair) -> fmt::Result {
        writeln!(f, "  `{}` before `{}`", self.pass(pair.before), self.pass(pair.after))?;
        for cause in &pair.causes {
            let why = match cause.stays {
                WhyItStays::EveryGapOrders => "every gap it has lies between the two".to_owned(),
                WhyItStays::CostsACall { gap } => format!("a call {} would not, and would be one more", self.gap(gap)),
                WhyItStays::OrdersAsMany { gap } => {
                    format!("a plan with it {} would order as many others", self.gap(gap))
                }
            };
            writeln!(f, "    the call {} for {}: {why}", self.gap(cause.gap), self.reason(&cause.reason))?;
        }
        Ok(())
    }

    fn gap(&self, gap: usize) -> String {
        self.plan.passes.get(gap).map_or_else(|| "at END".to_owned(), |pass| format!("before `{}`", pass.name))
    }

    fn pass(&self, pass: usize) -> &str {
        self.plan.passes.get(pass).map_or("END", |pass| &pass.name)
    }

    fn reason(&self, reason: &Reason) -> String {
        if let Some(words) = around_opaque(reason, "`") {
            return words;
        }
        let verb = |access: &ReasonAccess| if access.write { "writes" } else { "reads" };
        let name = self.plan.resource_name(reason.resource);
        let second = format!("`{}` {}", reason.second.system, verb(&reason.second));
        match &reason.first {
            Some(first) if first.pass.is_some() => format!("`{}` {} {name}, {second} it", first.system, verb(first)),
            Some(first) => format!("`{}` {} {name} before the frame, {second} it", first.system, verb(first)),
            None => format!("{second} {name} first"),
        }
    }
}
