//! An `async fn`: its body becomes an `async` block with a span, which the function awaits.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::args::Krate;
use crate::closure;
use crate::early_return::diverges;
use crate::failure::Failure;
use crate::function::Function;
use crate::future;
use crate::ownership::Ownership;
use crate::return_type;
use crate::span_options::SpanOptions;
use crate::token::mixed_site;

pub(crate) fn expand(function: &Function, options: &SpanOptions, site: &TokenStream) -> TokenStream {
    let ownership = Ownership::of(function);
    let returned = &function.signature.output;
    let block = block(function, &options.krate, &ownership);
    let output = is_looked_at(function, options).then(|| quote_spanned!(mixed_site()=> fedtrace_output));
    let future = future::trace(options, site, &block, output);
    // A lint wants `return`, but to return a value of type `!` is unreachable code.
    let return_word = if return_type::is_never(returned) {
        quote!(#[allow(clippy::implicit_return)])
    } else {
        quote_spanned!(mixed_site()=> return)
    };
    let place = future::choose_place(options);
    let content = quote_spanned!(mixed_site()=> #place #return_word #future.await);
    if ownership.rebound.is_empty() {
        function.with_content(content)
    } else {
        let is_rebound = |ident: &Ident| ownership.rebound.contains(ident);
        function.with_content_and_without_mut(content, &is_rebound)
    }
}

/// Whatever the type is called, an `Err` is one: only the value is asked. So only types that certainly are no `Result` are
/// left out.
fn is_looked_at(function: &Function, options: &SpanOptions) -> bool {
    let returned = &function.signature.output;
    let may_fail = match &options.err {
        None => return_type::may_be_result(returned),
        failure => Failure::is_sought(failure.as_ref()),
    };
    !return_type::is_never(returned) && (may_fail || options.ret.is_some())
}

/// The `async` block with the body of the function.
fn block(function: &Function, krate: &Krate, ownership: &Ownership) -> TokenStream {
    let returned = &function.signature.output;
    let output = return_type::type_in_body(returned, &function.signature.ident);
    // The linter does not look at the return type of an `async fn`.
    let allow_complexity = output.as_ref().and_then(return_type::allow_complexity);
    // Without it, the compiler does not know the type of the block.
    let hint = output.as_ref().map(|output| {
        quote_spanned!(mixed_site()=> #allow_complexity if false { return #krate::__private::never::<#output>(); })
    });
    let identity = closure::identity(&function.signature);
    let allow_assignments = function.allow_assignments();
    let body = typed_body(function, identity.is_some());
    let Ownership {
        mentions, rebindings, ..
    } = ownership;
    let value = match &output {
        Some(output) if !rebindings.is_empty() => {
            let value = value_in_variable(output, allow_complexity.as_ref(), &body);
            quote_spanned!(mixed_site()=> #allow_assignments #value)
        }
        _ => quote_spanned!(mixed_site()=> #allow_assignments #[allow(unused_braces)] #body),
    };
    let allow_future = return_type::allow_future(returned);
    quote_spanned! {mixed_site()=>
        #allow_future
        async move {
            #identity
            #hint
            #mentions
            #(#rebindings)*
            #value
        }
    }
}

/// The body, passed through the identity function if there is one.
fn typed_body(function: &Function, has_identity: bool) -> TokenStream {
    let body = function.body.block();
    // A call with a body that has no value would be unreachable code.
    match has_identity && !diverges(function.body.content()) {
        true => quote_spanned!(mixed_site()=> fedtrace_typed(#[allow(unused_braces)] #body)),
        false => body,
    }
}

/// Temporaries at the end of the body may borrow from an argument that is bound again, so they must be dropped first. The
/// variable is unreachable if the body does not end normally.
pub(crate) fn value_in_variable(
    output: &TokenStream,
    allow_complexity: Option<&TokenStream>,
    body: &TokenStream,
) -> TokenStream {
    quote_spanned! {mixed_site()=>
        #allow_complexity
        #[allow(unused_braces)]
        let fedtrace_output: #output = #body;
        #[allow(unreachable_code, clippy::implicit_return)]
        fedtrace_output
    }
}
