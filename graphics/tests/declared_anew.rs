//! A value declares its parts anew in each run: whichever changes, the next run knows.
#![forbid(unsafe_code)]

use std::sync::Mutex;

use fencewright::prelude::*;
use fencewright::{Failure, Program, RunContext};
use fencewright_graphics::prelude::*;
use fencewright_graphics::{Bytes, Layers, Mips, Part, PassDecl};

struct Bloom;
struct ParticleData;

/// What the system selects in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Selected {
    mips: Mips,
    layers: Layers,
    bytes: Bytes,
    instance: u32,
}

const FIRST: Selected =
    Selected { mips: Mips { start: 0, end: Some(1) }, layers: Layers::ALL, bytes: Bytes::ALL, instance: 0 };

/// Selects something else in each run; the number of the run is its second field.
#[derive(System)]
#[reads(GpuImage<Bloom>[mip = self.now().mips, layer = self.now().layers] as ComputeSampled)]
#[writes(
    GpuBuffer<ParticleData>[bytes = self.now().bytes, instance = self.now().instance] as ComputeStorage,
    GpuImage<ParticleData>[mip = 3] as ComputeStorageWrite
)]
struct Select(Vec<Selected>, usize);

impl Select {
    fn now(&self) -> Selected {
        self.0[self.1]
    }
}

impl Run for Select {
    fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
        self.1 += 1;
        Ok(())
    }
}

/// Notes the revision and the parts of each run.
#[derive(Default)]
struct Told(Mutex<Vec<(u64, Vec<Part>)>>);

impl RunContext for Told {
    fn prepare(&self, program: &Program) -> Result<(), Failure> {
        let decl: &PassDecl = program.systems()[0].declaration().get().ok_or("it declares its parts")?;
        self.0.lock().map_err(|_| "nobody panics")?.push((program.revision(), decl.parts.clone()));
        Ok(())
    }
}

fn parts(selected: Selected) -> Vec<Part> {
    let Selected { mips, layers, bytes, instance } = selected;
    vec![Part::whole().mip(mips).layer(layers), Part::whole().bytes(bytes).instance(instance), Part::whole().mip(3)]
}

#[test]
fn each_part_that_a_value_changes_is_known_in_the_next_run() -> Result<(), Box<dyn std::error::Error>> {
    let mut all = vec![FIRST, FIRST];
    for end in [Some(2), Some(u32::MAX), None] {
        all.push(Selected { mips: Mips { start: 0, end }, ..FIRST });
        all.push(Selected { mips: Mips { start: 1, end }, ..FIRST });
        all.push(Selected { layers: Layers { start: 0, end }, ..FIRST });
        all.push(Selected { layers: Layers { start: 1, end }, ..FIRST });
    }
    for end in [Some(2), Some(u64::from(u32::MAX)), Some(u64::MAX), None] {
        all.push(Selected { bytes: Bytes { start: 0, end }, ..FIRST });
        all.push(Selected { bytes: Bytes { start: 1, end }, ..FIRST });
    }
    all.extend([1, 2, u32::MAX].map(|instance| Selected { instance, ..FIRST }));
    // Each after each other, and each twice in a row.
    let kinds = all.clone();
    for &one in &kinds {
        for &other in &kinds {
            all.extend([one, other, other]);
        }
    }
    let runs = all.len();
    let mut schedule = Schedule::builder().stage(Stage::new("only").system(Select(all.clone(), 0))).build()?;
    let told = Told::default();
    for _ in 0..runs - 1 {
        schedule.run_with(&mut World::new(), &told)?;
    }
    let told = told.0.into_inner()?;
    for (run, (_, found)) in told.iter().enumerate() {
        assert_eq!(*found, parts(all[run]), "run {run}");
    }
    for (run, pair) in told.windows(2).enumerate() {
        assert_eq!(pair[0].0 != pair[1].0, all[run] != all[run + 1], "{:?}, then {:?}", all[run], all[run + 1]);
    }
    Ok(())
}
