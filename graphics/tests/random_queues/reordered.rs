//! A better order of the passes of a frame: it is one, and what it promises is so.

use fencewright_graphics::judge::Rules;
use fencewright_graphics::plan::{Input, plan_with_report, reorder};
use fencewright_graphics::{Access, verify};

/// Plans the frame in a better order, and says what is wrong with it; whether it is another one.
pub(crate) fn reordered(input: &Input) -> Result<bool, String> {
    let told = |error: fencewright_graphics::plan::PlanError| error.to_string();
    let order = reorder(input).map_err(told)?;
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..input.passes.len()) {
        return Err(format!("no order of the passes: {order:?}"));
    }
    for (at, later) in order.iter().enumerate() {
        if let Some(earlier) =
            order[..at].iter().find(|earlier| *earlier > later && is_hazard(input, **earlier, *later))
        {
            return Err(format!("{earlier} now comes before {later}, which it depends on: {order:?}"));
        }
    }
    let passes = order.iter().map(|pass| input.passes[*pass].clone()).collect();
    let better = Input { passes, ..input.clone() };
    let ((_, old), (plan, new)) = (plan_with_report(input).map_err(told)?, plan_with_report(&better).map_err(told)?);
    let verdict = verify::verify(&better, &plan, &Rules::default());
    if !verdict.is_clean() {
        return Err(format!("the judge, of {order:?}: {verdict}\n{plan}"));
    }
    if new.calls > old.calls || new.timeline_waits > old.timeline_waits {
        return Err(format!("{order:?} is no better: {old:?} {new:?}"));
    }
    Ok(better.passes != input.passes)
}

fn is_hazard(input: &Input, one: usize, other: usize) -> bool {
    let (firsts, seconds) = (&input.passes[one].accesses, &input.passes[other].accesses);
    firsts.iter().any(|first| {
        seconds.iter().any(|second| {
            let write = first.access == Access::Write || second.access == Access::Write;
            write && first.resource == second.resource && first.part.meets(&second.part)
        })
    })
}
