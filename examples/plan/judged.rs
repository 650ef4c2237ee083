//! What the judge says of a plan: over the frame, and over the frame that follows it.

use fencewright_graphics::judge::{self, Rules, Verdict};
use fencewright_graphics::plan::{Input, Plan};
use fencewright_graphics::verify;

/// The judge's verdict on a frame and the next one.
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
}

impl Judged {
    pub(crate) fn new(input: &Input, plan: &Plan) -> Self {
        // What the call at END does for the next frame, something does for the first one: a frame without passes.
        let before = Input { passes: Vec::new(), ..input.clone() };
        let stream = verify::stream_with(&[&before, input, input], |frame, gap| {
            let barriers = if frame == 0 { &plan.prologue } else { &plan.call(gap)?.barriers };
            (!barriers.is_empty()).then(|| barriers.iter().map(verify::barrier).collect())
        });
        Self { verdict: judge::judge(&stream, &Rules::default()) }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.verdict.is_clean()
    }
}
