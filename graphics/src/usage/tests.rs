//! Walks the table row by row, against what the specification says.

use ash::vk;
use ash::vk::{
    AccessFlags2 as Access, ImageLayout as Layout, ImageUsageFlags as Created, PipelineStageFlags2 as Stage,
};

use crate::declare::pass::PassKind;
use crate::usage::{ALL, ComputeStorage, UsageRow, access_names, by_name, layout_name, stage_names};

/// The shader stages; a shader access can happen in each.
const SHADERS: &[Stage] = &[
    Stage::VERTEX_SHADER,
    Stage::TESSELLATION_CONTROL_SHADER,
    Stage::TESSELLATION_EVALUATION_SHADER,
    Stage::GEOMETRY_SHADER,
    Stage::PRE_RASTERIZATION_SHADERS,
    Stage::FRAGMENT_SHADER,
    Stage::COMPUTE_SHADER,
    Stage::RAY_TRACING_SHADER_KHR,
    Stage::TASK_SHADER_EXT,
    Stage::MESH_SHADER_EXT,
];

/// Which pipeline stages can make an access: "Supported access types" of the specification, for the accesses that
/// buffers and images can have in Vulkan 1.3 and the extensions of the table. `synchronization-access-types-supported`
fn supporting(access: Access) -> Vec<Stage> {
    let shaders_and = |others: &[Stage]| [SHADERS, others].concat();
    match access {
        Access::INDIRECT_COMMAND_READ => vec![Stage::DRAW_INDIRECT, Stage::ACCELERATION_STRUCTURE_BUILD_KHR],
        Access::INDEX_READ => vec![Stage::VERTEX_INPUT, Stage::INDEX_INPUT],
        Access::VERTEX_ATTRIBUTE_READ => vec![Stage::VERTEX_INPUT, Stage::VERTEX_ATTRIBUTE_INPUT],
        Access::INPUT_ATTACHMENT_READ => vec![Stage::FRAGMENT_SHADER],
        Access::SHADER_READ => shaders_and(&[Stage::ACCELERATION_STRUCTURE_BUILD_KHR]),
        Access::UNIFORM_READ
        | Access::SHADER_SAMPLED_READ
        | Access::SHADER_STORAGE_READ
        | Access::SHADER_WRITE
        | Access::SHADER_STORAGE_WRITE => shaders_and(&[]),
        Access::COLOR_ATTACHMENT_READ | Access::COLOR_ATTACHMENT_WRITE => vec![Stage::COLOR_ATTACHMENT_OUTPUT],
        Access::DEPTH_STENCIL_ATTACHMENT_READ | Access::DEPTH_STENCIL_ATTACHMENT_WRITE => {
            vec![Stage::EARLY_FRAGMENT_TESTS, Stage::LATE_FRAGMENT_TESTS]
        }
        Access::TRANSFER_READ => vec![
            Stage::ALL_TRANSFER,
            Stage::COPY,
            Stage::RESOLVE,
            Stage::BLIT,
            Stage::ACCELERATION_STRUCTURE_BUILD_KHR,
            Stage::ACCELERATION_STRUCTURE_COPY_KHR,
        ],
        Access::TRANSFER_WRITE => vec![
            Stage::ALL_TRANSFER,
            Stage::COPY,
            Stage::RESOLVE,
            Stage::BLIT,
            Stage::CLEAR,
            Stage::ACCELERATION_STRUCTURE_BUILD_KHR,
            Stage::ACCELERATION_STRUCTURE_COPY_KHR,
        ],
        Access::HOST_READ | Access::HOST_WRITE => vec![Stage::HOST],
        Access::MEMORY_READ | Access::MEMORY_WRITE => vec![Stage::ALL_COMMANDS],
        Access::SHADER_BINDING_TABLE_READ_KHR => vec![Stage::RAY_TRACING_SHADER_KHR],
        Access::ACCELERATION_STRUCTURE_READ_KHR => {
            shaders_and(&[Stage::ACCELERATION_STRUCTURE_BUILD_KHR, Stage::ACCELERATION_STRUCTURE_COPY_KHR])
        }
        Access::ACCELERATION_STRUCTURE_WRITE_KHR => {
            vec![Stage::ACCELERATION_STRUCTURE_BUILD_KHR, Stage::ACCELERATION_STRUCTURE_COPY_KHR]
        }
        Access::CONDITIONAL_RENDERING_READ_EXT => vec![Stage::CONDITIONAL_RENDERING_EXT],
        Access::TRANSFORM_FEEDBACK_WRITE_EXT | Access::TRANSFORM_FEEDBACK_COUNTER_WRITE_EXT => {
            vec![Stage::TRANSFORM_FEEDBACK_EXT]
        }
        Access::TRANSFORM_FEEDBACK_COUNTER_READ_EXT => vec![Stage::DRAW_INDIRECT, Stage::TRANSFORM_FEEDBACK_EXT],
        Access::FRAGMENT_SHADING_RATE_ATTACHMENT_READ_KHR => vec![Stage::FRAGMENT_SHADING_RATE_ATTACHMENT_KHR],
        Access::FRAGMENT_DENSITY_MAP_READ_EXT => vec![Stage::FRAGMENT_DENSITY_PROCESS_EXT],
        other => panic!("`{}` is in no row of the test's table", access_names(other)),
    }
}

