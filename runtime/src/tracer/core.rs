//! The tracer: the service that spans belong to, and its settings.

use std::collections::HashSet;
use std::fmt;
use std::mem;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use arc_swap::{ArcSwap, Guard};

use super::activity;
use super::errors::Errors;
use super::homeserver_requests::HomeserverRequests;
use super::levels::NumberedLevels;
use super::limits::Limits;
use super::long_open::LongOpen;
use super::open_spans::OpenSpans;
use super::redaction::RedactedArguments;
#[cfg(feature = "page")]
use super::reporting::CurrentReporting;
use super::settings::Settings;
use super::switch::Switch;
use super::test_mode::TestMode;
use super::watcher::{Watcher, Watchers};
use crate::delivery::backlog::Backlog;
use crate::delivery::batch::{Batch, EndingSpan};
use crate::delivery::bounds::Bounds;
use crate::delivery::inbox::Inbox;
use crate::delivery::inboxes::Inboxes;
use crate::metrics::requests::Requests;
use crate::metrics::stats::{Counters, SpanCounts, Stats};
use crate::model::error::whitelist::WhitelistError;
use crate::model::flags::TraceFlags;
use crate::model::seeded_ids::SeededIds;
use crate::sampling::keep::Keep;
use crate::sampling::sampler::current::CurrentSampler;
use crate::sampling::sampler::decision::Sampler;
use crate::sampling::throttler::current::CurrentThrottler;
use crate::trust::budget::Budget;
use crate::trust::rules::PropagationRules;
use crate::util::fork_safe::ForkMutex;

/// Whether the counts that are made only for metrics can be read.
pub(crate) const ARE_METRICS_READ: bool = cfg!(any(feature = "metrics", feature = "prometheus"));

/// Creates the spans of one service, with one sampler and one homeserver whitelist.
///
/// A clone is another handle to the same tracer. Handles do not keep it running; the
/// [`TracerGuard`](crate::TracerGuard) that [`TracerBuilder::build`](crate::TracerBuilder::build) returns
/// does.
#[derive(Clone)]
pub struct Tracer(Arc<TracerInner>);

pub(crate) struct TracerInner {
    service_name: String,
    pub(crate) switch: Switch,
    pub(super) sampler: CurrentSampler,
    pub(super) throttler: Option<CurrentThrottler>,
    /// Which traces are kept although the sampler rejected them.
    pub(crate) keep: Option<Keep>,
    /// Read for each outgoing and incoming message, and rarely replaced.
    propagation: ArcSwap<PropagationRules>,
    pub(crate) remote_budget: Budget,
    pub(super) homeserver_requests: HomeserverRequests,
    force_tracing_for_users: HashSet<String>,
    pub(crate) redacted_arguments: RedactedArguments,
    /// `None` if the spans of all levels start.
    pub(crate) levels: Option<NumberedLevels>,
    pub(crate) errors: Errors,
    pub(crate) limits: Limits,
    /// Apart from the rest, because few have it.
    pub(crate) test_mode: Option<Box<TestMode>>,
    /// Those of spans.
    pub(crate) bounds: Bounds,
    /// Whether the counters are published to the crate `metrics`.
    #[cfg_attr(not(feature = "metrics"), allow(dead_code))]
    pub(crate) publish_metrics: bool,
    pub(crate) stats: Counters,
    pub(crate) long_open: LongOpen,
    /// `None` if incoming requests are not counted.
    pub(crate) requests: Option<Requests>,
    pub(crate) backlog: Backlog,
    pub(crate) open_spans: OpenSpans,
    /// Whether it is a test's, or its open spans are watched. `Relaxed` is enough: a thread that sees it late begins to list
    /// its spans late.
    has_special_roots: AtomicBool,
    watchers: Watchers,
    #[cfg(feature = "page")]
    pub(crate) reporting: CurrentReporting,
    /// Replaced in a child process, where their locks may be held forever.
    inboxes: ArcSwap<Inboxes>,
    /// Closed tracers that threads no longer use.
    retired: ForkMutex<Vec<Tracer>>,
}

/// A weak handle to a tracer.
#[derive(Clone)]
pub(crate) struct WeakTracer(Weak<TracerInner>);

impl WeakTracer {
    pub(crate) fn upgrade(&self) -> Option<Tracer> {
        self.0.upgrade().map(Tracer)
    }
}

