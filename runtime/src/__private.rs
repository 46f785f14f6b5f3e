//! What the code of the attributes calls. Not for others: it changes without notice.

pub use crate::future::{Hook, NoHook, Traced, traced, traced_then};
pub use crate::recording::{Recording, recording, recording_of};
pub use crate::scope::{Scope, enter};
pub use crate::site::Site;
pub use crate::tag::TagValue;
