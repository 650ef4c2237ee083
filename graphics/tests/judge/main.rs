//! The judge against known cases, a cruder oracle, and its own advice.

mod cases;
mod file;
mod write;