impl Tracer {
    /// A tracer that starts no spans until its [`Switch`] is on.
    pub(crate) fn new(settings: Settings) -> Self {
        let backlog = Backlog::new(
            settings.queue_size,
            settings.queue_bytes,
            settings.limits.batch_size,
        );
        Self(Arc::new(TracerInner {
            service_name: settings.service_name,
            switch: Switch::new(),
            sampler: CurrentSampler::new(settings.sampler),
            throttler: settings.throttler.map(CurrentThrottler::new),
            keep: settings.keep,
            propagation: ArcSwap::from_pointee(settings.propagation),
            remote_budget: Budget::new(settings.max_remote_sampled),
            homeserver_requests: HomeserverRequests::none(),
            force_tracing_for_users: settings.force_tracing_for_users,
            publish_metrics: settings.publish_metrics,
            stats: Counters::default(),
            long_open: LongOpen::new(settings.limits.long_open_after),
            requests: (settings.rpc_metrics && ARE_METRICS_READ).then(Requests::default),
            bounds: settings.limits.of_spans(backlog.memory()),
            backlog,
            has_special_roots: AtomicBool::new(settings.test_mode.is_some()),
            open_spans: OpenSpans::new(
                settings
                    .test_mode
                    .as_ref()
                    .is_some_and(|mode| mode.knows_open_spans),
            ),
            watchers: Watchers::none(),
            #[cfg(feature = "page")]
            reporting: CurrentReporting::none(),
            redacted_arguments: settings.redacted_arguments,
            levels: settings.levels.map(NumberedLevels::new),
            errors: Errors::new(settings.errors_are_failures),
            limits: settings.limits,
            test_mode: settings.test_mode.map(Box::new),
            inboxes: ArcSwap::default(),
            retired: ForkMutex::new(Vec::new()),
        }))
    }

    /// The name of the service in Jaeger; empty for [`noop`](Self::noop).
    pub fn service_name(&self) -> &str {
        &self.0.service_name
    }

    /// A snapshot of the counters since the start: spans, losses and errors.
    pub fn stats(&self) -> Stats {
        activity::resume_if_forked();
        let mut stats = self.0.counted();
        if let Some(sampler) = self.0.run_user_code(|inner| inner.sampler.stats()) {
            stats.sampler_queries += sampler.sampler_queries;
            stats.failed_sampler_queries += sampler.failed_sampler_queries;
            stats.sampler_updates += sampler.sampler_updates;
            stats.failed_sampler_updates += sampler.failed_sampler_updates;
        }
        let throttler = self.0.throttler.as_ref();
        if let Some(Some(throttler)) = throttler.map(|throttler| self.0.run_user_code(|_| throttler.stats()))
        {
            stats.throttler_updates += throttler.throttler_updates;
            stats.failed_throttler_updates += throttler.failed_throttler_updates;
        }
        stats
    }

