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
mod assignments;
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
mod expected_fact;
mod expected_spans;
mod expression;
mod failure;
mod fields;
mod fragments;
mod function;
mod future;
mod hints;
mod impl_block;
mod item;
mod level;
mod lints;
mod op_name;
mod outlives;
mod ownership;
mod passthrough;
mod place;
mod redaction;
mod result_fn;
mod return_type;
mod returned;
mod returned_future;
mod scope;
mod shape;
mod span_options;
mod stream;
mod tag;
mod tag_args;
mod tag_options;
mod tail;
mod test_args;
mod test_fn;
#[cfg(test)]
mod tests;
mod token;
mod trace_args;
mod uses;

use proc_macro::TokenStream;

/// Opens a span for each call of the function, with the name of the function.
///
/// ```
/// #[fedtrace::trace]
/// fn is_signed(signatures: &[u8]) -> bool {
///     !signatures.is_empty()
/// }
/// # assert!(is_signed(&[1]));
/// ```
///
/// expands to
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
/// * **`async fn`**: the span starts at the first poll. It ends when the future completes or is dropped. It is active
///   only while the future is polled, so tasks do not see the spans of other tasks.
/// * **Functions that return a future**: the span ends when the future completes or is dropped. If the body is only
///   `async {}`, `async move {}`, or one of them in `Box::pin`, the span starts at the first poll. If the function runs
///   other code first, the span starts with the call. A function that ends with any other expression is traced this way
///   if its return type is written as `impl Future<Output = …>`, `Pin<Box<dyn Future<Output = …>>>`, `BoxFuture<…>` or
///   `LocalBoxFuture<…>`. If the function returns a future early, with `return`, its span ends with the call.
/// * **Functions that return a stream** (feature `stream`): the span starts with the call, and ends when the stream ends or
///   is dropped, if the return type is written as `impl Stream<Item = …>`, `Pin<Box<dyn Stream<Item = …>>>`, `BoxStream<…>`
///   or `LocalBoxStream<…>`.
/// * **Errors**: an `Err` is recorded. The span gets the tag `error = true`, and a log record with `event`, `error.kind` and
///   `message`. The error type needs no trait. In an `async fn`, and in a function that returns a future, the type of the
///   output decides. **In any other function the name of the return type has to end in `Result`**, as that of
///   `ApiResult<T>` does: with `type Answer = Result<…>`, write `err`. A function with `#[track_caller]` records no errors.
/// * **`impl` blocks**: each method with a body is traced. The exceptions are `const fn`, methods that have their own
///   `#[trace]` or `#[trace_with_opname]`, and methods with `#[trace(skip)]`.
///
/// # Options
///
/// * `tracer = expression`: a `&Tracer` for the span if it starts a trace. A child span always uses the tracer of its
///   parent. The expression can use the arguments and `self`. It runs once per call (at the first poll of an
///   `async fn`), and never while tracing is off. It cannot contain `return`, `?` or `.await`.
/// * `parent = expression`: the parent instead of the active span: a `Span`, a `SpanContext`, a reference to one, or an
///   `Option` of one. If that is `None`, the active span is the parent. It runs as `tracer` does.
/// * `follows_from = expression`: spans that caused it: one as for `parent`, or a `Vec`, array or slice.
/// * `root`: the active span is not the parent.
/// * `level = "debug"` (or `error`, `warn`, `info`, `trace`): the span is left out if a feature `max-level-…` says so when the
///   program is compiled, or if the levels of the tracer say so (`TracerBuilder::levels`). A span without a level always
///   starts.
/// * `target = "name"`: where the minimum level is looked up, instead of the path of the module.
/// * `err`: an `Err` is a failure, whatever the return type is called; `err(Debug)` records the text that `Debug` gives.
/// * `err = false`: an `Err` is no failure.
/// * `err = |error| expression`, or the path of a function: it is asked about each `Err`, and `true` is a failure. The trait
///   `Failure` says the same for a type.
/// * `ret`, `ret(Debug)`, `ret(Display)`: tags the returned value as `return`: of a `Result` the `Ok`, of an `Option` the
///   content. It is not redacted.
/// * `prefix = "Type::"`, on an `impl` block: is put before the names of its methods.
/// * `skip`, on a method of an `impl` block with `#[trace]`: does not trace this method.
/// * `crate = path`: the path of `fedtrace`, if your dependencies do not have it under that name.
///
/// ```
/// use fedtrace::Tracer;
///
/// struct FederationClient {
///     tracer: Tracer,
/// }
///
/// #[fedtrace::trace(prefix = "FederationClient::", tracer = &self.tracer)]
/// impl FederationClient {
///     async fn send_transaction(&self) {}
///
///     #[fedtrace::trace(skip)]
///     fn name(&self) -> &str {
///         "client"
///     }
/// }
/// ```
///
/// ```
/// #[derive(Debug)]
/// struct StoreError {
///     is_missing: bool,
/// }
///
/// #[fedtrace::trace(level = "debug", err = |error| !error.is_missing)]
/// fn get(key: &str) -> Result<Vec<u8>, StoreError> {
///     Err(StoreError { is_missing: key.is_empty() })
/// }
///
/// #[fedtrace::trace(root, ret)]
/// async fn clean_up(days: u32) -> usize {
///     7
/// }
/// # let _ = get("");
/// ```
///
/// # Without the feature `enable`
///
/// If the feature `enable` of `fedtrace` is off, all three attributes still report mistakes, but leave the function
/// unchanged.
#[proc_macro_attribute]
pub fn trace(args: TokenStream, item: TokenStream) -> TokenStream {
    expansion(expand::trace, passthrough::trace, args, item)
}

