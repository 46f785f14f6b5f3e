//! Tools that know nothing of tracing.

pub(crate) mod clock;
pub(crate) mod counter;
pub(crate) mod diagnostics;
pub(crate) mod escape;
pub(crate) mod fork_safe;
pub(crate) mod hardware_counter;
pub(crate) mod leaky_bucket;
pub(crate) mod letter;
pub(crate) mod lock;
pub(crate) mod moment;
pub(crate) mod own_work;
pub(crate) mod panic;
pub(crate) mod percent;
#[cfg(feature = "tower")]
pub(crate) mod plain_url;
pub(crate) mod random;
#[cfg(any(feature = "tower", feature = "tracing"))]
pub(crate) mod secret_names;
#[cfg(any(feature = "tower", feature = "tracing"))]
pub(crate) mod secret_query;
pub(crate) mod standing_clock;
pub(crate) mod text;
pub(crate) mod thread_number;
pub(crate) mod tick;
pub(crate) mod url;
pub(crate) mod words;
