//! Whether an `Err` is a failure, where an attribute says so.

use std::fmt::Debug;

use super::errors::record_debug;
use crate::span::recording::{Ending, Recording, recording};
use crate::util::panic::catch_panic;

/// A span whose `Err` is a failure whatever the configuration says.
#[derive(Debug)]
pub struct Certain<S>(pub(super) S);

impl<S: Ending> Ending for Certain<S> {
    fn number(&self) -> u64 {
        self.0.number()
    }

    fn is_certain(&self) -> bool {
        true
    }
}

/// A span whose `Err` was looked at.
#[derive(Debug)]
pub struct Judged<S> {
    span: S,
    is_failure: bool,
}

impl<S: Ending> Ending for Judged<S> {
    fn number(&self) -> u64 {
        if self.is_failure { self.span.number() } else { 0 }
    }

    fn is_certain(&self) -> bool {
        true
    }
}

/// For `err`. The output has to be a `Result`, whatever its type is called.
#[inline]
pub fn certain<T, E, S>(_: &Result<T, E>, span: S) -> Certain<S> {
    Certain(span)
}

/// For `err = |error| …`, which is asked about each `Err` of a span. If it panics, the `Err` is a failure.
#[inline]
pub fn judged<T, E, S: Ending>(
    output: &Result<T, E>,
    span: S,
    is_failure: impl FnOnce(&E) -> bool,
) -> Judged<S> {
    let error = output.as_ref().err().filter(|_| span.number() != 0);
    let is_failure = error.is_some_and(|error| says_so(|| is_failure(error)));
    Judged { span, is_failure }
}

/// For `err(Debug)`.
#[inline]
pub fn record_debug_of<T, E: Debug>(output: &Result<T, E>, span: impl Ending) {
    if let Err(error) = output {
        record_debug(error, Certain(span));
    }
}

/// What code of the user says about an error.
pub(super) fn says_so(is_failure: impl FnOnce() -> bool) -> bool {
    catch_panic(is_failure).unwrap_or(true)
}

/// The span that ends with a value, for a tag, if it is the active one and is recorded.
#[inline]
pub fn recording_of(span: &impl Ending) -> Option<Recording> {
    match span.number() {
        0 => None,
        number => recording().filter(|recording| recording.is_of(number)),
    }
}