/// Like [`macro@trace`], with a span name of your choice.
///
/// The name is a string literal, or the path of a `const` of type `&'static str`.
///
/// ```
/// #[fedtrace::trace_with_opname("outgoing-federation-request")]
/// async fn send(destination: &str) -> Result<u16, std::io::Error> {
///     Ok(200)
/// }
///
/// const OPERATION: &str = "incoming-federation-request";
///
/// #[fedtrace::trace_with_opname(OPERATION)]
/// async fn receive(origin: &str) {}
/// ```
///
/// # Options
///
/// Those of [`macro@trace`] but `prefix` and `skip`, after the name.
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
/// use fedtrace::tag_args;
///
/// #[fedtrace::trace]
/// #[tag_args(skip(extremities))]
/// async fn get_missing_events(destination: &str, extremities: &[String], limit: u32) {
///     // The tags are ARG.destination and ARG.limit.
/// }
/// ```
///
/// Together with [`macro@trace`], in either order, it tags the span of the function. Without `trace`, it tags the span
/// that is active when the function runs, if there is one.
///
/// * A `bool`, an integer or a float keeps its type, also behind references. Any other value becomes text, with
///   `Display`, or else `Debug`, or else the name of its type. No trait is required. Text is cut at the maximum tag
///   length.
/// * Values are formatted before the body runs, and only if the span is recorded.
/// * An `Option` is tagged with its content. Without one, there is no tag.
/// * Each variable that a pattern binds is one tag. `self` is never tagged.
/// * An argument is tagged `<redacted>`, and not formatted, if its name contains one of these words or its plural:
///   `password`, `passwd`, `passphrase`, `pwd`, `secret`, `token`, `jwt`, `bearer`, `macaroon`, `otp`, `totp`,
///   `credential`, `authorization`, `cookie`, `api_key`, `apikey`, `access_key`, `accesskey`, `private_key`,
///   `recovery_key`, `session_key`, `signing_key`, `key_pair`, `keypair`. Underscores, capitals and digits separate words.
///   A variable that a pattern takes out of a value with such a name is redacted, too: `p` in `Login { password: p }` or
///   `AccessToken(p)`. The option `redact`, and the configuration (`opentracing.fedtrace.redacted_arguments`), add others.
/// * The attribute cannot detect a secret that the `Debug` or `Display` of an argument writes. Leave such an argument
///   out with `skip`, tag a part of it with `fields`, or write a `Debug` that hides the secret.
///
/// # Options
///
/// * `skip(a, b)`: does not tag these arguments.
/// * `skip_all`: tags no argument, only `fields`.
/// * `only(a, b)`: tags only these arguments.
/// * `prefix = ""`: what precedes the names of arguments in keys, instead of `ARG.`.
/// * `reveal(a, b)`: does not redact these arguments, whatever their names are, unless the configuration says so.
/// * `redact(a, b)`: redacts these arguments, whatever their names are.
/// * `fields(name = expression, dotted.name = expression, "any name" = expression)`: adds tags with these names. Their
///   values are formatted as those of arguments are, but are never redacted. `{ CONST } = expression` takes the name from a
///   constant. `%` or `?` before a value is for `Display` or `Debug`; `%name` and `?name` are short for `name = %name` and
///   `name = ?name`. A name alone declares a tag that the function sets later: nothing is recorded.
/// * `crate = path`: see [`macro@trace`].
///
/// The expressions of `fields` run only if the span is recorded, so they should have no side effects. They run before
/// the body. In a function that returns a future, they run when the function is called. They cannot contain `return`,
/// `?` or `.await`. If an expression panics, the function panics.
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

