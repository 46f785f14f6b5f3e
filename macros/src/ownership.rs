//! How arguments get into the future of an `async fn`. They must be dropped when they would be without the attribute:
//! before the future completes, the last one first.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::binding::Binding;
use crate::function::Function;
use crate::token::mixed_site;
use crate::uses;

#[derive(Default)]
pub(crate) struct Ownership {
    /// Statements that make the future own arguments. A closure or block captures what it mentions.
    pub(crate) mentions: TokenStream,
    /// Statements that bind arguments again, which keeps the warnings about them.
    pub(crate) rebindings: Vec<TokenStream>,
    /// The arguments of the rebindings.
    pub(crate) rebound: Vec<Ident>,
}

impl Ownership {
    pub(crate) fn of(function: &Function) -> Self {
        let mut ownership = Self::default();
        let mut mentions: Vec<TokenStream> = function.mention_of_owned_self().into_iter().collect();
        for binding in function.bindings() {
            let allow = allow_underscored(&binding);
            if ownership.must_rebind(&binding, function) {
                ownership.rebind(&binding, allow);
            } else if binding.may_drop {
                let Binding { ident, cfgs, .. } = &binding;
                mentions.push(quote_spanned!(mixed_site()=> #(#cfgs)* #allow let _ = &#ident;));
            }
        }
        // Captured values are dropped in the order in which they are first mentioned.
        ownership.mentions = mentions.into_iter().rev().collect();
        ownership
    }

    /// Binds all of these again.
    pub(crate) fn of_all(bindings: &[Binding]) -> Self {
        let mut ownership = Self::default();
        for binding in bindings {
            ownership.rebind(binding, allow_underscored(binding));
        }
        ownership
    }

    fn must_rebind(&self, binding: &Binding, function: &Function) -> bool {
        // A mention costs nothing, but would hide that the argument is unused.
        let is_used =
            || binding.is_underscored() || uses::uses(function.body.content(), &binding.ident.to_string());
        binding.mutability.is_some() || binding.may_drop && (!self.rebound.is_empty() || !is_used())
    }

    fn rebind(&mut self, binding: &Binding, allow: Option<TokenStream>) {
        let Binding {
            ident,
            cfgs,
            lints,
            mutability,
            ..
        } = binding;
        self.rebindings.push(quote_spanned! {mixed_site()=>
            #(#cfgs)*
            #[allow(clippy::collection_is_never_read, clippy::shadow_same)]
            #allow
            #(#lints)*
            let #mutability #ident = #ident;
        });
        self.rebound.push(ident.clone());
    }
}

fn allow_underscored(binding: &Binding) -> Option<TokenStream> {
    let allow = || quote!(#[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)]);
    binding.is_underscored().then(allow)
}
