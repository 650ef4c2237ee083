//! The schedule: which systems make a frame, in which stages.

use fencewright::prelude::*;

use crate::gpu::Programs;
use crate::options::Size;
use crate::scene::Scene;
use crate::systems::{
    AdvanceClock, AnimateAndCull, DrawScene, DriftEntities, GatherAnchors, GatherDust, Measure, Meshes, MoveCamera,
    Post, ReadBack, UploadFrame, UploadMeshes,
};
use crate::world;

/// One frame. Stages only group; what must wait for what follows from the systems' declarations.
#[derive(Schedule)]
pub struct Frame {
    #[stage(name = "simulate")]
    simulate: (AdvanceClock, DriftEntities),
    #[stage(name = "extract", after = "simulate")]
    extract: (MoveCamera, GatherAnchors, GatherDust, Measure),
    #[stage(name = "upload", after = "extract")]
    upload: (UploadMeshes, UploadFrame),
    #[stage(name = "animate", after = "upload")]
    animate: (AnimateAndCull,),
    #[stage(name = "draw", after = "animate")]
    draw: (DrawScene,),
    #[stage(name = "post", after = "draw")]
    post: (Post,),
    #[stage(name = "read back", after = "post")]
    read_back: (ReadBack,),
}

impl Frame {
    /// Makes the systems that draw a scene, and dust around it.
    pub fn new(scene: &Scene, size: Size, programs: &Programs) -> Self {
        let objects = scene.objects.len() as u32;
        Self {
            simulate: (AdvanceClock, DriftEntities),
            extract: (MoveCamera { size }, GatherAnchors, GatherDust, Measure),
            upload: (UploadMeshes { new: Some(Meshes::of(scene)) }, UploadFrame),
            animate: (AnimateAndCull { program: programs.animate, objects },),
            draw: (DrawScene {
                sky: programs.sky,
                objects: programs.objects,
                dust: programs.dust,
                object_count: objects,
                mote_count: world::motes(scene) as u32,
            },),
            post: (Post { program: programs.post },),
            read_back: (ReadBack,),
        }
    }
}

#[cfg(test)]
mod tests {
    use fencewright_graphics::prelude::*;

    use super::*;
    use crate::world::{Anchors, Clock};

    fn frame() -> (Schedule, World) {
        let scene = crate::scene::load(None).expect("the built-in scene needs no file");
        let frame = Frame::new(&scene, Size { width: 64, height: 48 }, &Programs::default());
        (frame.schedule().expect("the stages are in order"), world::populate(&scene))
    }

    #[test]
    fn the_barriers_follow_from_the_declarations() {
        let (schedule, _) = frame();
        let plan = schedule.program().barrier_plan().expect("every read has a write");
        let passes: Vec<&str> = plan.passes.iter().map(|pass| &*pass.name).collect();
        assert_eq!(passes, ["UploadMeshes", "UploadFrame", "AnimateAndCull", "DrawScene", "Post", "ReadBack"]);
        let hints = schedule.program().barrier_hints();
        for pair in [
            "UploadMeshes writes GpuBuffer<MeshVertexData>, DrawScene reads it",
            "UploadFrame writes GpuBuffer<AnchorStorage>, AnimateAndCull reads it",
            "AnimateAndCull writes GpuBuffer<InstanceStorage>, DrawScene reads it",
            "AnimateAndCull writes GpuBuffer<IndirectDraws>, DrawScene reads it",
            "DrawScene writes GpuImage<LightRenderTarget>, Post reads it",
            "Post writes GpuImage<PictureRenderTarget>, ReadBack reads it",
        ] {
            assert!(hints.contains(pair), "`{pair}` is missing in\n{hints}");
        }
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
