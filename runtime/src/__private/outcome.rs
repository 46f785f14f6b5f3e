//! Looks for an error in the output of a function. The choice depends on the value, so that any type may be
//! named `Result`.
//!
//! The steps of the choice work like those of an [`argument`](super::argument).

use std::fmt::{Debug, Display};
use std::ops::Deref;

use super::errors::{record_debug, record_display, record_name};
use super::failure::{Certain, says_so};
use crate::model::failure::Failure;
use crate::span::recording::Ending;

/// Wraps the output of a function, which may be an `Err`.
#[derive(Debug)]
pub struct Outcome<'a, T: ?Sized>(ErrDisplay<'a, T>);

#[derive(Debug)]
pub struct ErrDisplay<'a, T: ?Sized>(ErrDebug<'a, T>);

#[derive(Debug)]
pub struct ErrDebug<'a, T: ?Sized>(ErrTypeName<'a, T>);

#[derive(Debug)]
pub struct ErrTypeName<'a, T: ?Sized>(NoResult<'a, T>);

#[derive(Debug)]
pub struct NoResult<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Outcome<'a, T> {
    /// Wraps an output.
    #[inline]
    pub fn new(output: &'a T) -> Self {
        Self(ErrDisplay(ErrDebug(ErrTypeName(NoResult(output)))))
    }
}

impl<T, E: Failure> Outcome<'_, Result<T, E>> {
    /// Records an `Err` with its `Display` text, if it says that it is a failure.
    #[inline]
    pub fn fedtrace_record(&self, span: impl Ending) {
        if let Err(error) = self.0.0.0.0.0 {
            record_failure(error, span);
        }
    }
}

impl<T, E: Display> ErrDisplay<'_, Result<T, E>> {
    /// Records an `Err` with its `Display` text.
    #[inline]
    pub fn fedtrace_record(&self, span: impl Ending) {
        if let Err(error) = self.0.0.0.0 {
            record_display(error, span);
        }
    }
}

impl<T, E: Debug> ErrDebug<'_, Result<T, E>> {
    /// Records an `Err` with its `Debug` text.
    #[inline]
    pub fn fedtrace_record(&self, span: impl Ending) {
        if let Err(error) = self.0.0.0 {
            record_debug(error, span);
        }
    }
}

impl<T, E> ErrTypeName<'_, Result<T, E>> {
    /// Records an `Err` with the name of its type.
    #[inline]
    pub fn fedtrace_record(&self, span: impl Ending) {
        if self.0.0.is_err() {
            record_name::<E>(span);
        }
    }
}

impl<T: ?Sized> NoResult<'_, T> {
    /// Records nothing.
    #[inline]
    pub fn fedtrace_record(&self, _: impl Ending) {}
}

// Not inlined, as in `errors`.

#[cold]
#[inline(never)]
fn record_failure<E: Failure>(error: &E, span: impl Ending) {
    if span.number() != 0 && says_so(|| error.is_failure()) {
        record_display(error, Certain(span));
    }
}

impl<'a, T: ?Sized> Deref for Outcome<'a, T> {
    type Target = ErrDisplay<'a, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T: ?Sized> Deref for ErrDisplay<'a, T> {
    type Target = ErrDebug<'a, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T: ?Sized> Deref for ErrDebug<'a, T> {
    type Target = ErrTypeName<'a, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T: ?Sized> Deref for ErrTypeName<'a, T> {
    type Target = NoResult<'a, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
