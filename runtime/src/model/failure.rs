//! Errors that know whether they are failures.

use std::fmt::Display;
use std::rc::Rc;
use std::sync::Arc;

/// An error that says whether it is a failure of the function that returns it.
///
/// An `Err` with such an error marks the span of a traced function only if [`is_failure`](Self::is_failure) says so.
/// Otherwise the span says nothing about it. This takes precedence over
/// [`TracerBuilder::errors_are_failures`](crate::TracerBuilder::errors_are_failures); `#[trace(err = false)]` and
/// `#[trace(err = |error| …)]` take precedence over this.
///
/// The type must be visible where the function is traced: for a type parameter, the bound counts. If `is_failure` panics,
/// the error is a failure.
///
/// ```
/// use std::fmt;
///
/// #[derive(Debug)]
/// enum StoreError {
///     NotFound,
///     Disk,
/// }
/// # impl fmt::Display for StoreError {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Debug::fmt(self, f) }
/// # }
///
/// impl fedtrace::Failure for StoreError {
///     fn is_failure(&self) -> bool {
///         !matches!(self, Self::NotFound)
///     }
/// }
///
/// #[fedtrace::trace]
/// fn get(key: &str) -> Result<Vec<u8>, StoreError> {
///     Err(StoreError::NotFound) // the span is not marked
/// }
///
/// # use fedtrace::testing::TestTracer;
/// # if cfg!(feature = "enable") {
/// # let test = TestTracer::new();
/// # fedtrace::with_tracer(test.tracer(), || get("a")).unwrap_err();
/// # test.tree().with_tags(["error"]).assert_eq("get");
/// # }
/// ```
pub trait Failure: Display {
    /// Whether this error is a failure, and not an expected answer.
    fn is_failure(&self) -> bool;
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T: Failure + ?Sized> Failure for $pointer {
            fn is_failure(&self) -> bool {
                (**self).is_failure()
            }
        }
    )*};
}
pointers!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);
