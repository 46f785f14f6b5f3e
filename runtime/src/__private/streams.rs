//! Boxed streams that take over the span of a scope.
//!
//! As with [boxed futures](super::boxed), the type of the value decides whether that is possible.

use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use futures_core::Stream;

use super::boxed::{LocalBox, Nothing, SendBox};
use crate::span::future::stream::carry_stream;
use crate::span::scope::Scope;

type SendStream<'a, T> = Pin<Box<dyn Stream<Item = T> + Send + 'a>>;
type LocalStream<'a, T> = Pin<Box<dyn Stream<Item = T> + 'a>>;

/// The way to carry the span of a stream of this type.
#[derive(Debug)]
pub struct StreamCarriage<S>(PhantomData<fn() -> S>, Nothing);

/// Carries the span of a stream in another box.
#[derive(Debug)]
pub struct StreamBox<B>(B);

impl<S> StreamCarriage<S> {
    /// The way to carry the span of this stream.
    #[inline]
    pub fn of(_: &S) -> Self {
        Self(PhantomData, Nothing)
    }
}

impl<T> StreamCarriage<SendStream<'_, T>> {
    /// The choice.
    #[inline]
    pub fn fedtrace_choice(&self) -> StreamBox<SendBox> {
        StreamBox(SendBox)
    }
}

impl<T> StreamCarriage<LocalStream<'_, T>> {
    /// The choice.
    #[inline]
    pub fn fedtrace_choice(&self) -> StreamBox<LocalBox> {
        StreamBox(LocalBox)
    }
}

impl<S> Deref for StreamCarriage<S> {
    type Target = Nothing;

    fn deref(&self) -> &Nothing {
        &self.1
    }
}

impl StreamBox<SendBox> {
    /// Moves the span into the stream.
    pub fn fedtrace_carry<'a, T: 'a>(self, scope: Scope, stream: SendStream<'a, T>) -> SendStream<'a, T> {
        Box::pin(carry_stream(scope, stream))
    }
}

impl StreamBox<LocalBox> {
    /// Moves the span into the stream.
    pub fn fedtrace_carry<'a, T: 'a>(self, scope: Scope, stream: LocalStream<'a, T>) -> LocalStream<'a, T> {
        Box::pin(carry_stream(scope, stream))
    }
}
