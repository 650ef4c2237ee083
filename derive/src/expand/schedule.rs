//! The impls of `#[derive(Schedule)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Index, Path};

use crate::check::schedule::{CheckedStage, Schedule};
use crate::expand::{at, owned};

/// Writes out a schedule.
pub(crate) fn expand(schedule: &Schedule) -> TokenStream {
    let Schedule { ident, core, stages, .. } = schedule;
    let generics = owned(&schedule.generics);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let infos = stages.iter().map(|stage| info(stage, core));
    let build = if schedule.sound { build(schedule) } else { TokenStream::new() };
    quote! {
        #[automatically_derived]
        #[allow(unused_qualifications)]
        impl #impl_generics #core::ScheduleSpec for #ident #type_generics #where_clause {
            const STAGES: &'static [#core::StageInfo] = &[#(#infos),*];
        }

        #[automatically_derived]
        #[allow(unused_qualifications)]
        impl #impl_generics #ident #type_generics #where_clause {
            #build
        }
    }
}

fn info(stage: &CheckedStage, core: &Path) -> TokenStream {
    let CheckedStage { stage, systems } = stage;
    let name = &stage.name;
    let after = stage.after.iter().map(|(name, _)| name);
    let before = stage.before.iter().map(|(name, _)| name);
    let systems = systems.iter().map(|system| {
        let core = at(core, system.span());
        quote_spanned!(system.span()=> &<#system as #core::System>::INFO)
    });
    let place = quote_spanned!(stage.at=> ::core::panic::Location::caller());
    quote! {
        #core::StageInfo {
            name: #name,
            after: &[#(#after),*],
            before: &[#(#before),*],
            systems: &[#(#systems),*],
            at: #place,
        }
    }
}

/// The method that takes the value apart. Its systems need a behaviour only where it is called: a bound with a lifetime
/// of its own is not checked before.
fn build(schedule: &Schedule) -> TokenStream {
    let Schedule { vis, core, .. } = schedule;
    let systems = schedule.stages.iter().flat_map(|stage| &stage.systems);
    let bounds = systems.map(|system| {
        let span = system.span();
        let core = at(core, span);
        quote_spanned!(span=> for<'__run> #system: #core::Run, for<'__run> #system: ::core::marker::Send,)
    });
    let stages = schedule.stages.iter().map(|CheckedStage { stage, systems }| {
        let (name, field) = (&stage.name, &stage.field);
        let after = stage.after.iter().map(|(name, _)| name);
        let before = stage.before.iter().map(|(name, _)| name);
        let system = (0..systems.len()).map(Index::from);
        let core = at(core, stage.at);
        let new = quote_spanned!(stage.at=> #core::Stage::new(#name));
        quote!(#new #(.after(#after))* #(.before(#before))* #(.system(self.#field.#system))*)
    });
    let method = Ident::new("schedule", schedule.ident.span());
    quote! {
        /// Builds the schedule of these systems.
        ///
        /// # Errors
        ///
        /// Returns an error if what a system declares is wrong in a way that its type does not show.
        #[allow(dead_code)]
        #vis fn #method(self) -> ::core::result::Result<#core::Schedule, #core::ScheduleError>
        where
            #(#bounds)*
        {
            #core::Schedule::builder() #(.stage(#stages))* .build()
        }
    }
}
