//! What old validation layers must be told before they are loaded.

use fencewright_graphics::Validation;

/// Makes layers before 1.3.274 look between submits too, unless the environment says something else already.
///
/// To be called first in `main`.
pub fn look_between_submits() {
    let (name, value) = Validation::ENVIRONMENT;
    if std::env::var_os(name).is_none() {
        // SAFETY: `main` calls this before any other thread is there that could read the environment.
        unsafe { std::env::set_var(name, value) };
    }
}
