//! What the types of the file do not check: that words are known, that names name something, that fields agree.

use ash::vk;
use fencewright_graphics::judge::Scope;
use fencewright_graphics::usage::{access_names, stage_names};

use crate::file::kind;
use crate::file::line::wrong;
use crate::file::{File, FrameSpec, Usage, Use};
use crate::frame::words;

/// Checks what the types do not: that words are known, and that names name something.
pub(super) fn check(text: &str, file: &File) -> Result<(), String> {
    for (name, usage) in &file.usage {
        let at = |field: &str, problem: String| wrong(text, &["usage", name, field], &problem);
        scope(&usage.stages, &usage.access).map_err(|(field, problem)| at(field, problem))?;
        let layout = words::layout(usage.layout_classic.as_deref()).map_err(|problem| at("layout_classic", problem))?;
        if usage.layout_classic.is_some() && is_of_no_use(layout) {
            return Err(at("layout_classic", NO_USE.to_owned()));
        }
        let has_write = usage.access.contains("WRITE");
        if usage.writes != has_write {
            let problem = if has_write {
                "it is false, and `access` has a write"
            } else {
                "it is true, and `access` has no write"
            };
            return Err(at("writes", problem.to_owned()));
        }
        if !usage.reads && !usage.writes {
            return Err(at("reads", "it is false, and so is `writes`: nothing is used so".to_owned()));
        }
    }
    let known = |usage: &str| file.usage.contains_key(usage);
    let unknown = |usage: &str| format!("unknown usage `{usage}`; the usages are under `usage`");
    for (index, pass) in file.frame.passes.iter().enumerate() {
        for (number, one) in pass.uses.iter().enumerate() {
            if !known(&one.usage) {
                let (index, number) = (index.to_string(), number.to_string());
                let path = ["frame", "passes", &index, "uses", &number, "usage"];
                return Err(wrong(text, &path, &unknown(&one.usage)));
            }
        }
    }
    passes(text, file)?;
    pasts(text, &file.frame)?;
    for (resource, prior) in &file.frame.prior {
        let at = |problem: String| wrong(text, &["frame", "prior", resource, "usage"], &problem);
        let usage = file.usage.get(&prior.usage).ok_or_else(|| at(unknown(&prior.usage)))?;
        fits(resource, &prior.usage, usage).map_err(at)?;
    }
    outside(text, &file.frame)?;
    let used = |name: &String| file.frame.passes.iter().any(|pass| pass.uses.iter().any(|one| one.resource == *name));
    let lists = [("persistent", &file.frame.persistent), ("no_prior_use", &file.frame.no_prior_use)];
    let listed = lists.iter().flat_map(|(field, names)| names.iter().map(move |name| (*field, name)));
    let presented = file.frame.present.iter().map(|name| ("present", name));
    for (field, name) in listed.chain(presented) {
        if !used(name) {
            return Err(wrong(text, &["frame", field], &format!("no pass uses `{name}`")));
        }
    }
    for (field, names) in lists {
        if let Some(index) = (1..names.len()).find(|&index| names[..index].contains(&names[index])) {
            let problem = format!("`{}` stands here twice", names[index]);
            return Err(wrong(text, &["frame", field, &index.to_string()], &problem));
        }
    }
    match &file.frame.present {
        Some(name) if name.starts_with("b_") => {
            Err(wrong(text, &["frame", "present"], &format!("`{name}` is a buffer")))
        }
        Some(name) if name.contains('.') => {
            Err(wrong(text, &["frame", "present"], &format!("`{name}` is a part; an image is presented as a whole")))
        }
        Some(_) | None => Ok(()),
    }
}

const NO_USE: &str = "no image can be brought into this layout";

fn is_of_no_use(layout: vk::ImageLayout) -> bool {
    matches!(layout, vk::ImageLayout::UNDEFINED | vk::ImageLayout::PREINITIALIZED)
}