    /// Replaces the sampler. The new one decides about traces that start from now on; earlier decisions stay.
    ///
    /// This does not block. It has no effect after shutdown.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// use fedtrace::sampler::ProbabilisticSampler;
    ///
    /// let (tracer, _guard) = fedtrace::Tracer::builder("example.org").build()?;
    /// tracer.set_sampler(ProbabilisticSampler::new(0.001));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_sampler(&self, sampler: impl Sampler + 'static) {
        // Otherwise, in the child process of a fork, the new sampler would be treated as one of the parent's.
        activity::resume_if_forked();
        self.0.run_user_code(|inner| {
            if inner.switch.is_running() {
                drop(inner.sampler.replace(Box::new(sampler)));
            }
        });
        // After a shutdown in the meantime, nothing else would stop the new sampler.
        if !self.0.switch.is_running() {
            self.0.retire_sampler();
        }
    }

    /// Turns the tracer off or on. It starts turned on.
    ///
    /// While it is off, it starts no traces and does not continue remote ones. Trace headers are still
    /// removed from outgoing messages, and spans that were open are sent when they finish.
    ///
    /// If no other tracer is on, spans cost as little as without a tracer, and open spans get no children,
    /// tags or logs meanwhile. If another tracer is on, open traces continue.
    ///
    /// It has no effect after shutdown, or on [`noop`](Self::noop).
    pub fn set_enabled(&self, enabled: bool) {
        self.0.switch.turn(enabled);
    }

    /// Whether the tracer starts spans. It does not if it is [`noop`](Self::noop), while it is turned off, or
    /// after its shutdown.
    pub fn is_enabled(&self) -> bool {
        self.0.switch.is_on()
    }

    /// Whether it starts spans on this thread: not in what the thread does for it.
    #[inline]
    pub(crate) fn starts_spans(&self) -> bool {
        self.is_enabled() && !self.0.is_served()
    }

    /// The number of sampled contexts that each homeserver sent over its
    /// [budget](crate::TracerBuilder::max_remote_sampled_traces_per_second), since the start, highest first.
    ///
    /// At most 1,024 homeservers are tracked at a time. The sum of the others, and of homeservers that were
    /// forgotten to make room, has no name.
    pub fn over_budget_origins(&self) -> Vec<(Option<String>, u64)> {
        activity::resume_if_forked();
        self.0.remote_budget.over_budget()
    }

    /// Replaces the homeserver whitelist: the servers that may see our traces from now on, and whose traces
    /// we continue. The entries are read like those of the old one, as names or as
    /// [prefixes](crate::whitelist::Whitelist::prefix_match).
    ///
    /// Messages that are being processed at that moment use either the old or the new list. This does not
    /// block.
    ///
    /// # Errors
    ///
    /// [`WhitelistError`] names the entry that cannot be used; the old whitelist then stays in use.
    pub fn set_homeserver_whitelist<S: AsRef<str>>(
        &self,
        patterns: impl IntoIterator<Item = S>,
    ) -> Result<(), WhitelistError> {
        let whitelist = self.propagation_rules().whitelist.with_entries(patterns)?;
        self.0.propagation.rcu(|rules| PropagationRules {
            whitelist: whitelist.clone(),
            ..rules.as_ref().clone()
        });
        Ok(())
    }

    /// Whether a homeserver is on the whitelist.
    pub fn is_whitelisted(&self, server_name: &str) -> bool {
        self.propagation_rules().whitelist.allows(server_name)
    }

    /// Whether requests of this user, given by the full user id, are forced; see
    /// [`force_tracing_for_user`](crate::force_tracing_for_user).
    pub fn is_forced_user(&self, user_id: &str) -> bool {
        self.0.force_tracing_for_users.contains(user_id)
    }

    /// Whether incoming requests are counted.
    pub(crate) fn counts_requests(&self) -> bool {
        self.0.requests.is_some()
    }

    pub(crate) fn propagation_rules(&self) -> Guard<Arc<PropagationRules>> {
        self.0.propagation.load()
    }

    /// Whether anybody is told the ids of its traces. If not, nothing is remembered, and no lock is taken.
    pub(crate) fn tells_clients(&self) -> bool {
        self.propagation_rules().client_trace_id
    }

    /// Remembers that the request with this local root is answered to another homeserver.
    pub(crate) fn answer_homeserver(&self, root: u64) {
        if self.tells_clients() {
            self.inner().homeserver_requests.add(root);
        }
    }

    /// Whether the request with this local root is answered to another homeserver, where that matters.
    pub(crate) fn answers_homeserver(&self, root: u64) -> bool {
        self.tells_clients() && self.inner().homeserver_requests.contain(root)
    }

    pub(crate) fn downgrade(&self) -> WeakTracer {
        WeakTracer(Arc::downgrade(&self.0))
    }

    pub(crate) fn inner(&self) -> &TracerInner {
        &self.0
    }

    #[inline]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

// A panic elsewhere leaves nothing half done in here: locks are taken over from threads that panicked, and
// panics of samplers and reporters are contained.
impl UnwindSafe for Tracer {}
impl RefUnwindSafe for Tracer {}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer")
            .field("enabled", &self.is_enabled())
            .field("closed", &self.0.is_closed())
            .finish_non_exhaustive()
    }
}

impl TracerInner {
    /// The counts of the tracer and of its threads.
    pub(crate) fn counted(&self) -> Stats {
        let (queued, open) = (self.backlog.waiting_bytes(), self.backlog.memory().open());
        let snapshot = |threads| self.stats.snapshot(threads, queued, open);
        self.inboxes.load().counted(snapshot)
    }

    /// The flags of a trace that the sampler has rejected.
    #[inline]
    pub(crate) fn rejected(&self) -> TraceFlags {
        match self.keep {
            Some(_) => TraceFlags::PROVISIONAL,
            None => TraceFlags::NONE,
        }
    }

    /// Whether no trace has begun here or was joined.
    pub(crate) fn has_started_nothing(&self) -> bool {
        let stats = self.counted();
        stats.started_sampled_spans + stats.started_unsampled_spans == 0
    }

