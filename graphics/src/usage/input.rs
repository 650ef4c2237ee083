//! What the fixed-function start of a draw or dispatch reads.

use crate::usage::row::usages;

usages! {
    /// Read as vertex attributes.
    VertexAttribute {
        stages: VERTEX_ATTRIBUTE_INPUT,
        read: VERTEX_ATTRIBUTE_READ,
        buffer: VERTEX_BUFFER,
        passes: [Raster],
        spec: "fxvertex-input",
    }

    /// Read as indices of an indexed draw.
    Index {
        stages: INDEX_INPUT,
        read: INDEX_READ,
        buffer: INDEX_BUFFER,
        passes: [Raster],
        spec: "vkCmdBindIndexBuffer",
    }

    /// Read as the parameters, or the count, of indirect draws.
    DrawIndirect {
        stages: DRAW_INDIRECT,
        read: INDIRECT_COMMAND_READ,
        buffer: INDIRECT_BUFFER,
        passes: [Raster],
        spec: "vkCmdDrawIndirect",
    }

    /// Read as the parameters of an indirect dispatch; its pipeline stage is `DRAW_INDIRECT`, too.
    DispatchIndirect {
        stages: DRAW_INDIRECT,
        read: INDIRECT_COMMAND_READ,
        buffer: INDIRECT_BUFFER,
        passes: [Compute],
        spec: "vkCmdDispatchIndirect",
    }
}
