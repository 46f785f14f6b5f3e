//! A function that returns a stream. Its span starts with the call and moves into the stream.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use crate::args::Krate;
use crate::body;
use crate::carry;
use crate::early_return::may_return;
use crate::function::Function;
use crate::outlives::output_outlives_box;
use crate::returned_future::ReturnedFuture;
use crate::token::{is_punct, mixed_site};

/// The stream that the function returns, if the return type shows it and the span can move into it.
pub(crate) fn value(function: &Function) -> Option<ReturnedFuture> {
    if !cfg!(any(feature = "stream", test)) {
        return None;
    }
    let signature = &function.signature;
    let content = function.body.content();
    let last = content.clone().into_iter().last()?;
    let stream = ReturnedFuture::of_stream(&signature.output)?;
    let can_move = match stream {
        ReturnedFuture::Opaque => !may_return(content),
        ReturnedFuture::Boxed | ReturnedFuture::Alias => output_outlives_box(signature),
    };
    (can_move && !is_punct(&last, ';')).then_some(stream)
}

pub(crate) fn expand(
    function: &Function,
    krate: &Krate,
    enter: &TokenStream,
    stream: ReturnedFuture,
) -> TokenStream {
    let private = quote_spanned!(mixed_site()=> #krate::__private);
    let carried = match stream {
        ReturnedFuture::Opaque => {
            quote_spanned!(mixed_site()=> #private::carry_stream(fedtrace_scope, fedtrace_future))
        }
        ReturnedFuture::Boxed => quote_spanned! {mixed_site()=>
            #private::pin(#private::carry_stream(fedtrace_scope, fedtrace_future))
        },
        ReturnedFuture::Alias => quote_spanned! {mixed_site()=>
            #private::StreamCarriage::of(&fedtrace_future)
                .fedtrace_choice()
                .fedtrace_carry(fedtrace_scope, fedtrace_future)
        },
    };
    let let_stream = carry::let_future(function);
    let block = body::in_braces_of(function.body.braces(), function.body.content());
    let content = quote_spanned! {mixed_site()=>
        let fedtrace_scope = #enter;
        #let_stream = #block;
        #[allow(unreachable_code, clippy::implicit_return)]
        #carried
    };
    function.with_content(content)
}
