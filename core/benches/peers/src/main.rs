//! The frames of `core/benches/schedule` on other schedulers, interleaved in one process, on two threads each.
//!
//! `cargo run --release --manifest-path core/benches/peers/Cargo.toml`

#[path = "../../schedule/frames.rs"]
#[allow(dead_code)]
mod frames;
#[path = "../../schedule/measure.rs"]
#[allow(dead_code)]
mod measure;
#[path = "../../schedule/work.rs"]
#[allow(dead_code)]
mod work;

mod bevy;
mod legion;
mod ours;
mod shipyard;
mod shred;
mod table;

use std::time::Duration;

use frames::Frame;
use measure::{Case, Turns, measure};
use work::Clock;

/// What everyone runs.
#[derive(Clone, Copy)]
enum Load {
    /// So many systems that touch nothing, and work so long.
    Free(usize, f64),
    /// So many empty systems that all write one resource.
    SameWrite(usize),
    /// The mixed frame.
    Mixed,
}

/// A resource that is known by its type.
#[derive(Default, bevy_ecs::prelude::Resource)]
struct R<const N: usize>;

fn main() {
    let clock = Clock::calibrate();
    rayon::ThreadPoolBuilder::new().num_threads(2).build_global().expect("the first to ask");
    table::check(&Frame::mixed(1, 64));
    let once = Turns { rounds: 10, ..Turns::default() };
    let idle = Turns { warm_up: 1, idle: Duration::from_micros(400), ..once };
    let rows = [
        ("10 empty", Load::Free(10, 0.0), Turns { batch: 20, ..once }),
        ("60 empty", Load::Free(60, 0.0), Turns { batch: 10, ..once }),
        ("1000 empty", Load::Free(1000, 0.0), once),
        ("1000 that write the same", Load::SameWrite(1000), Turns { warm_up: 5, ..once }),
        ("1000 x 1 us", Load::Free(1000, 1.0), once),
        ("60 x 10 us", Load::Free(60, 10.0), once),
        ("mixed frame, back to back", Load::Mixed, once),
        ("mixed frame, after 400 us idle", Load::Mixed, idle),
    ];
    println!("| us | loop | fencewright | bevy single | bevy multi | shred | legion | shipyard | rayon spawn each |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, load, turns) in rows {
        let mut cases = [
            Case::new(ours::plain_loop(load, clock)),
            Case::new(ours::schedule(load, clock)),
            Case::new(bevy::single(load, clock)),
            Case::new(bevy::multi(load, clock)),
            Case::new(shred::run(load, clock)),
            Case::new(legion::run(load, clock)),
            Case::new(shipyard::run(load, clock)),
            Case::new(ours::spawn_each(load, clock)),
        ];
        measure(&mut cases, turns);
        let medians: Vec<String> = cases.iter().map(|case| format!("{:.2}", case.median_us())).collect();
        println!("| {name} | {} |", medians.join(" | "));
    }
}

/// The systems of a load as a frame.
fn frame(load: Load) -> Frame {
    match load {
        Load::Free(count, us) => Frame::free(count, us),
        Load::SameWrite(count) => Frame::same_write(count),
        Load::Mixed => Frame::mixed(1, 64),
    }
}
