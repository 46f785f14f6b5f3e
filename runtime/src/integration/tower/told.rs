//! What a layer tells another one that is behind the router, and so knows the route.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::settings::Settings;

/// What a layer behind the router has to know, which learns the route later.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) settings: Arc<Settings>,
    /// Whether the span has a name that the layer was given.
    pub(super) is_named: bool,
}

/// Whether there was ever a layer in this process that asks. `Relaxed` is enough: whoever made the layer has passed it on to where
/// the requests are.
static IS_ASKED: AtomicBool = AtomicBool::new(false);

pub(super) fn expect_questions() {
    IS_ASKED.store(true, Ordering::Relaxed);
}

/// Whether somebody may ask although the route is known already. If not, nothing is put into the extensions of a request, which is a
/// good part of what a span costs.
pub(super) fn are_questions_expected() -> bool {
    IS_ASKED.load(Ordering::Relaxed)
}
