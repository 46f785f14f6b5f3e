//! What only tracers of tests have.

use std::sync::Arc;

use super::open_spans::OpenSpans;
use crate::model::seeded_ids::SeededIds;
use crate::util::standing_clock::StandingClock;

/// What only tracers of tests have. Others look for it where a trace begins and where a span gets a handle, so it costs them
/// next to nothing.
#[derive(Debug, Default)]
pub(crate) struct TestMode {
    /// Those that know their open spans.
    pub(crate) open_spans: Option<OpenSpans>,
    pub(crate) ids: Option<SeededIds>,
    pub(crate) clock: Option<Arc<StandingClock>>,
}
