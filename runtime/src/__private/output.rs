//! The output of a future, with the type in the signature of the function that returns the future. The future
//! alone may leave the type of its error open, as in `async { Ok(1) }`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// An output of type `U`, which should be `T`. If it is not, the compiler reports that at the return type.
pub struct Output<'a, T: ?Sized, U: ?Sized> {
    output: &'a U,
    written: PhantomData<fn() -> PhantomData<T>>,
    other: Other,
}

/// An output of type `U`, which should be that of the future `F`. If `F` is an alias of something else, the output is not
/// looked at.
pub struct OutputOf<'a, F: ?Sized, U: ?Sized> {
    output: &'a U,
    written: PhantomData<fn() -> PhantomData<F>>,
    other: Other,
}

#[derive(Debug)]
pub struct Other(());

impl<'a, F: ?Sized, U: ?Sized> OutputOf<'a, F, U> {
    /// Wraps the output of a future.
    #[inline]
    pub fn new(output: &'a U) -> Self {
        Self {
            output,
            written: PhantomData,
            other: Other(()),
        }
    }
}

impl<'a, F: Future + ?Sized> OutputOf<'a, F, F::Output> {
    /// The output, with its known type.
    #[inline]
    pub fn fedtrace_known(&self) -> &'a F::Output {
        self.output
    }
}

impl<F: ?Sized, U: ?Sized> Deref for OutputOf<'_, F, U> {
    type Target = Other;

    fn deref(&self) -> &Other {
        &self.other
    }
}

impl<F: ?Sized, U: ?Sized> fmt::Debug for OutputOf<'_, F, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputOf").finish_non_exhaustive()
    }
}

impl<'a, T: ?Sized, U: ?Sized> Output<'a, T, U> {
    /// Wraps the output of a future.
    #[inline]
    pub fn new(output: &'a U) -> Self {
        Self {
            output,
            written: PhantomData,
            other: Other(()),
        }
    }
}

impl<'a, T: ?Sized> Output<'a, T, T> {
    /// The output, with its known type.
    #[inline]
    pub fn fedtrace_known(&self) -> &'a T {
        self.output
    }
}

impl Other {
    /// An empty output.
    #[inline]
    pub fn fedtrace_known(&self) -> &'static () {
        &()
    }
}

impl<T: ?Sized, U: ?Sized> Deref for Output<'_, T, U> {
    type Target = Other;

    fn deref(&self) -> &Other {
        &self.other
    }
}

impl<T: ?Sized, U: ?Sized> fmt::Debug for Output<'_, T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}
