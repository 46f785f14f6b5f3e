//! The code of users that a tracer runs: its sampler and its throttler.

use std::ptr;

use super::core::TracerInner;
use crate::model::decision_tags::DecisionTags;
use crate::model::flags::TraceFlags;
use crate::model::id::TraceId;
use crate::sampling::sampler::decision::Decision;
use crate::util::counter::count;
use crate::util::own_work::{self, OwnWork};
use crate::util::panic::catch_panic;

impl TracerInner {
    /// The sampler's decision. `None` if this thread works for this tracer: a sampler is not asked about what it does
    /// itself.
    #[inline]
    pub(crate) fn sample(&self, trace_id: TraceId, operation: &str) -> Option<Decision> {
        match self.sampler.constant() {
            Some(decision) => (!self.is_served()).then_some(decision),
            None => self.ask_sampler(trace_id, operation),
        }
    }

    /// The flags of a trace, and the tags of the sampler that has decided about it; `None` as for [`sample`](Self::sample).
    #[inline]
    pub(crate) fn decide(&self, trace_id: TraceId, operation: &str) -> Option<(TraceFlags, DecisionTags)> {
        let decision = self.sample(trace_id, operation)?;
        let flags = match decision.is_sampled() {
            true => TraceFlags::SAMPLED,
            false => self.rejected(),
        };
        Some((flags, decision.into_tags()))
    }

    #[inline(never)]
    fn ask_sampler(&self, trace_id: TraceId, operation: &str) -> Option<Decision> {
        let _served = OwnWork::begin(self.address())?;
        let decision = self.contain(|inner| inner.sampler.sample(trace_id, operation));
        Some(decision.unwrap_or(Decision::drop()))
    }

    /// Whether there is a throttler, which must be asked before a span is forced.
    pub(crate) fn has_throttler(&self) -> bool {
        self.throttler.is_some()
    }

    /// Whether a span with this name may be forced. Call it once per span, because it may spend credit.
    ///
    /// It may run user code, so no span may be locked meanwhile.
    pub(crate) fn is_debug_allowed(&self, operation: &str) -> bool {
        let Some(throttler) = &self.throttler else {
            return true;
        };
        let is_allowed = OwnWork::begin(self.address())
            .and_then(|_served| self.contain(|_| throttler.is_allowed(operation)))
            .unwrap_or(false);
        if !is_allowed {
            count(&self.stats.throttled_debug_spans);
        }
        is_allowed
    }

    /// Passes the `client-uuid` to the throttler.
    pub(crate) fn set_client_id(&self, client_id: &str) {
        if let Some(throttler) = &self.throttler {
            self.run_user_code(|_| throttler.set_client_id(client_id));
        }
    }

    /// Drops the sampler, after a shutdown.
    pub(crate) fn retire_sampler(&self) {
        self.run_user_code(|inner| inner.sampler.retire());
    }

    /// Drops the throttler, after a shutdown.
    pub(crate) fn retire_throttler(&self) {
        if let Some(throttler) = &self.throttler {
            self.run_user_code(|_| throttler.retire());
        }
    }

    fn address(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    /// Whether this thread works for this tracer.
    #[inline]
    pub(crate) fn is_served(&self) -> bool {
        own_work::is_for(self.address())
    }

    /// Marks what this thread does for this tracer, which is not traced by it.
    pub(crate) fn serve(&self) -> OwnWork {
        OwnWork::of(self.address())
    }

    /// Runs user code for this tracer. Returns `None` if it panics, which is counted.
    pub(super) fn run_user_code<R>(&self, work: impl FnOnce(&Self) -> R) -> Option<R> {
        let _served = self.serve();
        self.contain(work)
    }

    fn contain<R>(&self, work: impl FnOnce(&Self) -> R) -> Option<R> {
        let result = catch_panic(|| work(self));
        if result.is_none() {
            count(&self.stats.contained_panics);
        }
        result
    }
}
