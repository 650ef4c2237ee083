//! From a built schedule to the passes of a plan.

use std::sync::Arc;

use fencewright::{Program, ProgramSystem};

use crate::declare::access::AccessInfo;
use crate::declare::part::Part;
use crate::declare::pass::{PassDecl, PassInfo};
use crate::plan::input::{AccessInput, PassInput, Shape};
use crate::plan::model::ResourceRef;

/// Lists the passes of a program: of each system that declares GPU access, in program order.
///
/// `find` names the resource behind a declared access, and its size.
///
/// # Errors
///
/// Those of `find`, as they are.
pub fn passes<E>(
    program: &Program,
    mut find: impl FnMut(&ProgramSystem, &'static AccessInfo, &Part) -> Result<(ResourceRef, Shape), E>,
) -> Result<Vec<PassInput>, E> {
    let mut passes = Vec::new();
    let stages: Vec<Arc<str>> = program.stages().iter().map(|stage| Arc::from(stage.as_str())).collect();
    for (index, system) in program.systems().iter().enumerate() {
        let Some(info) = system.info().annotation::<PassInfo>() else { continue };
        let parts = system.declaration().get::<PassDecl>().map(|decl| &decl.parts);
        let mut accesses = Vec::with_capacity(info.accesses.len());
        for (number, access) in info.accesses.iter().enumerate() {
            let part = parts.and_then(|parts| parts.get(number)).copied().unwrap_or_else(access.part);
            let (resource, shape) = find(system, access, &part)?;
            accesses.push(resolved(access, resource, &shape, &part));
        }
        let name = Arc::from(system.name());
        passes.push(pass(index, name, stages[system.stage()].clone(), info, accesses));
    }
    Ok(passes)
}

/// Makes a pass of what its type declares.
pub(crate) fn pass(
    system: usize,
    name: Arc<str>,
    stage: Arc<str>,
    info: &PassInfo,
    accesses: Vec<AccessInput>,
) -> PassInput {
    let PassInfo { kind, queue, auto_barriers, accesses: _ } = *info;
    PassInput { system, name, stage, kind, queue, auto_barriers, accesses }
}

/// Makes an access of what a type declares and where the resource was found.
pub(crate) fn resolved(access: &AccessInfo, resource: ResourceRef, shape: &Shape, part: &Part) -> AccessInput {
    AccessInput {
        resource,
        part: shape.part(part),
        usage: access.usage,
        access: access.access,
        discard: access.discard,
        concurrent: access.concurrent,
        at: Some(access.at),
    }
}
