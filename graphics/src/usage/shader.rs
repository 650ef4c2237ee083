//! What shaders read and write: the same six usages for every stage.
//!
//! Sampled images and uniform texel buffers are `SHADER_SAMPLED_READ`, uniform buffers are `UNIFORM_READ`, and storage
//! is `SHADER_STORAGE_*` in layout `GENERAL`.

use crate::usage::row::usages;

/// Writes the six rows of each stage. The names are spelled out, so that they can be searched for.
macro_rules! shaders {
    ($(
        $shaders:literal: $($stage:ident)|+ in $pass:ident {
            $uniform:ident, $sampled:ident, $uniform_texel:ident,
            $storage:ident, $storage_write:ident, $storage_texel:ident
        }
    )+) => {
        usages! { $(
            #[doc = concat!("Read as a uniform buffer in ", $shaders, ".")]
            $uniform {
                stages: $($stage)|+,
                read: UNIFORM_READ,
                buffer: UNIFORM_BUFFER,
                passes: [$pass],
                spec: "descriptorsets-uniformbuffer",
            }

            #[doc = concat!("Sampled, as an image, in ", $shaders, ".")]
            $sampled {
                stages: $($stage)|+,
                read: SHADER_SAMPLED_READ,
                image: SAMPLED in READ_ONLY_OPTIMAL,
                passes: [$pass],
                spec: "descriptorsets-sampledimage",
            }

            #[doc = concat!("Read as a uniform texel buffer in ", $shaders, ".")]
            $uniform_texel {
                stages: $($stage)|+,
                read: SHADER_SAMPLED_READ,
                buffer: UNIFORM_TEXEL_BUFFER,
                passes: [$pass],
                spec: "descriptorsets-uniformtexelbuffer",
            }

            #[doc = concat!("A storage buffer or storage image in ", $shaders, ": in `writes` read and written.")]
            $storage {
                stages: $($stage)|+,
                read: SHADER_STORAGE_READ,
                write: SHADER_STORAGE_READ | SHADER_STORAGE_WRITE,
                buffer: STORAGE_BUFFER,
                image: STORAGE in GENERAL,
                passes: [$pass],
                spec: "descriptorsets-storagebuffer",
            }

            #[doc = concat!("A storage buffer or storage image in ", $shaders, " that is only written.")]
            $storage_write {
                stages: $($stage)|+,
                write: SHADER_STORAGE_WRITE,
                buffer: STORAGE_BUFFER,
                image: STORAGE in GENERAL,
                passes: [$pass],
                spec: "descriptorsets-storagebuffer",
            }

            #[doc = concat!("A storage texel buffer in ", $shaders, ": in `writes` read and written.")]
            $storage_texel {
                stages: $($stage)|+,
                read: SHADER_STORAGE_READ,
                write: SHADER_STORAGE_READ | SHADER_STORAGE_WRITE,
                buffer: STORAGE_TEXEL_BUFFER,
                passes: [$pass],
                spec: "descriptorsets-storagetexelbuffer",
            }
        )+ }
    };
}

shaders! {
    "vertex shaders": VERTEX_SHADER in Raster {
        VertexUniform, VertexSampled, VertexUniformTexel,
        VertexStorage, VertexStorageWrite, VertexStorageTexel
    }
    "tessellation control shaders": TESSELLATION_CONTROL_SHADER in Raster {
        TessellationControlUniform, TessellationControlSampled, TessellationControlUniformTexel,
        TessellationControlStorage, TessellationControlStorageWrite, TessellationControlStorageTexel
    }
    "tessellation evaluation shaders": TESSELLATION_EVALUATION_SHADER in Raster {
        TessellationEvaluationUniform, TessellationEvaluationSampled, TessellationEvaluationUniformTexel,
        TessellationEvaluationStorage, TessellationEvaluationStorageWrite, TessellationEvaluationStorageTexel
    }
    "geometry shaders": GEOMETRY_SHADER in Raster {
        GeometryUniform, GeometrySampled, GeometryUniformTexel,
        GeometryStorage, GeometryStorageWrite, GeometryStorageTexel
    }
    "task shaders": TASK_SHADER_EXT in Raster {
        TaskUniform, TaskSampled, TaskUniformTexel,
        TaskStorage, TaskStorageWrite, TaskStorageTexel
    }
    "mesh shaders": MESH_SHADER_EXT in Raster {
        MeshUniform, MeshSampled, MeshUniformTexel,
        MeshStorage, MeshStorageWrite, MeshStorageTexel
    }
    "every shader before rasterization": PRE_RASTERIZATION_SHADERS in Raster {
        PreRasterUniform, PreRasterSampled, PreRasterUniformTexel,
        PreRasterStorage, PreRasterStorageWrite, PreRasterStorageTexel
    }
    "fragment shaders": FRAGMENT_SHADER in Raster {
        FragmentUniform, FragmentSampled, FragmentUniformTexel,
        FragmentStorage, FragmentStorageWrite, FragmentStorageTexel
    }
    "vertex and fragment shaders": VERTEX_SHADER | FRAGMENT_SHADER in Raster {
        VertexFragmentUniform, VertexFragmentSampled, VertexFragmentUniformTexel,
        VertexFragmentStorage, VertexFragmentStorageWrite, VertexFragmentStorageTexel
    }
    "compute shaders": COMPUTE_SHADER in Compute {
        ComputeUniform, ComputeSampled, ComputeUniformTexel,
        ComputeStorage, ComputeStorageWrite, ComputeStorageTexel
    }
    "ray-tracing shaders": RAY_TRACING_SHADER_KHR in RayTracing {
        RayTracingUniform, RayTracingSampled, RayTracingUniformTexel,
        RayTracingStorage, RayTracingStorageWrite, RayTracingStorageTexel
    }
}
