//! A tracer: the service that spans belong to, and everything that is decided for them.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::mem;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Weak};

use arc_swap::{ArcSwap, Guard};

use super::activity;
use super::limits::Limits;
use super::settings::Settings;
use super::switch::Switch;
use crate::delivery::backlog::Backlog;
use crate::delivery::batch::{Batch, FinishedRecord, Identity};
use crate::delivery::details::Details;
use crate::delivery::inbox::Inbox;
use crate::delivery::inboxes::Inboxes;
use crate::metrics::requests::Requests;
use crate::metrics::stats::{Counters, Stats};
use crate::model::error::whitelist::WhitelistError;
use crate::model::id::TraceId;
use crate::sampling::sampler::current::CurrentSampler;
use crate::sampling::sampler::decision::{Decision, Sampler};
use crate::sampling::throttler::current::CurrentThrottler;
use crate::trust::budget::Budget;
use crate::trust::rules::PropagationRules;
use crate::util::counter::count;
use crate::util::fork_safe::ForkMutex;
use crate::util::panic::catch_panic;

/// Whether anybody could see what is counted for metrics only.
const ARE_METRICS_READ: bool = cfg!(any(feature = "metrics", feature = "prometheus"));

thread_local! {
    /// Whether a sampler is deciding on this thread: it is not asked about the traces that it starts itself.
    static SAMPLING: Cell<bool> = const { Cell::new(false) };
    /// The same for a throttler, and the spans that it forces itself.
    static THROTTLING: Cell<bool> = const { Cell::new(false) };
}

/// Gives spans to one service, with one sampler and one homeserver whitelist.
///
/// A clone is another handle of the same tracer. Clones do not keep it running: the [`TracerGuard`](crate::TracerGuard) that
/// [`TracerBuilder::build`](crate::TracerBuilder::build) returns beside it does.
#[derive(Clone)]
pub struct Tracer(Arc<TracerInner>);

pub(crate) struct TracerInner {
    service_name: String,
    pub(crate) switch: Switch,
    sampler: CurrentSampler,
    throttler: Option<CurrentThrottler>,
    /// Read for each message that leaves or comes in, and hardly ever replaced.
    propagation: ArcSwap<PropagationRules>,
    pub(crate) remote_budget: Budget,
    force_tracing_for_users: HashSet<String>,
    pub(crate) limits: Limits,
    /// Whether the counters go to the crate `metrics`.
    #[cfg_attr(not(feature = "metrics"), allow(dead_code))]
    pub(crate) publish_metrics: bool,
    pub(crate) stats: Counters,
    /// If they are counted.
    pub(crate) requests: Option<Requests>,
    pub(crate) backlog: Backlog,
    /// Others in another process: there nobody gives back the locks.
    inboxes: ArcSwap<Inboxes>,
    /// Other tracers, closed, that threads have no more use for.
    retired: ForkMutex<Vec<Tracer>>,
}

/// A tracer, if there is still a handle of it.
#[derive(Clone)]
pub(crate) struct WeakTracer(Weak<TracerInner>);

impl WeakTracer {
    pub(crate) fn upgrade(&self) -> Option<Tracer> {
        self.0.upgrade().map(Tracer)
    }
}

impl Tracer {
    /// A tracer that starts no spans before its [`Switch`] is on.
    pub(crate) fn new(settings: Settings) -> Self {
        Self(Arc::new(TracerInner {
            service_name: settings.service_name,
            switch: Switch::new(),
            sampler: CurrentSampler::new(settings.sampler),
            throttler: settings.throttler.map(CurrentThrottler::new),
            propagation: ArcSwap::from_pointee(settings.propagation),
            remote_budget: Budget::new(settings.max_remote_sampled),
            force_tracing_for_users: settings.force_tracing_for_users,
            publish_metrics: settings.publish_metrics,
            stats: Counters::default(),
            requests: (settings.rpc_metrics && ARE_METRICS_READ).then(Requests::default),
            backlog: Backlog::new(
                settings.queue_size,
                settings.queue_bytes,
                settings.limits.batch_size,
            ),
            limits: settings.limits,
            inboxes: ArcSwap::default(),
            retired: ForkMutex::new(Vec::new()),
        }))
    }

