//! A bar on long runs. It goes to the standard error, and only where a person looks at it.

use indicatif::{ProgressBar, ProgressStyle};

/// Shows how many frames are done.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    pub fn new(frames: u32) -> Self {
        let style = ProgressStyle::with_template("{pos:>5}/{len} frames  {bar:40}  {eta} left");
        let bar = ProgressBar::new(u64::from(frames));
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// One more frame is done.
    pub fn step(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
