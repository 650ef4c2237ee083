//! Every rule of the declarations. What passes is ready to be written out.

pub(crate) mod parts;
mod pass;
pub(crate) mod schedule;
pub(crate) mod system;
#[cfg(test)]
mod tests;
pub(crate) mod usage;
