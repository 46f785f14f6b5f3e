//! What there is to say about a value: an `Option` speaks of its content, and is silent without one.
//!
//! The steps of the choice work like those of an [`argument`](super::argument).

use std::any::type_name;
use std::ops::Deref;

/// A value that may have nothing to say.
#[derive(Debug)]
pub struct Content<'a, T: ?Sized>(Whole<'a, T>);

#[derive(Debug)]
pub struct Whole<'a, T: ?Sized>(&'a T);

/// The output of a function, which has no value if it is an `Err`.
#[derive(Debug)]
pub struct Returned<'a, T: ?Sized>(Output<'a, T>);

#[derive(Debug)]
pub struct Output<'a, T: ?Sized>(&'a T);

/// The type of a field that other crates declare before they have its value. That crate is not a dependency, so it is
/// known by its name.
const EMPTY: &str = "tracing_core::field::Empty";

impl<'a, T: ?Sized> Content<'a, T> {
    /// Wraps a value.
    #[inline]
    pub fn new(value: &'a T) -> Self {
        Self(Whole(value))
    }
}

// One method for all of them, so that a type with a mistake is not ambiguous, which would be one more error.

impl<'a, T: Optional + ?Sized> Content<'a, T> {
    /// The content.
    #[inline]
    pub fn fedtrace_content(&self) -> Option<&'a T::Content> {
        self.0.0.content()
    }
}

/// An `Option`, also behind references.
pub trait Optional {
    /// What it may contain.
    type Content;

    /// What it contains.
    fn content(&self) -> Option<&Self::Content>;
}

impl<T> Optional for Option<T> {
    type Content = T;

    #[inline]
    fn content(&self) -> Option<&T> {
        self.as_ref()
    }
}

impl<T: Optional + ?Sized> Optional for &T {
    type Content = T::Content;

    #[inline]
    fn content(&self) -> Option<&T::Content> {
        (**self).content()
    }
}

impl<T: Optional + ?Sized> Optional for &mut T {
    type Content = T::Content;

    #[inline]
    fn content(&self) -> Option<&T::Content> {
        (**self).content()
    }
}

impl<'a, T: ?Sized> Whole<'a, T> {
    /// The value.
    #[inline]
    pub fn fedtrace_content(&self) -> Option<&'a T> {
        (type_name::<T>() != EMPTY).then_some(self.0)
    }
}

impl<'a, T: ?Sized> Deref for Content<'a, T> {
    type Target = Whole<'a, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T: ?Sized> Returned<'a, T> {
    /// Wraps an output.
    #[inline]
    pub fn new(output: &'a T) -> Self {
        Self(Output(output))
    }
}

impl<'a, T, E> Returned<'a, Result<T, E>> {
    /// The value of an `Ok`.
    #[inline]
    pub fn fedtrace_returned(&self) -> Option<&'a T> {
        self.0.0.as_ref().ok()
    }
}

impl<'a, T: ?Sized> Output<'a, T> {
    /// The value.
    #[inline]
    pub fn fedtrace_returned(&self) -> Option<&'a T> {
        Some(self.0)
    }
}

impl<'a, T: ?Sized> Deref for Returned<'a, T> {
    type Target = Output<'a, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Returned};

    #[test]
    fn a_result_returns_the_value_of_ok() {
        assert_eq!(Returned::new(&Ok::<u8, ()>(7)).fedtrace_returned(), Some(&7));
        assert_eq!(Returned::new(&Err::<u8, ()>(())).fedtrace_returned(), None);
        assert_eq!(Returned::new(&Some(7)).fedtrace_returned(), Some(&Some(7)));
    }

    #[test]
    fn an_option_has_its_content_behind_references_too() {
        let (some, none) = (Some(7), None::<u8>);
        assert_eq!(Content::new(&some).fedtrace_content(), Some(&7));
        assert_eq!(Content::new(&&some).fedtrace_content(), Some(&7));
        assert_eq!(Content::new(&&&some).fedtrace_content(), Some(&7));
        assert_eq!(Content::new(&&mut Some("a")).fedtrace_content(), Some(&"a"));
        assert_eq!(Content::new(&none).fedtrace_content(), None);
        assert_eq!(Content::new(&&none).fedtrace_content(), None);
    }

    #[test]
    fn any_other_value_is_its_own_content() {
        fn generic<T: ?Sized>(value: &T) -> bool {
            Content::new(value).fedtrace_content().is_some()
        }
        assert_eq!(Content::new("text").fedtrace_content(), Some("text"));
        assert_eq!(Content::new(&[1, 2][..]).fedtrace_content(), Some(&[1, 2][..]));
        assert_eq!(Content::new(&Ok::<u8, u8>(1)).fedtrace_content(), Some(&Ok(1)));
        assert!(generic(&None::<u8>), "a type parameter is not seen through");
    }
}
