//! What only tracers of tests have.

use std::sync::Arc;

use crate::model::seeded_ids::SeededIds;
use crate::util::standing_clock::StandingClock;

/// What only tracers of tests have. Others look for it where a trace begins and where a span gets a handle, so it costs them
/// next to nothing.
#[derive(Debug, Default)]
pub(crate) struct TestMode {
    pub(crate) knows_open_spans: bool,
    pub(crate) ids: Option<SeededIds>,
    pub(crate) clock: Option<Arc<StandingClock>>,
}