    /// The name under which Jaeger lists its spans; empty for [`noop`](Self::noop).
    pub fn service_name(&self) -> &str {
        &self.0.service_name
    }

    /// What was lost, and what went wrong, since the start.
    pub fn stats(&self) -> Stats {
        activity::resume_if_forked();
        let finished_unsampled = self.0.inboxes.load().finished_unsampled(&self.0.stats);
        let mut stats = self.0.stats.snapshot(self.0.backlog.waiting());
        stats.finished_unsampled_spans = finished_unsampled;
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

    /// Replaces the sampler: it decides about the traces that start from now on. What was decided stays.
    ///
    /// Nobody waits for it. It changes nothing after the shutdown.
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
        // Else this one would be taken for one of the parent, in the child process of a fork.
        activity::resume_if_forked();
        self.0.run_user_code(|inner| {
            if inner.switch.is_running() {
                drop(inner.sampler.replace(Box::new(sampler)));
            }
        });
        // It may have been shut down meanwhile, and then nobody else would stop what the sampler does.
        if !self.0.switch.is_running() {
            self.0.retire_sampler();
        }
    }

    /// Turns the tracer off, or on again. It is on at its start.
    ///
    /// While it is off, it begins no traces and takes no part in those of others. Headers are still removed from what
    /// goes out, and spans that were open are sent when they finish.
    ///
    /// Where no other tracer is on, that is all: spans cost as little as without any tracer, and open ones get no
    /// children, tags or logs meanwhile. Where another one is on, traces that are open go on.
    ///
    /// It changes nothing after the shutdown, and nothing about [`noop`](Self::noop).
    pub fn set_enabled(&self, enabled: bool) {
        self.0.switch.turn(enabled);
    }

    /// Whether the tracer starts spans: not if it is the no-op one, not while it is turned off, and not after its
    /// shutdown.
    pub fn is_enabled(&self) -> bool {
        self.0.switch.is_on()
    }

    /// Which homeservers sent how many sampled contexts above their
    /// [budget](crate::TracerBuilder::max_remote_sampled_traces_per_second), since the start, the most first.
    ///
    /// At most 1,024 homeservers are told apart at a time. The sum of the others, and of those that were quiet
    /// while there was no room, is under no name.
    pub fn over_budget_origins(&self) -> Vec<(Option<String>, u64)> {
        activity::resume_if_forked();
        self.0.remote_budget.over_budget()
    }

    /// Replaces the homeserver whitelist: who may see our traces from now on, and whose traces we continue. The
    /// entries are read as those of the old one were, as names or as
    /// [prefixes](crate::whitelist::Whitelist::prefix_match).
    ///
    /// Messages that are on their way at that moment are judged by the one or the other. Nobody waits for it.
    ///
    /// # Errors
    ///
    /// [`WhitelistError`] names the entry that cannot be used; the old whitelist then stays.
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

    /// Whether requests of this user, by the whole user id, are to be forced; see
    /// [`force_tracing_for_user`](crate::force_tracing_for_user).
    pub fn is_forced_user(&self, user_id: &str) -> bool {
        self.0.force_tracing_for_users.contains(user_id)
    }

    /// Whether there are metrics of incoming requests.
    pub(crate) fn counts_requests(&self) -> bool {
        self.0.requests.is_some()
    }

