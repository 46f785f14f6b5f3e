//! Futures with a span.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use crate::failure::Failure;
use crate::function::Function;
use crate::place;
use crate::returned_future::{self, Promised};
use crate::span_options::SpanOptions;
use crate::token::mixed_site;

/// The future with a span that starts at its first poll. If `output` is given, it is the expression for the output of
/// the future, which is looked at.
pub(crate) fn trace(
    options: &SpanOptions,
    site: &TokenStream,
    future: &TokenStream,
    output: Option<TokenStream>,
) -> TokenStream {
    let krate = &options.krate;
    let future = match output {
        Some(output) => {
            let hook = hook(options, &output);
            quote_spanned!(mixed_site()=> #krate::__private::traced_then(#site, #future, #hook))
        }
        None => quote_spanned!(mixed_site()=> #krate::__private::traced(#site, #future)),
    };
    if is_placed(options) {
        return quote_spanned!(mixed_site()=> #future.at(fedtrace_place));
    }
    match &options.tracer {
        Some(_) => quote_spanned!(mixed_site()=> #future.with_root_tracer(fedtrace_tracer)),
        None => future,
    }
}

fn is_placed(options: &SpanOptions) -> bool {
    options.has_place() || options.level.is_some()
}

/// The statement that chooses the tracer, or the place of the span, before the arguments move into the future.
pub(crate) fn choose_place(options: &SpanOptions) -> Option<TokenStream> {
    let krate = &options.krate;
    let private = quote_spanned!(mixed_site()=> #krate::__private);
    let is_on = place::is_on(options);
    if is_placed(options) {
        let place = place::place(options);
        return Some(quote_spanned! {mixed_site()=>
            let fedtrace_place = if #is_on {
                #place
            } else {
                #private::Place::nowhere()
            };
        });
    }
    let tracer = options.tracer.as_ref()?;
    Some(quote_spanned! {mixed_site()=>
        let fedtrace_tracer = if #is_on {
            #private::some_tracer(#tracer)
        } else {
            #private::no_tracer()
        };
    })
}

/// The expression for the output of the returned future, if it has to be looked at.
pub(crate) fn output(function: &Function, options: &SpanOptions) -> Option<TokenStream> {
    let krate = &options.krate;
    let written = &function.signature.output;
    let is_wanted = options.ret.is_some() || Failure::is_sought(options.err.as_ref());
    let is_looked_at = match options.err {
        _ if is_wanted => true,
        Some(_) => false,
        None => returned_future::future_may_fail(written),
    };
    if !is_looked_at {
        return None;
    }
    let known = match returned_future::promised(written)? {
        Promised::Output(output) => quote_spanned!(mixed_site()=> Output::<#output, _>),
        Promised::Future(future) => quote_spanned!(mixed_site()=> OutputOf::<#future, _>),
    };
    Some(quote_spanned!(mixed_site()=> #krate::__private::#known::new(fedtrace_output).fedtrace_known()))
}

/// The closure that looks at the output of a future, which the expression `output` gives.
pub(crate) fn hook(options: &SpanOptions, output: &TokenStream) -> TokenStream {
    let SpanOptions { krate, err, ret, .. } = options;
    let span = quote_spanned!(mixed_site()=> fedtrace_span);
    let Some(ret) = ret else {
        let record = Failure::record(err.as_ref(), krate, output, &span);
        return quote_spanned!(mixed_site()=> |fedtrace_output, fedtrace_span| { #record });
    };
    let known = quote_spanned!(mixed_site()=> fedtrace_output);
    let tag = ret.tag(krate, &known, &span);
    let record = match err {
        Some(Failure::Never) => None,
        err => Some(Failure::record(err.as_ref(), krate, &known, &span)),
    };
    quote_spanned! {mixed_site()=>
        |fedtrace_output, fedtrace_span| {
            let fedtrace_output = #output;
            #tag
            #record
        }
    }
}