/// Asserts which spans there are, and what they say; see `fedtrace::testing`.
///
/// The first argument is a `TestTracer`, a `SpanTree` or finished spans, the second one is the tree. Siblings are expected in
/// the order of their starts. The macro panics with the difference if the spans are not as the tree says.
///
/// ```
/// use fedtrace::testing::{TestTracer, assert_trace};
///
/// # if !cfg!(feature = "enable") { return; }
/// let test = TestTracer::new();
/// fedtrace::with_tracer(test.tracer(), || {
///     let _request = fedtrace::start_active_span("GET /sync");
///     fedtrace::set_tag("user_id", "@alice:example.org");
///     drop(fedtrace::start_active_span("authenticate"));
///     drop(fedtrace::start_active_span("store"));
///     drop(fedtrace::start_active_span("notify"));
/// });
/// assert_trace!(test, {
///     "GET /sync" [user_id ~ "@*:example.org", !error] {
///         "authenticate",
///         any_order { "notify", "store" }
///     }
/// });
/// ```
///
/// # The tree
///
/// | written | a span |
/// |---|---|
/// | `"name"`, `NAME` | with this name; the second is a constant |
/// | `~ "GET *"` | with a name like this: `*` stands for any text, `?` for one character |
/// | `_` | with any name |
/// | `"name" { … }` | with these children. Without braces, it has none |
/// | `"name" [ … ]` | that says this |
///
/// Spans are separated by commas, which are not needed behind `}`.
///
/// | among the children | |
/// |---|---|
/// | `any_order { … }` | these spans in any order |
/// | `..` at the end | there may be others, anywhere between these |
///
/// # What a span says
///
/// Other tags and records may be there, too.
///
/// | written in `[…]` | |
/// |---|---|
/// | `key = value` | a tag with this value, of this type: `200` is not `"200"` |
/// | `key ~ "pattern"` | a tag whose text is like this |
/// | `key = _` | a tag with any value |
/// | `!key` | no such tag |
/// | `error`, `!error` | it failed, or did not |
/// | `error = "message"`, `error ~ "pattern"` | it failed, and a record of the error has this message |
/// | `log(event = "retry", attempt = 2)` | a log record with these fields |
/// | `follows_from = "name"`, `child_of = "name"` | a reference to a span of this name, which is not its parent |
/// | `remote_parent` | its parent is in another process |
/// | `duration = value` | how long it took, with a `TestClock` |
///
/// A key is a name with or without dots, a text or `{ CONSTANT }`. The text is needed for a tag with a name of this table:
/// `"error" = true`.
#[proc_macro]
pub fn assert_trace(input: TokenStream) -> TokenStream {
    expected_spans::assert_trace(input.into()).into()
}

/// Makes a test of a function, with a tracer of its own; see `fedtrace::testing`.
///
/// The traces that begin in the test belong to that tracer. The function has it as an argument if it asks for one. At the end,
/// the test fails if spans are still open, and names them.
///
/// ```
/// use fedtrace::testing::{TestTracer, assert_trace};
///
/// #[fedtrace::trace]
/// fn is_signed(signatures: &[u8]) -> bool {
///     !signatures.is_empty()
/// }
///
/// #[fedtrace::test]
/// fn signatures_are_looked_at_in_a_span(test: &TestTracer) {
///     assert!(is_signed(&[1]));
///     assert_trace!(test, { "is_signed" });
/// }
/// ```
///
/// The test of an async function needs a runtime: the attribute for it is an option, or stands below.
///
/// ```
/// use fedtrace::testing::TestTracer;
///
/// #[fedtrace::test(tokio::test(flavor = "multi_thread"))]
/// async fn on_several_threads(test: &TestTracer) {}
///
/// #[fedtrace::test]
/// #[tokio::test]
/// async fn on_one_thread() -> Result<(), std::io::Error> {
///     Ok(())
/// }
/// ```
///
/// # Options
///
/// * `tokio::test` or another attribute with a path: it runs the test. Without one, and without an attribute called `test`,
///   `rstest` or `test_case` below, the test is a plain one.
/// * `seed = 7`: ids that are the same each time; see `TestTracerBuilder::seed`.
/// * `allow_open_spans`: spans may be open at the end.
/// * `crate = path`: see [`macro@trace`].
///
/// # Threads and tasks
///
/// The tracer is that of the thread of the test. So are the tasks of a runtime that has only this thread. A trace that begins
/// on another thread belongs to the global tracer, unless `TraceFutureExt::with_tracer` or `with_tracer` says more. A span that
/// is bound to a task or a thread, as by `in_active_span`, keeps its tracer there, and so do its children.
///
/// # Together with other attributes
///
/// Above other attributes, it is expanded first. `should_panic`, `ignore` and the cases of `rstest` and `test_case` work there,
/// and parameters other than the tracer are theirs. Below `#[tokio::test]` or `#[rstest]` there can be no parameter for the
/// tracer.
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    match test_fn::expand(args.into(), item.into()) {
        Ok(tokens) | Err(tokens) => tokens.into(),
    }
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
