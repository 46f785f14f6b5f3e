//! The shape of a function, which decides how its span is opened and ended.

use proc_macro2::TokenStream;
use syn::Error;

use crate::carry;
use crate::failure::Failure;
use crate::function::Function;
use crate::future;
use crate::result_fn;
use crate::returned_future::ReturnedFuture;
use crate::span_options::SpanOptions;
use crate::stream;
use crate::tail::Tail;

pub(crate) enum Shape {
    /// `async fn`
    AsyncFn,
    /// The body is nothing but an `async` block.
    AsyncBlock(Tail),
    /// The body ends with an `async` block. The code above it runs when the function is called.
    StatementsAndAsyncBlock(Tail),
    /// Only the return type shows that the function returns a future.
    FutureValue(ReturnedFuture),
    /// The return type shows that the function returns a stream.
    Stream(ReturnedFuture),
    /// The function returns a value of this type, which is looked at.
    ResultFn(TokenStream),
    /// Any other function: its span covers the call.
    PlainFn,
}

impl Shape {
    pub(crate) fn of(function: &Function, options: &SpanOptions) -> Self {
        if function.signature.asyncness.is_some() {
            return Self::AsyncFn;
        }
        if let Some(tail) = Tail::find(function.body.content()) {
            return if tail.is_whole_body() {
                Self::AsyncBlock(tail)
            } else {
                Self::StatementsAndAsyncBlock(tail)
            };
        }
        if let Some(future) = carry::future_value(function) {
            return Self::FutureValue(future);
        }
        if let Some(stream) = stream::value(function) {
            return Self::Stream(stream);
        }
        match result_fn::output(function, options) {
            Some(output) => Self::ResultFn(output),
            None => Self::PlainFn,
        }
    }

    /// The error if the options ask for what a function of this shape does not have.
    pub(crate) fn contradiction(&self, function: &Function, options: &SpanOptions) -> Option<Error> {
        let option = match &options.ret {
            Some(_) => "ret",
            None if Failure::is_sought(options.err.as_ref()) => "err",
            None => return None,
        };
        let problem = match self {
            Self::AsyncFn | Self::ResultFn(_) => return None,
            Self::AsyncBlock(_) | Self::StatementsAndAsyncBlock(_) | Self::FutureValue(_) => {
                if future::output(function, options).is_some() {
                    return None;
                }
                "needs the type of the output; write the return type as `impl Future<Output = …>`"
            }
            Self::Stream(_) => {
                "is for one value, and a stream has many; record them where the stream is made"
            }
            Self::PlainFn if function.has_attribute("track_caller") => {
                "is not possible with #[track_caller], whose function would no longer see its caller"
            }
            Self::PlainFn => {
                "needs a return type that can be named in the body, which `impl Fn(…)` and `!` cannot"
            }
        };
        let at = function.signature.ident.span();
        Some(Error::new(at, format!("`{option}` {problem}")))
    }
}
