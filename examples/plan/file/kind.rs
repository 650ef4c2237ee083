//! Which pipeline stages passes of a kind execute (Vulkan 1.3, section 7.1.2, table "Supported pipeline stage flags").

use ash::vk::PipelineStageFlags2 as S;
use fencewright_graphics::judge::Scope;
use fencewright_graphics::usage::{access_names, stage_names};

use crate::file::Kind;

impl Kind {
    const ALL: [Self; 4] = [Self::Raster, Self::Compute, Self::Transfer, Self::Opaque];

    /// Returns the word of the file.
    fn name(self) -> &'static str {
        match self {
            Self::Raster => "raster",
            Self::Compute => "compute",
            Self::Transfer => "transfer",
            Self::Opaque => "opaque",
        }
    }

    /// Returns the stages that commands of such a pass execute; none are known of what is opaque.
    fn stages(self) -> Option<S> {
        let stages = match self {
            Self::Raster => {
                let shaders = S::PRE_RASTERIZATION_SHADERS
                    | S::VERTEX_SHADER
                    | S::TESSELLATION_CONTROL_SHADER
                    | S::TESSELLATION_EVALUATION_SHADER
                    | S::GEOMETRY_SHADER
                    | S::TASK_SHADER_EXT
                    | S::MESH_SHADER_EXT
                    | S::FRAGMENT_SHADER;
                let attachments = S::EARLY_FRAGMENT_TESTS
                    | S::LATE_FRAGMENT_TESTS
                    | S::COLOR_ATTACHMENT_OUTPUT
                    | S::FRAGMENT_SHADING_RATE_ATTACHMENT_KHR
                    | S::FRAGMENT_DENSITY_PROCESS_EXT;
                let input = S::VERTEX_INPUT | S::INDEX_INPUT | S::VERTEX_ATTRIBUTE_INPUT;
                let others = S::ALL_GRAPHICS | S::TRANSFORM_FEEDBACK_EXT | S::SUBPASS_SHADER_HUAWEI;
                INDIRECT | input | shaders | attachments | others
            }
            Self::Compute => INDIRECT | S::COMPUTE_SHADER,
            Self::Transfer => S::ALL_TRANSFER | S::COPY | S::RESOLVE | S::BLIT | S::CLEAR,
            Self::Opaque => return None,
        };
        Some(stages)
    }

    /// Returns whether a pass of this kind can perform all accesses of a scope. A scope may name stages of other passes beside.
    fn performs(self, scope: Scope) -> bool {
        let Some(own) = self.stages() else { return true };
        let stages = if scope.stages.contains(S::ALL_COMMANDS) { own } else { scope.stages & own };
        !stages.is_empty() && Scope { stages, ..scope }.unperformed().is_empty()
    }
}

const INDIRECT: S = S::from_raw(S::DRAW_INDIRECT.as_raw() | S::CONDITIONAL_RENDERING_EXT.as_raw());

/// Checks that passes of a kind can use something so: what is wrong, and the edit.
pub(super) fn performs(pass: &str, kind: Kind, word: &str, scope: Scope) -> Result<(), String> {
    let Some(fits) = Kind::ALL.into_iter().find(|other| other.performs(scope)).filter(|_| !kind.performs(scope)) else {
        return Ok(());
    };
    Err(format!(
        "{word} is {} in {}, which no command of a {} pass performs; make `{pass}` a pass of kind `{}`, or name another usage",
        access_names(scope.access),
        stage_names(scope.stages),
        kind.name(),
        fits.name(),
    ))
}
