//! The shape of a function, which decides how its span is opened and ended.

use proc_macro2::TokenStream;

use crate::carry;
use crate::function::Function;
use crate::result_fn;
use crate::return_type::ReturnedFuture;
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
    /// The function returns a `Result` of this type.
    ResultFn(TokenStream),
    /// Any other function: its span covers the call.
    PlainFn,
}

impl Shape {
    pub(crate) fn of(function: &Function) -> Self {
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
        match result_fn::output(function) {
            Some(output) => Self::ResultFn(output),
            None => Self::PlainFn,
        }
    }
}
