//! A function that returns a future and runs other code first. Its span starts with the call and moves into the
//! future.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use crate::body::{self, Content};
use crate::early_return::may_return;
use crate::function::Function;
use crate::future;
use crate::outlives::output_outlives_box;
use crate::return_type;
use crate::returned_future::ReturnedFuture;
use crate::span_options::SpanOptions;
use crate::tail::Tail;
use crate::token::{is_punct, mixed_site};

/// A function that ends with an `async` block.
pub(crate) fn expand_block(
    function: &Function,
    options: &SpanOptions,
    enter: &TokenStream,
    tail: &Tail,
) -> TokenStream {
    if tail.needs_names_of_the_body() {
        let carried = carry(function, options, &tail.block.to_token_stream());
        let Content { items, rest } = Content::split(tail.replace(carried));
        return function
            .with_content(quote_spanned!(mixed_site()=> #items let fedtrace_scope = #enter; #rest));
    }
    let block = body::in_braces_of(function.body.braces(), tail.body_without_pin());
    let carried = tail.wrap_in_pin(carry(
        function,
        options,
        &quote_spanned!(mixed_site()=> fedtrace_future),
    ));
    let content = quote_spanned! {mixed_site()=>
        let fedtrace_scope = #enter;
        let fedtrace_future = #block;
        #carried
    };
    function.with_content(content)
}

/// A function whose return type shows that it returns a future.
pub(crate) fn expand_value(
    function: &Function,
    options: &SpanOptions,
    enter: &TokenStream,
    future: ReturnedFuture,
) -> TokenStream {
    let krate = &options.krate;
    let variable = quote_spanned!(mixed_site()=> fedtrace_future);
    let carried = match future {
        ReturnedFuture::Opaque => carry(function, options, &variable),
        ReturnedFuture::Boxed => {
            let carried = carry(function, options, &variable);
            quote_spanned!(mixed_site()=> #krate::__private::pin(#carried))
        }
        ReturnedFuture::Alias => carry_alias(function, options),
    };
    // The code is unreachable if the body is `todo!()`.
    let carried = quote_spanned!(mixed_site()=> #[allow(unreachable_code, clippy::implicit_return)] #carried);
    let let_future = let_future(function);
    let block = body::in_braces_of(function.body.braces(), function.body.content());
    let content = quote_spanned! {mixed_site()=>
        let fedtrace_scope = #enter;
        #let_future = #block;
        #carried
    };
    function.with_content(content)
}

/// The kind of future that the function returns, if the return type shows it and the span can move into it.
pub(crate) fn future_value(function: &Function) -> Option<ReturnedFuture> {
    let signature = &function.signature;
    let content = function.body.content();
    let last = content.clone().into_iter().last()?;
    let future = ReturnedFuture::of(&signature.output)?;
    let can_move = match future {
        ReturnedFuture::Opaque => !may_return(content),
        ReturnedFuture::Boxed | ReturnedFuture::Alias => output_outlives_box(signature),
    };
    (can_move && !is_punct(&last, ';')).then_some(future)
}

/// The start of the statement that keeps the future of the body, with the type that is written.
pub(crate) fn let_future(function: &Function) -> TokenStream {
    let signature = &function.signature;
    let tokens: Vec<TokenTree> = function.body.content().into_iter().collect();
    // `todo!()` and similar macros.
    let may_diverge = matches!(tokens.as_slice(), [.., bang, TokenTree::Group(_)] if is_punct(bang, '!'));
    let allow = may_diverge.then(|| quote!(#[allow(clippy::diverging_sub_expression)]));
    let ty = return_type::type_in_body(&signature.output, &signature.ident);
    let allow_complexity = ty.as_ref().and_then(return_type::allow_complexity);
    let ty = ty.map(|ty| quote_spanned!(mixed_site()=> : #ty));
    quote_spanned! {mixed_site()=>
        #allow
        #allow_complexity
        #[allow(unused_braces)]
        let fedtrace_future #ty
    }
}

fn carry(function: &Function, options: &SpanOptions, future: &TokenStream) -> TokenStream {
    let krate = &options.krate;
    match future::output(function, options) {
        Some(output) => {
            let hook = future::hook(options, &output);
            quote_spanned!(mixed_site()=> #krate::__private::carry_then(fedtrace_scope, #future, #hook))
        }
        None => quote_spanned!(mixed_site()=> #krate::__private::carry(fedtrace_scope, #future)),
    }
}

/// For an alias, the type of the value decides at compile time whether it is a boxed future.
fn carry_alias(function: &Function, options: &SpanOptions) -> TokenStream {
    let krate = &options.krate;
    let carriage =
        quote_spanned!(mixed_site()=> #krate::__private::Carriage::of(&fedtrace_future).fedtrace_choice());
    // The type of the output is known from the value.
    if future::output(function, options).is_some() {
        let hook = future::hook(options, &quote_spanned!(mixed_site()=> fedtrace_output));
        quote_spanned!(mixed_site()=> #carriage.fedtrace_carry_then(fedtrace_scope, fedtrace_future, #hook))
    } else {
        quote_spanned!(mixed_site()=> #carriage.fedtrace_carry(fedtrace_scope, fedtrace_future))
    }
}