/// The accesses that write.
const WRITES: &[Access] = &[
    Access::SHADER_WRITE,
    Access::SHADER_STORAGE_WRITE,
    Access::COLOR_ATTACHMENT_WRITE,
    Access::DEPTH_STENCIL_ATTACHMENT_WRITE,
    Access::TRANSFER_WRITE,
    Access::HOST_WRITE,
    Access::MEMORY_WRITE,
    Access::ACCELERATION_STRUCTURE_WRITE_KHR,
    Access::TRANSFORM_FEEDBACK_WRITE_EXT,
    Access::TRANSFORM_FEEDBACK_COUNTER_WRITE_EXT,
];

/// Every access that buffers and images can have in Vulkan 1.3.
const CORE_ACCESSES: &[Access] = &[
    Access::INDIRECT_COMMAND_READ,
    Access::INDEX_READ,
    Access::VERTEX_ATTRIBUTE_READ,
    Access::UNIFORM_READ,
    Access::INPUT_ATTACHMENT_READ,
    Access::SHADER_READ,
    Access::SHADER_WRITE,
    Access::COLOR_ATTACHMENT_READ,
    Access::COLOR_ATTACHMENT_WRITE,
    Access::DEPTH_STENCIL_ATTACHMENT_READ,
    Access::DEPTH_STENCIL_ATTACHMENT_WRITE,
    Access::TRANSFER_READ,
    Access::TRANSFER_WRITE,
    Access::HOST_READ,
    Access::HOST_WRITE,
    Access::MEMORY_READ,
    Access::MEMORY_WRITE,
    Access::SHADER_SAMPLED_READ,
    Access::SHADER_STORAGE_READ,
    Access::SHADER_STORAGE_WRITE,
];

/// Every pipeline stage of Vulkan 1.3.
const CORE_STAGES: &[Stage] = &[
    Stage::TOP_OF_PIPE,
    Stage::DRAW_INDIRECT,
    Stage::VERTEX_INPUT,
    Stage::VERTEX_SHADER,
    Stage::TESSELLATION_CONTROL_SHADER,
    Stage::TESSELLATION_EVALUATION_SHADER,
    Stage::GEOMETRY_SHADER,
    Stage::FRAGMENT_SHADER,
    Stage::EARLY_FRAGMENT_TESTS,
    Stage::LATE_FRAGMENT_TESTS,
    Stage::COLOR_ATTACHMENT_OUTPUT,
    Stage::COMPUTE_SHADER,
    Stage::ALL_TRANSFER,
    Stage::BOTTOM_OF_PIPE,
    Stage::HOST,
    Stage::ALL_GRAPHICS,
    Stage::ALL_COMMANDS,
    Stage::COPY,
    Stage::RESOLVE,
    Stage::BLIT,
    Stage::CLEAR,
    Stage::INDEX_INPUT,
    Stage::VERTEX_ATTRIBUTE_INPUT,
    Stage::PRE_RASTERIZATION_SHADERS,
];

