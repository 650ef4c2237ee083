//! How frames leave their resources: written down when somebody asks.
//!
//! A frame that follows another as it did before is found by that alone, and looks at no resource. So what such frames leave waits
//! here: whoever locks the registry for anything else finds it written down.

use std::sync::Arc;

use crate::device::marks::Marks;
use crate::device::registry::Registry;
use crate::plan::ResourceState;
use crate::record::script::Script;

/// Frames that follow each other, with what they leave not yet written down.
#[derive(Default)]
pub(crate) struct Leaving(Vec<Left>);

struct Left {
    script: Arc<Script>,
    /// The latest submissions of frames of this script, and of those between them.
    submissions: Marks,
}

impl Leaving {
    /// Adds a frame whose script follows the one before: that one names all resources that it names.
    ///
    /// Where the script is there already, the frames since then name no other resources than it does, and it finds each to be the
    /// same object again. So they are what has happened once more: they go, and all that is left of them is how late it is.
    fn push(&mut self, script: &Arc<Script>, submissions: Marks) {
        let Some(known) = self.0.iter().position(|left| left.script.number == script.number) else {
            return self.0.push(Left { script: Arc::clone(script), submissions });
        };
        let all = self.0.drain(known + 1..).fold(submissions, |all, left| all.and(left.submissions));
        let known = &mut self.0[known];
        known.submissions = known.submissions.and(all);
    }
}

impl Registry {
    /// Writes down what waits.
    pub(crate) fn settle(&mut self) {
        if self.leaving.0.is_empty() {
            return;
        }
        let mut waiting = std::mem::take(&mut self.leaving.0);
        for left in waiting.drain(..) {
            self.write_down(&left.script, left.script.leaves(), left.submissions);
        }
        self.leaving.0 = waiting;
    }

    /// Whether all that frames have left is written down.
    pub(crate) const fn is_settled(&self) -> bool {
        self.leaving.0.is_empty()
    }

    /// Says that a frame was submitted, and has left its resources as its plan says.
    pub(crate) fn leave(&mut self, script: &Arc<Script>, submissions: Marks) {
        if self.is_followed() {
            self.leaving.push(script, submissions);
        } else {
            self.settle();
            self.write_down(script, script.leaves(), submissions);
        }
        self.left_as_planned(Some(script.number));
    }

    /// Says that a frame was submitted, and has left its resources in these states.
    pub(crate) fn leave_as(&mut self, script: &Script, exit: &[ResourceState], submissions: Marks) {
        self.settle();
        self.write_down(script, exit, submissions);
        self.left_as_planned(None);
    }

    /// Notes what every resource is left in.
    fn write_down(&mut self, script: &Script, exit: &[ResourceState], submissions: Marks) {
        for (found, exit) in script.resources.iter().zip(exit) {
            // A resource that was replaced while the frame was open has a state of its own.
            let Some(resource) = self.found_mut(found) else { continue };
            let Some(physical) = resource.physical_mut(found.key.previous) else { continue };
            if physical.handle == found.handle {
                physical.leave(exit, script.prepares);
                resource.last_used = resource.last_used.and(submissions);
            }
        }
        for written in &script.written {
            if let Some(resource) = self.found_mut(written) {
                resource.swap();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{self, Input};
    use crate::record::emission::Emission;

    fn script(number: u64) -> Result<Arc<Script>, plan::PlanError> {
        let (input, emission) = (Input::default(), Emission::default());
        let plan = Arc::new(plan::plan(&input)?);
        Ok(Arc::new(Script { number, ..Script::new(input, plan, Vec::new(), Vec::new(), 0, emission) }))
    }

    #[test]
    fn what_comes_again_takes_the_place_of_all_since_and_is_as_late_as_the_latest() -> Result<(), plan::PlanError> {
        let [a, b, c] = [script(1)?, script(2)?, script(3)?];
        let mut leaving = Leaving::default();
        let mut value = 0;
        let mut push = |leaving: &mut Leaving, script, queue| {
            value += 1;
            leaving.push(script, Marks::one(queue, value));
            leaving.0.iter().map(|left| (left.script.number, left.submissions.of(0), left.submissions.of(1))).collect()
        };
        let mut expect = |script, queue, expected: &[(u64, u64, u64)]| {
            let found: Vec<_> = push(&mut leaving, script, queue);
            assert_eq!(found, expected);
        };
        expect(&a, 0, &[(1, 1, 0)]);
        expect(&a, 0, &[(1, 2, 0)]);
        expect(&b, 1, &[(1, 2, 0), (2, 0, 3)]);
        expect(&c, 0, &[(1, 2, 0), (2, 0, 3), (3, 4, 0)]);
        expect(&b, 1, &[(1, 2, 0), (2, 4, 5)]);
        expect(&a, 0, &[(1, 6, 5)]);
        Ok(())
    }
}
