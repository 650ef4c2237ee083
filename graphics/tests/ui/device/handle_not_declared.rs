use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct VertexData;
struct IndexData;

#[derive(System)]
#[writes(GpuBuffer<VertexData>)]
struct Upload;

impl Run for Upload {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let vertices = cx.buffer::<VertexData>()?;
        let indices = cx.buffer::<IndexData>()?;
        let _ = (vertices, indices);
        Ok(())
    }
}

fn main() {}
