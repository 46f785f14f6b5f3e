//! The attribute macros of `fedtrace`: [`macro@trace`], [`macro@trace_with_opname`] and [`macro@tag_args`].
//!
//! Use them through the crate `fedtrace`. It re-exports them, and their expansions call it. `docs/macros.md` in the
//! repository shows every expansion.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod args;
mod async_block;
mod async_fn;
mod async_trait;
mod attribute;
mod binding;
mod body;
mod carry;
mod closure;
mod early_return;
mod error;
mod expand;
mod expression;
mod fields;
mod fragments;
mod function;
mod future;
mod impl_block;
mod item;
mod lints;
mod outlives;
mod ownership;
mod passthrough;
mod redaction;
mod result_fn;
mod return_type;
mod scope;
mod shape;
mod tag_args;
mod tail;
#[cfg(test)]
mod tests;
mod token;
mod uses;

use proc_macro::TokenStream;

/// Opens a span, named after the function, for as long as the function runs.
///
/// ```
/// use fedtrace::trace;
///
/// #[trace]
/// fn is_signed(signatures: &[u8]) -> bool {
///     !signatures.is_empty()
/// }
/// # assert!(is_signed(&[1]));
/// ```
///
/// becomes
///
/// ```
/// fn is_signed(signatures: &[u8]) -> bool {
///     let _fedtrace_scope =
///         ::fedtrace::__private::enter(&::fedtrace::__private::Site { name: "is_signed" });
///     !signatures.is_empty()
/// }
/// # assert!(is_signed(&[1]));
/// ```
///
/// * The span of an `async fn` begins at its first poll and ends when the future is done or dropped. It is active
///   only while the future is polled, so that tasks do not see each other's spans.
/// * A function that returns a future has a span until the future is done or dropped. If the function is nothing but
///   `async {}`, `async move {}` or `Box::pin` of one of them, its span begins as that of an `async fn`. If it does
///   something before, its span begins with the call. It may also end with another expression if its return type is
///   written as `impl Future<Output = …>`, `Pin<Box<dyn Future<Output = …>>>`, `BoxFuture<…>` or
///   `LocalBoxFuture<…>`. An early `return` of a future ends the span.
/// * An `Err` is recorded if the name of the return type ends with `Result`, such as `ApiResult<T>`: the tag
///   `error = true`, and one log with `event`, `error.kind` and `message`. The error type needs no trait. Functions
///   with `#[track_caller]` record no `Err`.
/// * On an `impl` block it traces each method that has a body, except for `const fn`, methods with a `trace`
///   attribute of their own, and methods with `#[trace(skip)]`.
///
/// # Options
///
/// * `tracer = expression`: a `&Tracer`, which gets the span if it begins a trace; a child belongs to the tracer of
///   its parent. The expression may use the arguments and `self`. It runs once for each call, for an `async fn` at
///   the first poll, and not at all while tracing is off. It cannot contain `return`, `?` or `.await`.
/// * `prefix = "Type::"`, on an `impl` block: precedes the names of its methods.
/// * `skip`, on a method of an `impl` block that has `#[trace]`: leaves it out.
/// * `crate = path`: where `fedtrace` is, if it is not in the dependencies under its own name.
///
/// ```
/// use fedtrace::{Tracer, trace};
///
/// struct FederationClient {
///     tracer: Tracer,
/// }
///
/// #[trace(prefix = "FederationClient::", tracer = &self.tracer)]
/// impl FederationClient {
///     async fn send_transaction(&self) {}
///
///     #[trace(skip)]
///     fn name(&self) -> &str {
///         "client"
///     }
/// }
/// ```
///
/// # Off
///
/// Without the feature `enable` of `fedtrace`, this and the other attributes still report what is wrong, and give
/// the function back as it was.
#[proc_macro_attribute]
pub fn trace(args: TokenStream, item: TokenStream) -> TokenStream {
    expansion(expand::trace, passthrough::trace, args, item)
}

