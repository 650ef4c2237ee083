//! What tracing rays reads, and what builds and copies of acceleration structures touch.
//!
//! An acceleration structure is declared as the buffer that stores it.

use crate::usage::row::usages;

usages! {
    /// Read as the parameters of an indirect trace.
    TraceIndirect {
        stages: DRAW_INDIRECT,
        read: INDIRECT_COMMAND_READ,
        buffer: INDIRECT_BUFFER,
        passes: [RayTracing],
        spec: "vkCmdTraceRaysIndirectKHR",
    }

    /// Read as the shader binding table.
    ShaderBindingTable {
        stages: RAY_TRACING_SHADER_KHR,
        read: SHADER_BINDING_TABLE_READ_KHR,
        buffer: SHADER_BINDING_TABLE_KHR,
        passes: [RayTracing],
        spec: "vkCmdTraceRaysKHR",
    }

    /// Traversed by ray-tracing shaders.
    RayTracingAccelerationStructure {
        stages: RAY_TRACING_SHADER_KHR,
        read: ACCELERATION_STRUCTURE_READ_KHR,
        buffer: ACCELERATION_STRUCTURE_STORAGE_KHR,
        passes: [RayTracing],
        spec: "VkAccelerationStructureKHR",
    }

    /// Traversed by ray queries in compute shaders.
    ComputeAccelerationStructure {
        stages: COMPUTE_SHADER,
        read: ACCELERATION_STRUCTURE_READ_KHR,
        buffer: ACCELERATION_STRUCTURE_STORAGE_KHR,
        passes: [Compute],
        spec: "VkAccelerationStructureKHR",
    }

    /// Traversed by ray queries in fragment shaders.
    FragmentAccelerationStructure {
        stages: FRAGMENT_SHADER,
        read: ACCELERATION_STRUCTURE_READ_KHR,
        buffer: ACCELERATION_STRUCTURE_STORAGE_KHR,
        passes: [Raster],
        spec: "VkAccelerationStructureKHR",
    }

    /// The acceleration structure of a build: in `writes` built or updated, in `reads` referenced by a build or taken
    /// as the source of an update.
    AccelerationStructureBuild {
        stages: ACCELERATION_STRUCTURE_BUILD_KHR,
        read: ACCELERATION_STRUCTURE_READ_KHR,
        write: ACCELERATION_STRUCTURE_READ_KHR | ACCELERATION_STRUCTURE_WRITE_KHR,
        buffer: ACCELERATION_STRUCTURE_STORAGE_KHR,
        passes: [RayTracing],
        spec: "vkCmdBuildAccelerationStructuresKHR",
    }

    /// Read as the geometry, the transforms or the instances of a build.
    BuildInput {
        stages: ACCELERATION_STRUCTURE_BUILD_KHR,
        read: SHADER_READ,
        buffer: ACCELERATION_STRUCTURE_BUILD_INPUT_READ_ONLY_KHR,
        passes: [RayTracing],
        spec: "vkCmdBuildAccelerationStructuresKHR",
    }

    /// The scratch memory of a build.
    BuildScratch {
        stages: ACCELERATION_STRUCTURE_BUILD_KHR,
        write: ACCELERATION_STRUCTURE_READ_KHR | ACCELERATION_STRUCTURE_WRITE_KHR,
        buffer: STORAGE_BUFFER,
        passes: [RayTracing],
        spec: "acceleration-structure-scratch",
    }

    /// Read as the ranges of an indirect build.
    BuildIndirect {
        stages: ACCELERATION_STRUCTURE_BUILD_KHR,
        read: INDIRECT_COMMAND_READ,
        buffer: INDIRECT_BUFFER,
        passes: [RayTracing],
        spec: "vkCmdBuildAccelerationStructuresIndirectKHR",
    }

    /// Read by copies of acceleration structures, compaction included.
    AccelerationStructureCopySource {
        stages: ACCELERATION_STRUCTURE_COPY_KHR,
        read: ACCELERATION_STRUCTURE_READ_KHR,
        buffer: ACCELERATION_STRUCTURE_STORAGE_KHR,
        passes: [RayTracing],
        spec: "vkCmdCopyAccelerationStructureKHR",
    }

    /// Written by copies of acceleration structures.
    AccelerationStructureCopyDestination {
        stages: ACCELERATION_STRUCTURE_COPY_KHR,
        write: ACCELERATION_STRUCTURE_WRITE_KHR,
        buffer: ACCELERATION_STRUCTURE_STORAGE_KHR,
        passes: [RayTracing],
        spec: "vkCmdCopyAccelerationStructureKHR",
    }

    /// Written with a serialized acceleration structure.
    AccelerationStructureSerialize {
        stages: ACCELERATION_STRUCTURE_COPY_KHR,
        write: TRANSFER_WRITE,
        buffer: TRANSFER_DST,
        passes: [RayTracing],
        spec: "vkCmdCopyAccelerationStructureToMemoryKHR",
    }

    /// Read as a serialized acceleration structure.
    AccelerationStructureDeserialize {
        stages: ACCELERATION_STRUCTURE_COPY_KHR,
        read: TRANSFER_READ,
        buffer: TRANSFER_SRC,
        passes: [RayTracing],
        spec: "vkCmdCopyMemoryToAccelerationStructureKHR",
    }
}