    /// Its open spans, if it knows them.
    #[inline]
    pub(crate) fn open_spans(&self) -> Option<&OpenSpans> {
        self.open_spans.are_watched().then_some(&self.open_spans)
    }

    /// Lets somebody look at the spans that are reported from now on, and lists those that are open.
    #[cfg(feature = "page")]
    pub(crate) fn watch(&self, watcher: Weak<dyn Watcher>) {
        self.watchers.add(watcher);
        self.open_spans.watch();
        self.has_special_roots.store(true, Ordering::Relaxed);
    }

    pub(crate) fn watchers(&self) -> Vec<Arc<dyn Watcher>> {
        self.watchers.all()
    }

    /// Whether its roots take the way of few.
    #[inline]
    pub(crate) fn has_special_roots(&self) -> bool {
        self.has_special_roots.load(Ordering::Relaxed)
    }

    /// Its ids, if it has a seed.
    #[inline]
    pub(crate) fn seeded_ids(&self) -> Option<&SeededIds> {
        self.test_mode.as_ref()?.ids.as_ref()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.backlog.is_closed()
    }

    /// Starts and accepts no more spans.
    pub(crate) fn close(&self) {
        self.backlog.close();
        self.switch.close();
    }

    /// Leaves the waiting spans and the counts to the parent process.
    pub(crate) fn forget_parent(&self) {
        // Never dropped: a thread that does not exist here may have been changing them at the fork.
        mem::forget(self.inboxes.swap(Arc::default()));
        self.retired.replace_in_child(Vec::new());
        self.backlog.reset();
        self.stats.reset();
        self.open_spans.reset_in_child();
        self.watchers.reset_in_child();
        #[cfg(feature = "page")]
        self.reporting.reset_in_child();
        self.remote_budget.after_fork_in_child();
        self.homeserver_requests.reset_in_child();
        self.long_open.after_fork_in_child();
        if let Some(requests) = &self.requests {
            requests.reset();
        }
        self.run_user_code(|inner| inner.sampler.after_fork_in_child());
        if let Some(throttler) = &self.throttler {
            self.run_user_code(|_| throttler.after_fork_in_child());
        }
    }

    /// Takes the finished spans of a thread, as far as the limits of the queue allow.
    pub(crate) fn accept(&self, inbox: &Inbox, batch: &mut Batch) {
        inbox.accept(batch, &self.backlog, &self.stats);
    }

    /// As [`accept`](Self::accept), for a batch that cannot be handed over later.
    pub(crate) fn accept_last(&self, inbox: &Inbox, batch: &mut Batch) {
        inbox.accept_last(batch, &self.backlog, &self.stats);
    }

    pub(crate) fn new_inbox(&self) -> Arc<Inbox> {
        self.inboxes.load().add()
    }

    /// Takes an inbox back that its thread has abandoned, if the worker has ended.
    pub(crate) fn remove_abandoned(&self, inbox: &Arc<Inbox>) {
        self.inboxes.load().remove_abandoned(inbox, &self.stats);
    }

    /// Gives the memory of the worker back, which ends now.
    pub(crate) fn end_delivery(&self) {
        self.inboxes.load().end(&self.stats);
    }

    /// Visits all inboxes.
    pub(crate) fn visit_inboxes(&self, take: impl FnMut(Batch)) {
        self.inboxes.load().visit(&self.stats, take);
    }

    /// Takes batches back whose spans were reported.
    pub(crate) fn take_back(&self, batches: impl Iterator<Item = Batch>) {
        self.inboxes.load().take_back(batches, &self.backlog);
    }

    /// Lets the worker drop another tracer: its sampler is user code, which must not run while a stack is in
    /// use.
    pub(crate) fn take_away(&self, tracer: Tracer) {
        self.retired.with(|retired| retired.push(tracer));
    }

    pub(crate) fn drop_retired(&self) {
        for tracer in self.retired.with(mem::take) {
            self.run_user_code(|_| drop(tracer));
        }
    }

    /// Takes a span that finished on a thread that has no stack any more.
    pub(crate) fn add_stray(&self, ending: &EndingSpan<'_>) {
        let mut batch = Batch::new();
        ending.add_to(&mut batch);
        self.stats.add_spans(SpanCounts::one_finished());
        self.accept_last(&self.inboxes.load().strays, &mut batch);
    }
}