/// What an image must have been created for to be in a layout, any of these; `None` asks for nothing.
/// `VUID-VkImageMemoryBarrier2-oldLayout-01208` and those after it.
fn created_for(layout: Layout) -> Option<Created> {
    match layout {
        Layout::GENERAL | Layout::PRESENT_SRC_KHR => None,
        Layout::ATTACHMENT_OPTIMAL => Some(Created::COLOR_ATTACHMENT | Created::DEPTH_STENCIL_ATTACHMENT),
        Layout::READ_ONLY_OPTIMAL => {
            Some(Created::DEPTH_STENCIL_ATTACHMENT | Created::SAMPLED | Created::INPUT_ATTACHMENT)
        }
        Layout::TRANSFER_SRC_OPTIMAL => Some(Created::TRANSFER_SRC),
        Layout::TRANSFER_DST_OPTIMAL => Some(Created::TRANSFER_DST),
        Layout::FRAGMENT_SHADING_RATE_ATTACHMENT_OPTIMAL_KHR => Some(Created::FRAGMENT_SHADING_RATE_ATTACHMENT_KHR),
        Layout::FRAGMENT_DENSITY_MAP_OPTIMAL_EXT => Some(Created::FRAGMENT_DENSITY_MAP_EXT),
        other => panic!("no usage asks for `{}`", layout_name(other)),
    }
}

fn bits(all: Access) -> impl Iterator<Item = Access> {
    (0..64).map(|bit| Access::from_raw(1 << bit)).filter(move |bit| all.contains(*bit))
}

fn stages(all: Stage) -> impl Iterator<Item = Stage> {
    (0..64).map(|bit| Stage::from_raw(1 << bit)).filter(move |bit| all.contains(*bit))
}

fn accesses(row: &UsageRow) -> Access {
    row.read.unwrap_or_default() | row.write.unwrap_or_default()
}

#[test]
fn names_are_unique_and_found() {
    for row in ALL {
        assert_eq!(ALL.iter().filter(|other| other.name == row.name).count(), 1, "{}", row.name);
        assert!(std::ptr::eq(by_name(row.name).expect("a row of the table"), *row));
    }
    assert_eq!(by_name("ComputeStorage"), Some(ComputeStorage::ROW));
    assert_eq!(by_name("computestorage"), None);
}

#[test]
fn every_access_can_happen_in_a_stage_of_its_row() {
    for row in ALL {
        for access in bits(accesses(row)) {
            let supported = supporting(access).into_iter().any(|stage| row.stages.contains(stage));
            assert!(supported, "{}: {} in {}", row.name, access_names(access), stage_names(row.stages));
        }
    }
}

#[test]
fn every_stage_of_a_row_makes_one_of_its_accesses() {
    for row in ALL {
        for stage in stages(row.stages) {
            let makes = bits(accesses(row)).any(|access| supporting(access).contains(&stage));
            assert!(makes, "{}: {} makes none of {}", row.name, stage_names(stage), access_names(accesses(row)));
        }
    }
}

#[test]
fn reads_only_read_and_writes_write() {
    for row in ALL {
        let writes = |accesses: Access| WRITES.iter().any(|write| accesses.contains(*write));
        assert!(row.read.is_some() || row.write.is_some(), "{} is no access at all", row.name);
        assert!(!writes(row.read.unwrap_or_default()), "{} writes where it reads", row.name);
        assert!(row.write.is_none_or(writes), "{} does not write where it writes", row.name);
        if let (Some(read), Some(write)) = (row.read, row.write) {
            assert!(write.contains(read), "{}: who may write may read, too", row.name);
        }
    }
}

#[test]
fn what_only_writes_says_so() {
    let only_writes = ["Clear", "Resolve", "StorageWrite", "Destination", "Fill", "Serialize", "Feedback", "HostWrite"];
    for row in ALL {
        let Some(write) = row.write else { continue };
        let reads = bits(write).any(|access| !WRITES.contains(&access));
        let says = only_writes.iter().any(|word| row.name.ends_with(word));
        assert_eq!(says, !reads, "{}: {}", row.name, access_names(write));
    }
}

