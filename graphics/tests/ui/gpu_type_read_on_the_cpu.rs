use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct VertexData;

#[derive(System)]
#[writes(GpuBuffer<VertexData>)]
struct Upload;

impl Run for Upload {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let _ = cx.read::<GpuBuffer<VertexData>>()?;
        Ok(())
    }
}

fn main() {}
