//! Tools that know nothing of tracing.

pub(crate) mod clock;
pub(crate) mod counter;
pub(crate) mod diagnostics;
pub(crate) mod escape;
pub(crate) mod fork_safe;
pub(crate) mod leaky_bucket;
pub(crate) mod lock;
pub(crate) mod own_work;
pub(crate) mod panic;
pub(crate) mod percent;
pub(crate) mod text;
pub(crate) mod url;
pub(crate) mod words;
