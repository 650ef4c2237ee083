//! Plain twins of placement, and the counts of whole frames.

mod brute;
mod cases;
mod check;
mod frames;
mod random;
mod speed;