/// Like [`macro@trace`], with a name of your choice for the span.
///
/// The name is a string literal or the path of a `const` of type `&'static str`.
///
/// ```
/// use fedtrace::trace_with_opname;
///
/// #[trace_with_opname("outgoing-federation-request")]
/// async fn send(destination: &str) -> Result<u16, std::io::Error> {
///     Ok(200)
/// }
///
/// const OPERATION: &str = "incoming-federation-request";
///
/// #[trace_with_opname(OPERATION)]
/// async fn receive(origin: &str) {}
/// ```
///
/// # Options
///
/// `tracer = expression` and `crate = path`, behind the name: see [`macro@trace`].
#[proc_macro_attribute]
pub fn trace_with_opname(args: TokenStream, item: TokenStream) -> TokenStream {
    expansion(
        expand::trace_with_opname,
        passthrough::trace_with_opname,
        args,
        item,
    )
}

/// Tags the active span with the arguments of the function, as `ARG.<name>`.
///
/// ```
/// use fedtrace::{tag_args, trace};
///
/// #[trace]
/// #[tag_args(skip(extremities))]
/// async fn get_missing_events(destination: &str, extremities: &[String], limit: u32) {
///     // The tags are ARG.destination and ARG.limit.
/// }
/// ```
///
/// Together with [`macro@trace`], in either order, the tags are on the span of the function. Alone it tags the
/// span that is active when the function runs; without one it does nothing.
///
/// * A `bool`, an integer or a float keeps its type, also behind references. Everything else is text: `Display`,
///   else `Debug`, else the name of the type. No trait is asked for. Text ends at the maximum tag length.
/// * Values are formatted before the body runs, and only if the span is recorded.
/// * Each binding of a pattern is one tag. `self` is never tagged.
/// * Arguments with one of these words in their name are tagged `<redacted>`, and are not formatted: `password`,
///   `passwd`, `secret`, `token`, `authorization`, `api_key`, `apikey`, `private_key`, `cookie`, `session_key`,
///   and their plurals. Words are told apart by underscores, capitals and digits. So is what a pattern takes out of
///   something with such a name: `p` of `Login { password: p }` or `AccessToken(p)`.
/// * A secret that the `Debug` or `Display` of an argument writes cannot be seen. Leave the argument out with `skip`,
///   tag a part of it with `fields`, or write a `Debug` that leaves the secret out.
///
/// # Options
///
/// * `skip(a, b)`: every argument but these.
/// * `only(a, b)`: these arguments and no others.
/// * `reveal(a, b)`: these arguments hold no secret, whatever their names say.
/// * `fields(name = expression, dotted.name = expression, "any name" = expression)`: further tags, under these
///   names. Their values become tags as those of arguments do, but are never redacted.
/// * `crate = path`: see [`macro@trace`].
///
/// The expressions of `fields` run before the body, or above the future that a function returns, and only if the
/// span is recorded: they should have no effect. They cannot contain `return`, `?` or `.await`. If one panics, the
/// function does.
///
/// ```
/// use fedtrace::tag_args;
///
/// #[tag_args(skip(events), fields(events.count = events.len(), "events.first" = events.first()))]
/// fn persist(room_id: &str, events: &[String]) {}
/// # persist("!room:example.org", &[]);
/// ```
#[proc_macro_attribute]
pub fn tag_args(args: TokenStream, item: TokenStream) -> TokenStream {
    expansion(expand::tag_args, passthrough::tag_args, args, item)
}

type Expand = fn(proc_macro2::TokenStream, proc_macro2::TokenStream) -> expand::Expansion;

fn expansion(enabled: Expand, disabled: Expand, args: TokenStream, item: TokenStream) -> TokenStream {
    let expand = if cfg!(feature = "enable") {
        enabled
    } else {
        disabled
    };
    match expand(args.into(), item.into()) {
        Ok(tokens) | Err(tokens) => tokens.into(),
    }
}