/// Reads stages and accesses that belong together; an error comes with its field.
fn scope(stages: &[String], access: &str) -> Result<Scope, (&'static str, String)> {
    let mut scope = Scope::default();
    for stage in stages {
        scope.stages |= words::stages(stage).map_err(|problem| ("stages", problem))?;
    }
    scope.access = words::accesses(access).map_err(|problem| ("access", problem))?;
    match scope.unperformed() {
        vk::AccessFlags2::NONE => Ok(scope),
        idle => {
            Err(("access", format!("{} is performed by none of {}", access_names(idle), stage_names(scope.stages))))
        }
    }
}

/// Checks that there are passes with names of their own, each with uses that its kind can have, and that it can have at once.
fn passes(text: &str, file: &File) -> Result<(), String> {
    let passes = &file.frame.passes;
    if passes.is_empty() {
        return Err(wrong(text, &["frame", "passes"], "there is no pass to plan for"));
    }
    for (index, pass) in passes.iter().enumerate() {
        let number = index.to_string();
        if pass.name.trim().is_empty() {
            return Err(wrong(text, &["frame", "passes", &number, "name"], "it is empty; name the pass"));
        }
        if passes[..index].iter().any(|other| other.name == pass.name) {
            let problem = format!("there is a pass `{}` already", pass.name);
            return Err(wrong(text, &["frame", "passes", &number, "name"], &problem));
        }
        for (at, one) in pass.uses.iter().enumerate() {
            let at_use = at.to_string();
            let path = ["frame", "passes", &number, "uses", &at_use, "resource"];
            part(&one.resource).map_err(|problem| wrong(text, &path, &problem))?;
            if let Some(usage) = file.usage.get(&one.usage) {
                let path = ["frame", "passes", &number, "uses", &at_use, "usage"];
                fits(&one.resource, &one.usage, usage).map_err(|problem| wrong(text, &path, &problem))?;
                let scope = scope(&usage.stages, &usage.access).map_err(|(_, problem)| problem)?;
                kind::performs(&pass.name, pass.kind, &one.usage, scope)
                    .map_err(|problem| wrong(text, &path, &problem))?;
            }
            let writes = |used: &Use| file.usage.get(&used.usage).is_some_and(|usage| usage.writes);
            let overlaps = |other: &&Use| {
                let whole = |name: &str, of: &str| name.split_once('.').is_some_and(|(name, _)| name == of);
                let same = other.resource == one.resource
                    || whole(&other.resource, &one.resource)
                    || whole(&one.resource, &other.resource);
                same && (writes(one) || writes(other))
            };
            if let Some(other) = pass.uses[..at].iter().find(overlaps) {
                let problem = format!(
                    "`{}` uses it as {} and `{}` as {}, and one of them writes; nothing orders commands inside a pass",
                    pass.name, one.usage, other.resource, other.usage
                );
                return Err(wrong(text, &path, &problem));
            }
        }
    }
    Ok(())
}

/// Checks that a usage is one of passes, and one of images where the resource is an image.
fn fits(resource: &str, word: &str, usage: &Usage) -> Result<(), String> {
    if usage.stages.is_empty() || usage.stages.iter().any(|stage| matches!(stage.as_str(), "NONE" | "HOST")) {
        return Err(format!(
            "{word} happens outside of passes: what comes before the frame is under `entry`, what comes after it under `exit` or `present`"
        ));
    }
    if !resource.starts_with("b_") && usage.layout_classic.is_none() {
        return Err(format!(
            "{word} is a usage of buffers, as it has no `layout_classic`, and `{resource}` is an image; names of buffers begin with `b_`"
        ));
    }
    Ok(())
}

/// Checks the part that a resource's name ends in: `.m2`, `.l1`, of buffers whatever it is.
fn part(resource: &str) -> Result<(), String> {
    let (name, part) = resource.split_once('.').unwrap_or((resource, "m0"));
    if name.is_empty() || part.is_empty() {
        return Err(format!("`{resource}` names no resource"));
    }
    let number = part.strip_prefix(['m', 'l']).and_then(|number| number.parse::<u32>().ok());
    match number {
        _ if name.starts_with("b_") => Ok(()),
        Some(number) if u16::try_from(number).is_ok() => Ok(()),
        Some(number) => Err(format!("no part `{part}` of an image: {number} is past the last, which is {}", u16::MAX)),
        None => Err(format!("no part `{part}` of an image: a mip is `.m0`, a layer `.l0`")),
    }
}

