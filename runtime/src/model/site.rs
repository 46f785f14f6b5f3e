//! The places in a program where spans start.

/// A place where an attribute starts spans; there is one for each annotated function.
#[derive(Debug)]
pub struct Site {
    /// The name of the spans.
    pub name: &'static str,
}
