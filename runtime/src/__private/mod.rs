//! The functions that the code of the attributes calls. They change without notice; do not call them
//! directly.

mod argument;
mod body;
mod boxed;
mod content;
mod early;
mod errors;
mod failure;
mod outcome;
mod output;
#[cfg(feature = "stream")]
mod streams;
mod text;

pub use std::module_path;
pub use std::option::Option::Some;

pub use crate::model::site::Site;
pub use crate::model::tag::TagValue;
pub use crate::model::value::{Field, Value};
#[cfg(feature = "stream")]
pub use crate::span::future::stream::carry_stream;
pub use crate::span::future::traced::{
    Hook, NoHook, TracedFuture, carry, carry_then, no_tracer, some_tracer, traced, traced_then,
};
pub use crate::span::leveled::Leveled;
pub use crate::span::place::{Cause, Causes, Place, enter_at};
pub use crate::span::recording::{Ending, EndingPoll, Recording, recording};
pub use crate::span::scope::Scope;
pub use crate::span::start::{enter, enter_with, no_scope};
pub use crate::testing::expectation::assertion::assert_trace;
pub use crate::testing::expectation::fact::Fact;
pub use crate::testing::expectation::pattern::{TextPattern, ValuePattern};
pub use crate::testing::expectation::spans::{ExpectedItem, ExpectedSpan, ExpectedSpans};
pub use crate::testing::run::TestRun;
pub use crate::tracer::activity::is_on;
pub use argument::{Argument, redacted};
pub use body::{call, never};
pub use boxed::{Carriage, pin};
pub use content::{Content, Returned};
pub use early::EarlyTags;
pub use failure::{Certain, Judged, certain, judged, record_debug_of, recording_of};
pub use outcome::Outcome;
pub use output::{Output, OutputOf};
#[cfg(feature = "stream")]
pub use streams::{StreamBox, StreamCarriage};
pub use text::{debugged, displayed};