    pub(crate) fn propagation_rules(&self) -> Guard<Arc<PropagationRules>> {
        self.0.propagation.load()
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

// A panic elsewhere leaves nothing half done in here: locks are taken over from threads that panicked, and panics
// of samplers and reporters are run_user_code.
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
    pub(crate) fn is_closed(&self) -> bool {
        self.backlog.is_closed()
    }

    /// From here on it starts no spans and takes none.
    pub(crate) fn close(&self) {
        self.backlog.close();
        self.switch.close();
    }

    /// Leaves what waits, and what is counted, to the parent of this process.
    pub(crate) fn forget_parent(&self) {
        // Never dropped: the threads that had a part in them are not here to let go of theirs.
        mem::forget(self.inboxes.swap(Arc::default()));
        self.retired.replace_in_child(Vec::new());
        self.backlog.reset();
        self.stats.reset();
        self.remote_budget.after_fork_in_child();
        if let Some(requests) = &self.requests {
            requests.reset();
        }
        self.run_user_code(|inner| inner.sampler.after_fork_in_child());
        if let Some(throttler) = &self.throttler {
            self.run_user_code(|_| throttler.after_fork_in_child());
        }
    }

    /// Takes what a thread has finished, as far as there is room for it.
    pub(crate) fn accept(&self, inbox: &Inbox, batch: &mut Batch) {
        inbox.accept(batch, &self.backlog, &self.stats);
    }

    /// As [`accept`](Self::accept), for a batch that cannot be kept for another time.
    pub(crate) fn accept_last(&self, inbox: &Inbox, batch: &mut Batch) {
        inbox.accept_last(batch, &self.backlog, &self.stats);
    }

    pub(crate) fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        if SAMPLING.replace(true) {
            return Decision::drop();
        }
        let decision = self.run_user_code(|inner| inner.sampler.sample(trace_id, operation));
        SAMPLING.set(false);
        decision.unwrap_or(Decision::drop())
    }

    /// Whether anybody has to be asked before a span is forced.
    pub(crate) fn has_throttler(&self) -> bool {
        self.throttler.is_some()
    }

    /// Whether a span with this name may be forced. That is asked once: to ask may cost something.
    ///
    /// It may run the code of users, so no span may be locked meanwhile.
    pub(crate) fn is_debug_allowed(&self, operation: &str) -> bool {
        let Some(throttler) = &self.throttler else {
            return true;
        };
        let is_allowed = !THROTTLING.replace(true) && {
            let is_allowed = self.run_user_code(|_| throttler.is_allowed(operation));
            THROTTLING.set(false);
            is_allowed.unwrap_or(false)
        };
        if !is_allowed {
            count(&self.stats.throttled_debug_spans);
        }
        is_allowed
    }

    /// Tells the throttler under which name a server knows this client.
    pub(crate) fn set_client_id(&self, client_id: &str) {
        if let Some(throttler) = &self.throttler {
            self.run_user_code(|_| throttler.set_client_id(client_id));
        }
    }

    /// Lets go of the sampler, for a tracer that was shut down.
    pub(crate) fn retire_sampler(&self) {
        self.run_user_code(|inner| inner.sampler.retire());
    }

    /// Lets go of the throttler, for a tracer that was shut down.
    pub(crate) fn retire_throttler(&self) {
        if let Some(throttler) = &self.throttler {
            self.run_user_code(|_| throttler.retire());
        }
    }

    /// Runs the code of a user; `None` if it panics, which is counted.
    fn run_user_code<R>(&self, work: impl FnOnce(&Self) -> R) -> Option<R> {
        let result = catch_panic(|| work(self));
        if result.is_none() {
            count(&self.stats.contained_panics);
        }
        result
    }

    pub(crate) fn new_inbox(&self) -> Arc<Inbox> {
        self.inboxes.load().add()
    }

    /// Visits all inboxes.
    pub(crate) fn visit_inboxes(&self, take: impl FnMut(&mut Batch)) {
        self.inboxes.load().visit(&self.stats, take);
    }

    /// Leaves it to the worker to drop another tracer: its sampler is user code, which must not run where a
    /// stack is in use.
    pub(crate) fn take_away(&self, tracer: Tracer) {
        self.retired.with(|retired| retired.push(tracer));
    }

    pub(crate) fn drop_retired(&self) {
        for tracer in self.retired.with(mem::take) {
            self.run_user_code(|_| drop(tracer));
        }
    }

    /// Takes a span that finished where there is no stack any more.
    pub(crate) fn add_stray(&self, identity: Identity, record: FinishedRecord, details: Details) {
        let mut batch = Batch::new();
        let identity = batch.add_identity(identity);
        batch.push(record, identity, details);
        self.accept_last(&self.inboxes.load().strays, &mut batch);
    }
}
