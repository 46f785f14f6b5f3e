//! A function that returns a `Result`. Its body becomes a closure, so that an early `return` reaches the code that
//! records the `Err`.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::args::Krate;
use crate::binding::Binding;
use crate::body::{self, Content};
use crate::function::Function;
use crate::return_type;
use crate::token::mixed_site;

/// The type of the result, if the function records it. A closure would hide the caller from `#[track_caller]`.
pub(crate) fn output(function: &Function) -> Option<TokenStream> {
    let signature = &function.signature;
    if return_type::is_result(&signature.output) && !function.has_attribute("track_caller") {
        return_type::type_in_body(&signature.output, &signature.ident)
    } else {
        None
    }
}

pub(crate) fn expand(
    function: &Function,
    krate: &Krate,
    enter: &TokenStream,
    output: &TokenStream,
) -> TokenStream {
    let bindings: Vec<Binding> = function
        .bindings()
        .into_iter()
        .filter(|binding| binding.cfgs.is_empty())
        .collect();
    let Arguments { keep, values } = Arguments::of(&bindings);
    let parameters = parameters(&bindings);
    // The linter spares the return types of public functions, but not those of closures.
    let allow_complexity = return_type::allow_complexity(output);
    let mention = function.mention_of_owned_self();
    let Content { items, rest } = Content::split(function.body.content());
    let body = body::in_braces_of(function.body.braces(), quote!(#items #mention #rest));
    let content = quote_spanned! {mixed_site()=>
        let fedtrace_scope = #enter;
        #keep
        #allow_complexity
        let fedtrace_output =
            #krate::__private::call(#values, move |#parameters| -> #output #body);
        #krate::__private::Outcome::new(&fedtrace_output).fedtrace_record(fedtrace_scope);
        #[allow(clippy::implicit_return)]
        fedtrace_output
    };
    let is_rebound = |ident: &Ident| bindings.iter().any(|binding| binding.ident == *ident);
    function.with_content_and_without_mut(content, &is_rebound)
}

/// The arguments of the closure. They become its parameters, so that they are dropped in the order of the function.
struct Arguments {
    keep: Option<TokenStream>,
    values: TokenStream,
}

impl Arguments {
    fn of(bindings: &[Binding]) -> Self {
        let idents = bindings.iter().map(|binding| &binding.ident);
        let values = quote!((#(#idents,)*));
        if !bindings.iter().any(Binding::is_underscored) {
            return Self { keep: None, values };
        }
        // A lint about names that begin with `_` would see a use of them in the call.
        let allow = quote!(#[allow(clippy::used_underscore_binding)]);
        Self {
            keep: Some(quote_spanned!(mixed_site()=> #allow let fedtrace_arguments = #values;)),
            values: quote_spanned!(mixed_site()=> fedtrace_arguments),
        }
    }
}

/// The one parameter of the closure, a tuple.
fn parameters(bindings: &[Binding]) -> TokenStream {
    let allow_shadow =
        (!bindings.is_empty()).then(|| quote!(#[allow(clippy::min_ident_chars, clippy::shadow_reuse)]));
    let allow_unrelated = bindings
        .iter()
        .any(Binding::is_underscored)
        .then(|| quote!(#[allow(clippy::shadow_unrelated)]));
    let lints = bindings.iter().flat_map(|binding| &binding.lints);
    let patterns = bindings.iter().map(|binding| {
        let Binding {
            ident, mutability, ..
        } = binding;
        quote!(#mutability #ident)
    });
    quote_spanned!(mixed_site()=> #allow_shadow #allow_unrelated #(#lints)* (#(#patterns,)*))
}
