//! The span of a function that returns a future and does something before: it begins with the call, and moves into
//! the future.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use crate::args::Krate;
use crate::body::{self, Content};
use crate::function::Function;
use crate::outlives::outlives;
use crate::returns::{self, Future};
use crate::tail::Tail;
use crate::token::{is_ident, is_punct, mixed};

/// The content of the body, or `None` if the span covers no more than the call.
pub(crate) fn expand(
    function: &Function,
    tail: Option<&Tail>,
    krate: &Krate,
    enter: &TokenStream,
) -> Option<TokenStream> {
    let future = quote_spanned!(mixed()=> fedtrace_future);
    let (let_future, content, future) = match tail {
        Some(tail) if tail.needs_names_of_the_body() => {
            let block = &tail.block;
            let Content { items, rest } =
                Content::split(tail.replace(carry(function, krate, &quote!(#block))));
            return Some(quote_spanned!(mixed()=> #items let fedtrace_scope = #enter; #rest));
        }
        Some(tail) => (
            quote_spanned!(mixed()=> let fedtrace_future),
            tail.unpinned(),
            tail.pinned(carry(function, krate, &future)),
        ),
        None => {
            let carried = match returns::future(&function.signature.output)? {
                Future::Opaque => carry(function, krate, &future),
                Future::Boxed => {
                    let carried = carry(function, krate, &future);
                    quote_spanned!(mixed()=> #krate::__private::pin(#carried))
                }
                Future::Alias => carry_alias(function, krate),
            };
            (
                let_typed(function)?,
                function.body.content(),
                // The body may be no more than `todo!()`.
                quote_spanned!(mixed()=> #[allow(unreachable_code, clippy::implicit_return)] #carried),
            )
        }
    };
    let body = body::in_braces_of(function.body.braces(), content);
    Some(quote_spanned! {mixed()=>
        let fedtrace_scope = #enter;
        #let_future = #body;
        #future
    })
}

/// The variable of a future of which no more than the return type is known.
fn let_typed(function: &Function) -> Option<TokenStream> {
    let signature = &function.signature;
    let content = function.body.content();
    let tokens: Vec<TokenTree> = content.clone().into_iter().collect();
    let is_carried = match returns::future(&signature.output)? {
        Future::Opaque => !may_return(content),
        Future::Boxed | Future::Alias => outlives(signature),
    };
    if !is_carried || is_punct(tokens.last()?, ';') {
        return None;
    }
    // `todo!()` and its like.
    let may_diverge = matches!(tokens.as_slice(), [.., bang, TokenTree::Group(_)] if is_punct(bang, '!'));
    let allow = may_diverge.then(|| quote!(#[allow(clippy::diverging_sub_expression)]));
    let ty = returns::nameable(&signature.output, &signature.ident);
    let allow_complexity = ty.as_ref().and_then(returns::allow_complexity);
    let ty = ty.map(|ty| quote_spanned!(mixed()=> : #ty));
    Some(quote_spanned! {mixed()=>
        #allow
        #allow_complexity
        #[allow(unused_braces)]
        let fedtrace_future #ty
    })
}

fn carry(function: &Function, krate: &Krate, future: &TokenStream) -> TokenStream {
    match output(function, krate) {
        Some(output) => {
            let hook = hook(krate, &output);
            quote_spanned!(mixed()=> #krate::__private::carry_then(fedtrace_scope, #future, #hook))
        }
        None => quote_spanned!(mixed()=> #krate::__private::carry(fedtrace_scope, #future)),
    }
}

fn carry_alias(function: &Function, krate: &Krate) -> TokenStream {
    let carriage =
        quote_spanned!(mixed()=> #krate::__private::Carriage::of(&fedtrace_future).fedtrace_choice());
    if returns::mentions_result(function.signature.output.to_token_stream()) {
        let hook = hook(krate, &quote_spanned!(mixed()=> fedtrace_output));
        quote_spanned!(mixed()=> #carriage.fedtrace_carry_then(fedtrace_scope, fedtrace_future, #hook))
    } else {
        quote_spanned!(mixed()=> #carriage.fedtrace_carry(fedtrace_scope, fedtrace_future))
    }
}

/// How to get at the output of the future, if it may be a `Result`.
pub(crate) fn output(function: &Function, krate: &Krate) -> Option<TokenStream> {
    let output = returns::future_of_result(&function.signature.output, krate)?;
    Some(quote_spanned! {mixed()=>
        #krate::__private::Output::<#output, _>::new(fedtrace_output).fedtrace_known()
    })
}

/// What looks at the output of a future.
pub(crate) fn hook(krate: &Krate, output: &TokenStream) -> TokenStream {
    quote_spanned! {mixed()=>
        |fedtrace_output, fedtrace_span| {
            #krate::__private::Outcome::new(#output).fedtrace_record(fedtrace_span)
        }
    }
}

/// The body has, outside of closures and `async` blocks, a `return`, or a macro that may expand to one.
fn may_return(content: TokenStream) -> bool {
    const MACROS: [&str; 31] = [
        "assert",
        "assert_eq",
        "assert_ne",
        "concat",
        "dbg",
        "debug",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "env",
        "eprint",
        "eprintln",
        "error",
        "format",
        "format_args",
        "info",
        "json",
        "log",
        "matches",
        "panic",
        "print",
        "println",
        "stringify",
        "todo",
        "trace",
        "unimplemented",
        "unreachable",
        "vec",
        "warn",
        "write",
        "writeln",
    ];
    let tokens: Vec<TokenTree> = content.into_iter().collect();
    let mut in_closure = false;
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| tokens.get(index));
        let after = tokens.get(index + 1);
        let is_arrow = is_punct(token, '>') && before.is_some_and(|before| is_punct(before, '='));
        if is_punct(token, ',') || is_punct(token, ';') || is_arrow {
            in_closure = false;
        }
        in_closure |= is_punct(token, '|') && before.is_none_or(precedes_expression);
        let is_unknown_macro = || {
            let name = matches!(token, TokenTree::Ident(name) if !MACROS.iter().any(|known| name == known));
            let called = after.is_some_and(|after| is_punct(after, '!'))
                && matches!(tokens.get(index + 2), Some(TokenTree::Group(_)));
            name && called
        };
        let found = match token {
            _ if in_closure => false,
            TokenTree::Group(group) => {
                let is_async =
                    before.is_some_and(|before| is_ident(before, "async") || is_ident(before, "move"));
                !is_async && may_return(group.stream())
            }
            token => is_ident(token, "return") || is_unknown_macro(),
        };
        if found {
            return true;
        }
    }
    false
}

/// After these an expression begins, so that `|` is the beginning of a closure.
fn precedes_expression(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => !matches!(punct.as_char(), '?' | '|'),
        token => is_ident(token, "move"),
    }
}
