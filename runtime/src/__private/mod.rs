//! The functions that the code of the attributes calls. They change without notice; do not call them
//! directly.

mod argument;
mod body;
mod boxed;
mod early;
mod outcome;
mod output;
mod text;

pub use std::future::Future;
pub use std::option::Option::Some;

pub use crate::model::site::Site;
pub use crate::model::tag::TagValue;
pub use crate::model::value::{Field, Value};
pub use crate::span::future::traced::{
    Hook, NoHook, TracedFuture, carry, carry_then, no_tracer, some_tracer, traced, traced_then,
};
pub use crate::span::recording::{Ending, EndingPoll, Recording, recording};
pub use crate::span::scope::Scope;
pub use crate::span::start::{enter, enter_with, no_scope};
pub use crate::tracer::activity::is_on;
pub use argument::{Argument, redacted};
pub use body::{call, never};
pub use boxed::{Carriage, pin};
pub use early::EarlyTags;
pub use outcome::Outcome;
pub use output::Output;
