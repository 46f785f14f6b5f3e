//! What a function gave, looked at for an error: by value, so that any type may be called `Result`.
//!
//! The steps of the choice work as those of an argument.

use std::any::type_name;
use std::fmt::{Debug, Display};
use std::ops::Deref;

use super::text;
use crate::recording::Recording;
use crate::tag::TagValue;

/// The output of a function, which may be an `Err`.
#[derive(Debug)]
pub struct Outcome<'a, T: ?Sized>(ErrDebug<'a, T>);

#[derive(Debug)]
pub struct ErrDebug<'a, T: ?Sized>(ErrTypeName<'a, T>);

#[derive(Debug)]
pub struct ErrTypeName<'a, T: ?Sized>(NoResult<'a, T>);

#[derive(Debug)]
pub struct NoResult<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Outcome<'a, T> {
    /// The outcome that this output shows.
    #[inline]
    pub fn new(output: &'a T) -> Self {
        Self(ErrDebug(ErrTypeName(NoResult(output))))
    }
}

impl<T, E: Display> Outcome<'_, Result<T, E>> {
    /// Records an `Err` with its text.
    #[inline]
    pub fn fedtrace_record(&self, recording: &Recording) {
        if let Err(error) = self.0.0.0.0 {
            let limit = recording.max_tag_value_length();
            failed::<E>(recording, text::capped(format_args!("{error}"), limit));
        }
    }
}

impl<T, E: Debug> ErrDebug<'_, Result<T, E>> {
    /// Records an `Err` as programmers see it.
    #[inline]
    pub fn fedtrace_record(&self, recording: &Recording) {
        if let Err(error) = self.0.0.0 {
            let limit = recording.max_tag_value_length();
            failed::<E>(recording, text::capped(format_args!("{error:?}"), limit));
        }
    }
}

impl<T, E> ErrTypeName<'_, Result<T, E>> {
    /// Records that there was an `Err`.
    #[inline]
    pub fn fedtrace_record(&self, recording: &Recording) {
        if self.0.0.is_err() {
            failed::<E>(
                recording,
                text::name_of_type::<E>(recording.max_tag_value_length()),
            );
        }
    }
}

impl<T: ?Sized> NoResult<'_, T> {
    /// Nothing.
    #[inline]
    pub fn fedtrace_record(&self, _: &Recording) {}
}

fn failed<E>(recording: &Recording, message: TagValue) {
    recording.error(type_name::<E>(), message);
}

impl<'a, T: ?Sized> Deref for Outcome<'a, T> {
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
