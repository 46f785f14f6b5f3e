//! The builder of test tracers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::clock::TestClock;
use super::kept_spans::KeptSpans;
use super::tracer::{TestTracer, WhatIsOpen};
use crate::config::builder::TracerBuilder;
use crate::model::seeded_ids::SeededIds;
use crate::sampling::sampler::constant::ConstSampler;
use crate::sampling::sampler::decision::Sampler;
use crate::tracer::core::Tracer;
use crate::tracer::test_mode::TestMode;

/// The worker takes spans only on request, so that they arrive in the order in which they finished even if
/// several threads finish them.
const NEVER: Duration = Duration::MAX;

/// Settings of a [`TestTracer`] that knows its open spans.
///
/// Such a tracer names the spans that are still open where a test [waits](TestTracer::wait_until_settled) or ends. To know them,
/// it gives each span a record that other threads can look at, as a [handle](crate::active_span) does. So its spans cost a
/// few times as much as those of [`TestTracer::new`].
///
/// ```
/// use fedtrace::testing::TestTracer;
///
/// let test = TestTracer::builder().seed(7).build();
/// ```
#[must_use = "nothing happens before `build`"]
pub struct TestTracerBuilder {
    builder: TracerBuilder,
    test_mode: TestMode,
    what_is_open: WhatIsOpen,
}

impl TestTracer {
    /// A tracer that samples everything, and whose spans cost what those of any tracer cost. Panics if the worker thread cannot
    /// be started.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::with_sampler(ConstSampler::new(true))
    }

    /// A tracer like that of [`new`](Self::new), with another sampler. Panics if the worker thread cannot be started.
    pub fn with_sampler(sampler: impl Sampler + 'static) -> Self {
        TestTracerBuilder::new(WhatIsOpen::Unknown)
            .sampler(sampler)
            .build()
    }

    /// A tracer that knows its open spans, and further settings: a clock, a seed, the whitelist.
    pub fn builder() -> TestTracerBuilder {
        TestTracerBuilder::new(WhatIsOpen::Refused)
    }
}

impl TestTracerBuilder {
    pub(super) fn new(what_is_open: WhatIsOpen) -> Self {
        Self {
            builder: Tracer::builder("test"),
            test_mode: TestMode {
                knows_open_spans: what_is_open != WhatIsOpen::Unknown,
                ..TestMode::default()
            },
            what_is_open,
        }
    }

    /// Decides which traces are recorded; all of them by default.
    pub fn sampler(mut self, sampler: impl Sampler + 'static) -> Self {
        self.builder = self.builder.sampler(sampler);
        self
    }

    /// Changes any setting of the tracer but the reporter and the flush interval.
    ///
    /// ```
    /// use fedtrace::testing::TestTracer;
    /// use fedtrace::whitelist::Whitelist;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let whitelist = Whitelist::new(["matrix.org"])?;
    /// let test = TestTracer::builder()
    ///     .configure(|tracer| tracer.homeserver_whitelist(whitelist))
    ///     .build();
    /// # Ok(())
    /// # }
    /// ```
    pub fn configure(mut self, change: impl FnOnce(TracerBuilder) -> TracerBuilder) -> Self {
        self.builder = change(self.builder);
        self
    }

    /// Ids that are the same each time the test runs.
    ///
    /// The first trace of this tracer has the first id, and the first span whose id is needed has the first id of a span: that
    /// is when its context is sent or shown, or when spans are looked at, in the order of their ends. So ids stay the same as long as
    /// the order of these does; of spans on several threads it may not.
    pub fn seed(mut self, seed: u64) -> Self {
        self.test_mode.ids = Some(SeededIds::new(seed));
        self
    }

    /// Times the spans with this clock.
    pub fn clock(mut self, clock: &TestClock) -> Self {
        self.test_mode.clock = Some(Arc::clone(&clock.0));
        self
    }

    /// Spans may be open when the test ends.
    pub fn allow_open_spans(mut self) -> Self {
        if self.what_is_open == WhatIsOpen::Refused {
            self.what_is_open = WhatIsOpen::Allowed;
        }
        self
    }

    /// The tracer. Panics if the settings contradict each other, or if the worker thread cannot be started.
    #[track_caller]
    #[allow(clippy::expect_used)]
    pub fn build(self) -> TestTracer {
        let kept = KeptSpans::default();
        let (tracer, guard) = self
            .builder
            .test_mode(self.test_mode)
            .reporter(kept.clone())
            .flush_interval(NEVER)
            .build()
            .expect("the tracer of a test starts");
        TestTracer::of(tracer, guard, kept, self.what_is_open)
    }
}

impl fmt::Debug for TestTracerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestTracerBuilder")
            .field("test_mode", &self.test_mode)
            .finish_non_exhaustive()
    }
}
