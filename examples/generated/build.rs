//! Plans the frame that is declared in `declared.rs`, and writes its barriers as Rust.

#[path = "declared.rs"]
mod declared;

use std::path::PathBuf;

use fencewright_graphics::BarrierHints;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=declared.rs");
    let plan = declared::Frame::barrier_plan()?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("barriers.rs"), plan.to_rust())?;
    Ok(())
}
