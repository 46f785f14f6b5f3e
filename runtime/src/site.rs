//! The place in a program at which spans start.

/// The place at which an attribute starts spans; there is one for each annotated function.
#[derive(Debug)]
pub struct Site {
    pub(crate) name: &'static str,
}

impl Site {
    /// A place that starts spans of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { name }
    }
}
