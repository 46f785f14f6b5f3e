//! Errors on the span that ends with them.

use std::any::type_name;
use std::fmt::{Arguments, Debug, Display};

use super::text;
use crate::span::recording::{Ending, Recording};

// Not inlined, so that these are compiled once for each type of error and not for each function. They own the
// scope, so that their callers need not close it.

#[cold]
#[inline(never)]
pub(super) fn record_display<E: Display>(error: &E, span: impl Ending) {
    if let Some(recording) = span.failed() {
        record_text(&recording, type_name::<E>(), format_args!("{error}"));
    }
}

#[cold]
#[inline(never)]
pub(super) fn record_debug<E: Debug>(error: &E, span: impl Ending) {
    if let Some(recording) = span.failed() {
        record_text(&recording, type_name::<E>(), format_args!("{error:?}"));
    }
}

#[cold]
#[inline(never)]
pub(super) fn record_name<E>(span: impl Ending) {
    if let Some(recording) = span.failed() {
        let name = text::name_of_type::<E>(recording.max_tag_value_length());
        recording.error(type_name::<E>(), name);
    }
}

fn record_text(recording: &Recording, kind: &'static str, message: Arguments<'_>) {
    let message = text::capped(message, recording.max_tag_value_length());
    recording.error(kind, message);
}
