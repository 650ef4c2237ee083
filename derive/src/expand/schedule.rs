//! The impls of `#[derive(Schedule)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use crate::check::schedule::{CheckedStage, Schedule};
use crate::expand::{owned, path_at};

/// Writes out a schedule.
pub(crate) fn expand(schedule: &Schedule) -> TokenStream {
    let Schedule { ident, core, stages, levels, .. } = schedule;
    let generics = owned(&schedule.generics);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let infos = stages.iter().map(|stage| info(stage, core));
    let levels = levels.iter().map(|level| quote!(::std::vec![#(#level),*]));
    let vis = &schedule.vis;
    let build = if schedule.sound { build(schedule) } else { TokenStream::new() };
    quote! {
        #[automatically_derived]
        impl #impl_generics #core::ScheduleSpec for #ident #type_generics #where_clause {
            const STAGES: &'static [#core::StageInfo] = &[#(#infos),*];
        }

        #[automatically_derived]
        impl #impl_generics #ident #type_generics #where_clause {
            /// Returns the stages in levels: each stage after all that it comes after, as early as that allows.
            #[allow(dead_code)]
            #vis fn topo_groups() -> ::std::vec::Vec<::std::vec::Vec<&'static str>> {
                ::std::vec![#(#levels),*]
            }

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
        let core = path_at(core, system.span());
        quote_spanned!(system.span()=> &<#system as #core::System>::INFO)
    });
    let at = quote_spanned!(stage.at=> ::core::panic::Location::caller());
    quote! {
        #core::StageInfo {
            name: #name,
            after: &[#(#after),*],
            before: &[#(#before),*],
            systems: &[#(#systems),*],
            at: #at,
        }
    }
}

/// The method that takes the value apart; its systems need a behaviour only where it is called.
fn build(schedule: &Schedule) -> TokenStream {
    let Schedule { vis, core, .. } = schedule;
    let systems = schedule.stages.iter().flat_map(|stage| &stage.systems);
    let bounds = systems.map(|system| {
        let core = path_at(core, system.span());
        quote_spanned!(system.span()=> for<'__run> #system: #core::Run)
    });
    let stages = schedule.stages.iter().map(|CheckedStage { stage, systems }| {
        let (name, field) = (&stage.name, &stage.field);
        let after = stage.after.iter().map(|(name, _)| quote!(.after(#name)));
        let before = stage.before.iter().map(|(name, _)| quote!(.before(#name)));
        let indices = (0..systems.len()).map(syn::Index::from);
        let systems = systems.iter().zip(indices).map(|(_, index)| quote!(.system(self.#field.#index)));
        let new = quote_spanned!(stage.at=> new);
        quote!(.stage(#core::Stage::#new(#name) #(#after)* #(#before)* #(#systems)*))
    });
    let method = format_ident!("schedule");
    quote! {
        /// Builds the schedule of these systems.
        ///
        /// # Errors
        ///
        /// What systems declare together is checked here: the error names the systems.
        #[allow(dead_code)]
        #vis fn #method(self) -> ::core::result::Result<#core::Schedule, #core::ScheduleError>
        where
            #(#bounds,)*
        {
            #core::Schedule::builder() #(#stages)* .build()
        }
    }
}
