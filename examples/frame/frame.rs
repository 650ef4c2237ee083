//! The schedule: which systems make a frame, in which stages.

use fencewright::prelude::*;

use crate::gpu::Programs;
use crate::options::Size;
use crate::particles;
use crate::scene::Scene;
use crate::systems::{
    Accumulate, AdvanceClock, AnimateObjects, Assets, Brighten, CullAndSortDust, CullObjects, Downsample, DrawShadow,
    DrawSurfaces, DrawTransparent, DriftEntities, GatherAnchors, LightSurfaces, Measure, MoveCamera, ReadBack,
    ReadLight, ReadLists, SimulateParticles, Spread, Tonemap, UploadAssets, UploadFrame, Upsample,
};

/// What is run once before the first frame.
#[derive(Schedule)]
pub struct Load {
    upload: (UploadAssets,),
}

impl Load {
    /// Makes the system that brings a scene to the device.
    pub fn new(scene: &Scene) -> Self {
        Self { upload: (UploadAssets { assets: Assets::of(scene) },) }
    }
}

/// One frame. Stages only group; what must wait for what follows from the systems' declarations.
#[derive(Schedule)]
pub struct Frame {
    #[stage(name = "move")]
    pub moving: (AdvanceClock, DriftEntities),
    #[stage(name = "extract", after = "move")]
    pub extract: (MoveCamera, GatherAnchors, CullAndSortDust, Measure),
    #[stage(name = "upload", after = "extract")]
    pub upload: (UploadFrame,),
    #[stage(name = "simulate", after = "upload")]
    pub simulate: (SimulateParticles, AnimateObjects),
    #[stage(name = "cull", after = "simulate")]
    pub cull: (CullObjects, CullObjects, CullObjects),
    #[stage(name = "draw", after = "cull")]
    pub draw: (DrawShadow, DrawShadow, DrawSurfaces),
    #[stage(name = "light", after = "draw")]
    pub light: (LightSurfaces, DrawTransparent, Accumulate),
    #[stage(name = "bloom", after = "light")]
    pub bloom: (Brighten, Downsample, Downsample, Downsample, Downsample, Downsample),
    #[stage(name = "glow", after = "bloom")]
    pub glow: (Spread, Upsample, Upsample, Upsample, Upsample, Upsample),
    #[stage(name = "picture", after = "glow")]
    pub picture: (Tonemap, ReadBack),
}

impl Frame {
    /// Makes the systems that draw a scene, and dust and sparks around it.
    pub fn new(scene: &Scene, size: Size, programs: &Programs) -> Self {
        let (objects, opaque) = (scene.objects.len() as u32, scene.opaque() as u32);
        let particles = particles::COUNT as u32;
        let cull = |view: u32| CullObjects { program: programs.cull[view as usize], view, objects };
        let shadow = |cascade: u32| DrawShadow { drawn: programs.shadow[cascade as usize], cascade, opaque };
        let glow = size.glow();
        let down = |mip: u32| Downsample { program: programs.downsample[mip as usize], mip, size: glow };
        let up = |mip: u32| Upsample { program: programs.upsample[mip as usize], mip, size: glow };
        Self {
            moving: (AdvanceClock, DriftEntities),
            extract: (MoveCamera { size }, GatherAnchors, CullAndSortDust::default(), Measure),
            upload: (UploadFrame,),
            simulate: (
                SimulateParticles { program: programs.simulate, particles },
                AnimateObjects { program: programs.animate, objects },
            ),
            cull: (cull(0), cull(1), cull(2)),
            draw: (shadow(0), shadow(1), DrawSurfaces { program: programs.gbuffer, opaque }),
            light: (
                LightSurfaces { program: programs.light, size },
                DrawTransparent {
                    glass: programs.glass,
                    dust: programs.dust,
                    sparks: programs.sparks,
                    opaque,
                    objects,
                    particles,
                },
                Accumulate { program: programs.accumulate, size },
            ),
            bloom: (Brighten { program: programs.brighten, size: glow }, down(0), down(1), down(2), down(3), down(4)),
            glow: (Spread { program: programs.spread, size: glow }, up(4), up(3), up(2), up(1), up(0)),
            picture: (Tonemap { program: programs.tonemap }, ReadBack),
        }
    }
}

/// What is run once after the last frame, to look at what it left.
#[derive(Schedule)]
pub struct Check {
    read: (ReadLists, ReadLight),
}

impl Check {
    /// Makes the systems that bring home what a frame of this scene and size left.
    pub fn new(scene: &Scene, size: Size) -> Self {
        Self { read: (ReadLists { objects: scene.objects.len() as u32 }, ReadLight { size }) }
    }
}

#[cfg(test)]
mod tests {
    use fencewright_graphics::prelude::*;

    use super::*;
    use crate::world::{self, Anchors, Clock};

    fn frame() -> (Schedule, World) {
        let scene = crate::scene::load(None).expect("the built-in scene needs no file");
        let frame = Frame::new(&scene, Size { width: 64, height: 48 }, &Programs::default());
        (frame.schedule().expect("the stages are in order"), world::populate(&scene))
    }

    #[test]
    fn the_barriers_follow_from_the_declarations() {
        let (schedule, _) = frame();
        let plan = schedule.barrier_plan().expect("every read has a write");
        assert_eq!(plan.passes.len(), 26);
        let hints = schedule.barrier_hints();
        for pair in [
            "UploadFrame writes GpuBuffer<ViewUniform>, CullObjects#2 reads it",
            "AnimateObjects writes GpuBuffer<InstanceStorage>, DrawShadow reads it",
            "CullObjects#1 writes GpuBuffer<IndirectDraws>#1, DrawShadow reads it",
            "DrawShadow#1 writes GpuImage<ShadowDepth>, LightSurfaces reads it",
            "SimulateParticles writes GpuBuffer<Particles>, DrawTransparent reads it",
            "LightSurfaces writes GpuImage<Light>, DrawTransparent writes it",
            "Downsample#3 writes GpuImage<Bloom>, Downsample#4 reads it",
            "Upsample#4 writes GpuImage<Glow>, Tonemap reads it",
            "Tonemap writes GpuImage<PictureRenderTarget>, ReadBack reads it",
        ] {
            assert!(hints.contains(pair), "`{pair}` is missing in\n{hints}");
        }
        let elsewhere =
            "these passes run on others: UploadFrame (transfer), SimulateParticles (compute), AnimateObjects (compute)";
        assert!(hints.contains(elsewhere), "{hints}");
    }

    #[test]
    fn a_system_that_fails_is_named_with_what_it_misses() {
        let (mut schedule, mut world) = frame();
        world.remove::<Clock>();
        let error = schedule.run(&mut world).expect_err("there is no clock").to_string();
        assert!(error.contains("`AdvanceClock`") && error.contains("Clock"), "{error}");
    }

    #[test]
    fn a_system_that_panics_is_named_and_the_program_goes_on() {
        let (mut schedule, mut world) = frame();
        world.insert(Anchors::default());
        let error = schedule.run(&mut world).expect_err("there is no room for the anchors").to_string();
        assert!(error.contains("`GatherAnchors`") && error.contains("index out of bounds"), "{error}");
    }
}
