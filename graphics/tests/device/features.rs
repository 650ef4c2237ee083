//! A frame names no pipeline stage whose feature is not enabled.

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::RendererDesc;
use fencewright_graphics::prelude::*;

use crate::support::{FillSource, Source, TestResult, assert_silent, buffer, frame, renderer_with};

/// A pass whose geometry shader would read.
#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Source> as GeometryStorage)]
#[pass(raster)]
struct Extrude;

impl Run for Extrude {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Extruding {
    fill: (FillSource,),
    #[stage(after = "fill")]
    extrude: (Extrude,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_stage_needs_its_feature() -> TestResult {
    for geometry in [false, true] {
        let features = vk::PhysicalDeviceFeatures::default().geometry_shader(geometry);
        let renderer = renderer_with(RendererDesc { features, ..RendererDesc::default() })?;
        buffer::<Source>(&renderer, 1024)?;
        let mut schedule = Extruding { fill: (FillSource(3),), extrude: (Extrude,) }.schedule()?;
        let outcome = frame(&renderer, &mut schedule, &mut World::new());
        if geometry {
            outcome?;
        } else {
            let error = outcome.expect_err("the stage is not to be named").to_string();
            let told = ["`Extrude`", "GeometryStorage", "GEOMETRY_SHADER", "`geometryShader`"];
            assert!(told.iter().all(|word| error.contains(word)), "{error}");
        }
        assert_silent(&renderer);
    }
    Ok(())
}
