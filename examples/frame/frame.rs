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
            extract: (MoveCamera { aspect: size.aspect() }, GatherAnchors, GatherDust, Measure),
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
