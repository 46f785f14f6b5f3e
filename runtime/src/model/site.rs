//! The place in a program at which spans start.

/// The place at which an attribute starts spans; there is one for each annotated function.
#[derive(Debug)]
pub struct Site {
    /// The name of the spans.
    pub name: &'static str,
}
