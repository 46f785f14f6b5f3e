//! Futures with a span.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use crate::args::{Krate, Target};
use crate::function::Function;
use crate::return_type;
use crate::token::mixed_site;

/// The future with a span that starts at its first poll. If `output` is given, it is the expression for the output of
/// the future, and its outcome is recorded.
pub(crate) fn trace(
    target: &Target,
    site: &TokenStream,
    future: &TokenStream,
    output: Option<TokenStream>,
) -> TokenStream {
    let krate = &target.krate;
    let future = match output {
        Some(output) => {
            let hook = outcome_hook(krate, &output);
            quote_spanned!(mixed_site()=> #krate::__private::traced_then(#site, #future, #hook))
        }
        None => quote_spanned!(mixed_site()=> #krate::__private::traced(#site, #future)),
    };
    match &target.tracer {
        Some(_) => quote_spanned!(mixed_site()=> #future.with_root_tracer(fedtrace_tracer)),
        None => future,
    }
}

/// The statement that chooses the tracer, before the arguments move into the future.
pub(crate) fn choose_tracer(Target { krate, tracer }: &Target) -> Option<TokenStream> {
    let tracer = tracer.as_ref()?;
    Some(quote_spanned! {mixed_site()=>
        let fedtrace_tracer = if #krate::__private::is_on() {
            #krate::__private::some_tracer(#tracer)
        } else {
            #krate::__private::no_tracer()
        };
    })
}

/// The expression for the output of the returned future, if it may be a `Result`.
pub(crate) fn result_output(function: &Function, krate: &Krate) -> Option<TokenStream> {
    let output = return_type::future_of_result(&function.signature.output, krate)?;
    Some(quote_spanned! {mixed_site()=>
        #krate::__private::Output::<#output, _>::new(fedtrace_output).fedtrace_known()
    })
}

/// The closure that records the outcome of a future.
pub(crate) fn outcome_hook(krate: &Krate, output: &TokenStream) -> TokenStream {
    quote_spanned! {mixed_site()=>
        |fedtrace_output, fedtrace_span| {
            #krate::__private::Outcome::new(#output).fedtrace_record(fedtrace_span)
        }
    }
}