/// Checks what other code does before the frame and after it.
fn outside(text: &str, frame: &FrameSpec) -> Result<(), String> {
    for (side, states) in [("entry", &frame.entry), ("exit", &frame.exit)] {
        for (name, state) in states {
            let at = |problem: &str| wrong(text, &["frame", side, name], problem);
            let uses = || frame.passes.iter().flat_map(|pass| &pass.uses);
            if name.contains('.') {
                return Err(at("it is said of the whole resource: leave out the part"));
            }
            if !uses().any(|used| used.resource.split('.').next() == Some(name)) {
                return Err(at(&format!("no pass uses `{name}`")));
            }
            if frame.present.as_ref() == Some(name) {
                return Err(at("it is under `present`, too, which says where it comes from and goes to"));
            }
            let field = |field: &str, problem: &str| wrong(text, &["frame", side, name, field], problem);
            let scope = scope(&state.stages, &state.access).map_err(|(name, problem)| field(name, &problem))?;
            if side == "exit" && scope.stages.is_empty() {
                return Err(field(
                    "stages",
                    "there is none; name those of what comes after the frame, or leave out the exit",
                ));
            }
            let layout = words::layout(state.layout.as_deref()).map_err(|problem| field("layout", &problem))?;
            match (name.starts_with("b_"), &state.layout) {
                (true, Some(_)) => return Err(field("layout", "a buffer has no layout")),
                (false, None) => return Err(at("field `layout` is missing, which an image needs")),
                (true, None) | (false, Some(_)) => {}
            }
            if side == "exit" && !name.starts_with("b_") && is_of_no_use(layout) {
                return Err(field("layout", NO_USE));
            }
        }
    }
    let is_of = |part: &String, name: &str| part.split('.').next() == Some(name);
    for name in frame.entry.keys() {
        let lists = [("persistent", &frame.persistent), ("no_prior_use", &frame.no_prior_use)];
        let listed = lists.iter().find(|(_, names)| names.iter().any(|one| is_of(one, name))).map(|(list, _)| *list);
        let prior = frame.prior.keys().any(|one| is_of(one, name)).then_some("prior");
        if let Some(other) = listed.or(prior) {
            let problem = format!("`{name}` is under `{other}`, too; `entry` says all that came before the frame");
            return Err(wrong(text, &["frame", "entry", name], &problem));
        }
    }
    Ok(())
}

/// Checks what the file says of earlier frames.
fn pasts(text: &str, frame: &FrameSpec) -> Result<(), String> {
    let first = |name: &str| frame.passes.iter().flat_map(|pass| &pass.uses).find(|one| one.resource == name);
    for resource in frame.prior.keys() {
        if first(resource).is_none() {
            return Err(wrong(text, &["frame", "prior", resource], &format!("no pass uses `{resource}`")));
        }
    }
    if let Some(name) = frame.prior.keys().find(|name| frame.present.as_ref() == Some(*name)) {
        return Err(wrong(
            text,
            &["frame", "prior", name],
            "it is under `present`, too: what comes before it is the acquire",
        ));
    }
    for (index, resource) in frame.no_prior_use.iter().enumerate() {
        let path = ["frame", "no_prior_use", &index.to_string()];
        let known =
            [("prior", frame.prior.contains_key(resource)), ("persistent", frame.persistent.contains(resource))];
        if let Some((field, _)) = known.iter().find(|(_, known)| *known) {
            let problem = format!("`{resource}` is under `{field}`, too, and cannot be new in every frame");
            return Err(wrong(text, &path, &problem));
        }
    }
    Ok(())
}
