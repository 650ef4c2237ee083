//! What old validation layers must be told before they are loaded.

use fencewright_graphics::{ApiVersion, Validation, ValidationInfo};

/// Since this version layers know that a wait for a timeline value on another queue orders submits.
const KNOWS_TIMELINES: ApiVersion = ApiVersion { major: 1, minor: 3, patch: 296 };

/// Makes layers before 1.3.274 look between submits, unless the environment says something else already; on several queues makes
/// them not look there, whatever it says, as they take every wait for a timeline value for none. Newer layers look by themselves.
///
/// To be called first in `main`.
pub fn look_between_submits(several_queues: bool) {
    let (name, _) = Validation::ENVIRONMENT;
    let said = std::env::var(name).ok();
    if let Some(value) = enables(several_queues, said.as_deref()) {
        // SAFETY: `main` calls this before any other thread is there that could read the environment.
        unsafe { std::env::set_var(name, value) };
    }
}

/// Returns what the environment must say, where it says something else.
fn enables(several_queues: bool, said: Option<&str>) -> Option<String> {
    let (_, all) = Validation::ENVIRONMENT;
    match (several_queues, said) {
        (false, None) => Some(all.to_owned()),
        (false, Some(_)) | (true, None) => None,
        (true, Some(said)) => {
            let between = all.rsplit(':').next();
            let others: Vec<_> = said.split(':').filter(|word| Some(*word) != between).collect();
            Some(others.join(":")).filter(|others| others != said)
        }
    }
}

/// Says what a layer does not see; nothing of one that sees all.
pub fn blind_spot(info: &ValidationInfo, several_queues: bool) -> &'static str {
    match (info.between_submits, several_queues && info.layer < KNOWS_TIMELINES) {
        (true, false) => "",
        (false, false) => ", which does not look between submits",
        (false, true) => {
            ", which is not to look between submits: before 1.3.296 layers know no timeline semaphores between queues"
        }
        (true, true) => {
            ", which knows no timeline semaphores between queues: what it says of other submits may be wrong; use 1.3.296 or newer"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_left_as_it_is_but_for_what_makes_old_layers_wrong() {
        let (_, all) = Validation::ENVIRONMENT;
        let (synchronization, between) = all.split_once(':').expect("two words");
        assert_eq!(enables(false, None).as_deref(), Some(all));
        assert_eq!(enables(false, Some("X")), None);
        assert_eq!(enables(true, None), None);
        assert_eq!(enables(true, Some(all)).as_deref(), Some(synchronization));
        assert_eq!(enables(true, Some(between)).as_deref(), Some(""));
        assert_eq!(enables(true, Some(&format!("X:{between}:Y"))).as_deref(), Some("X:Y"));
        assert_eq!(enables(true, Some("X:Y")), None);
    }

    #[test]
    fn what_a_layer_does_not_see_is_said() {
        let said = |patch, between_submits, several| {
            let layer = ApiVersion { patch, ..KNOWS_TIMELINES };
            blind_spot(&ValidationInfo { layer, synchronization: true, between_submits }, several)
        };
        assert_eq!((said(239, true, false), said(296, true, true)), ("", ""));
        assert_eq!(said(239, false, false), ", which does not look between submits");
        assert!(said(239, false, true).contains("is not to look between submits: before 1.3.296"));
        assert!(said(280, true, true).contains("use 1.3.296 or newer"));
    }
}