#[test]
fn layouts_are_legal_for_what_the_image_was_created_for() {
    for row in ALL {
        let Some(image) = row.image else { continue };
        let layouts = [row.read.map(|_| image.read_layout), row.write.map(|_| image.write_layout)];
        for layout in layouts.into_iter().flatten() {
            let legal = created_for(layout).is_none_or(|any| any.intersects(image.usage));
            assert!(legal, "{}: {}", row.name, layout_name(layout));
            let storage = bits(accesses(row))
                .any(|access| [Access::SHADER_STORAGE_READ, Access::SHADER_STORAGE_WRITE].contains(&access));
            assert!(!storage || layout == Layout::GENERAL, "{}: storage images are in GENERAL", row.name);
        }
    }
}

#[test]
fn read_only_depth_and_sampling_share_a_layout() {
    let layout = |name| by_name(name).and_then(|row| row.image).map(|image| image.read_layout);
    assert_eq!(layout("DepthStencil"), layout("FragmentSampled"));
    assert_eq!(layout("DepthStencil"), layout("DepthStencilSampled"));
}

#[test]
fn every_stage_and_access_of_vulkan_1_3_is_somewhere() {
    // Unions of finer stages and accesses, all of which are there; and two stages that touch no memory.
    let coarse = [Stage::VERTEX_INPUT, Stage::ALL_GRAPHICS, Stage::TOP_OF_PIPE, Stage::BOTTOM_OF_PIPE];
    for &stage in CORE_STAGES {
        let there = ALL.iter().any(|row| row.stages.contains(stage));
        assert_eq!(there, !coarse.contains(&stage), "{}", stage_names(stage));
    }
    for &access in CORE_ACCESSES {
        let there = ALL.iter().any(|row| accesses(row).contains(access));
        assert_eq!(there, access != Access::SHADER_WRITE, "{}", access_names(access));
    }
}

#[test]
fn stages_belong_to_the_passes_of_their_row() {
    let graphics = [
        Stage::VERTEX_ATTRIBUTE_INPUT,
        Stage::INDEX_INPUT,
        Stage::VERTEX_SHADER,
        Stage::FRAGMENT_SHADER,
        Stage::PRE_RASTERIZATION_SHADERS,
        Stage::EARLY_FRAGMENT_TESTS,
        Stage::COLOR_ATTACHMENT_OUTPUT,
    ];
    let transfer = [Stage::COPY, Stage::BLIT, Stage::RESOLVE, Stage::CLEAR, Stage::ALL_TRANSFER];
    for row in ALL {
        let only = |kind| assert_eq!(row.passes, [kind], "{}", row.name);
        if graphics.iter().any(|stage| row.stages.contains(*stage)) {
            only(PassKind::Raster);
        } else if transfer.iter().any(|stage| row.stages.contains(*stage)) {
            only(PassKind::Transfer);
        } else if row.stages.contains(Stage::COMPUTE_SHADER) {
            only(PassKind::Compute);
        } else if row.stages.contains(Stage::RAY_TRACING_SHADER_KHR) {
            only(PassKind::RayTracing);
        }
    }
}

#[test]
fn every_row_fits_a_resource_and_names_its_section() {
    for row in ALL {
        assert!(row.buffer.is_some() || row.image.is_some(), "{}", row.name);
        assert!(!row.spec.is_empty() && !row.spec.contains([' ', '#']), "{}", row.name);
        let created = row.buffer.is_none_or(|usage| !usage.is_empty() || row.passes != [PassKind::Raster]);
        assert!(created, "{}", row.name);
    }
    let uniform = by_name("VertexUniform").expect("a row");
    assert_eq!(uniform.read, Some(Access::UNIFORM_READ), "a uniform in the vertex stage is no SHADER_READ");
    assert_eq!(uniform.buffer, Some(vk::BufferUsageFlags::UNIFORM_BUFFER));
}
