//! The shared record of a span that has handles.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use super::adoption::Adoption;
use super::home::Home;
#[cfg(feature = "tracing")]
use super::last_exit::LastExit;
use crate::delivery::bounds::Room;
use crate::delivery::details::{Details, End};
use crate::delivery::entry::Key;
use crate::delivery::identity::Identity;
use crate::delivery::record::SpanStart;
use crate::metrics::requests::Request;
use crate::model::baggage::{Baggage, FORCE_TRACING};
use crate::model::decision_tags::DecisionTags;
use crate::model::flags::TraceFlags;
#[cfg(any(feature = "log-kv", feature = "tracing"))]
use crate::model::id::{SpanId, TraceId};
use crate::model::tag::tags;
use crate::model::trace_context::TraceContext;
use crate::model::value::{Field, Value};
use crate::tracer::activity;
use crate::tracer::core::Tracer;
use crate::tracer::open_spans::OpenSpan;
use crate::tracer::span_context::SpanContext;
use crate::util::counter::count;
use crate::util::diagnostics;
use crate::util::lock::lock;
use crate::util::text::beginning;

/// Threads of this process have the lock for much less.
const PATIENCE: Duration = Duration::from_millis(100);

static USED_AFTER_FINISH: diagnostics::NowAndThen = diagnostics::NowAndThen::new();

#[derive(Debug)]
pub(crate) struct SharedSpan {
    span: SpanStart,
    pub(super) identity: Identity,
    pub(super) adoption: Adoption,
    pub(crate) tracer: Tracer,
    /// The tags of the sampler, if it is the root.
    decision: DecisionTags,
    /// Outside of `state`, so that children read it without a lock. It is written only under the lock of
    /// `state`, and is valid by itself, so `Relaxed` is enough; [`changes`](Self::changes) orders it for
    /// readers that must not miss a change.
    flags: AtomicU8,
    /// The number of changes of flags or baggage, up to `MANY_CHANGES`. It is raised (release) after each
    /// change and read (acquire) before the flags, so a reader that knows the latest count has the flags that
    /// belong to it, or newer ones. The baggage of that change is ordered by the lock of `state`.
    changes: AtomicU8,
    state: Mutex<State>,
    /// Of the process that it was made in.
    generation: usize,
    /// What stands for `state` in a copy of that process, if nobody is left to unlock it.
    stand_in: OnceLock<Box<Mutex<State>>>,
    /// For spans of `tracing`.
    #[cfg(feature = "tracing")]
    pub(crate) last_exit: LastExit,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// `None` as long as it says nothing, and once it has finished.
    pub(super) details: Option<Box<Details>>,
    pub(super) baggage: Baggage,
    /// The name that it had when its details were taken.
    pub(super) last_name: Option<Cow<'static, str>>,
    pub(super) finished: bool,
    /// How often it was reported while it was open.
    pub(super) reports: u8,
    pub(super) request: Request,
}

impl State {
    /// The name, if it differs from the name in the record.
    pub(super) fn name(&self) -> Option<Cow<'static, str>> {
        self.details.as_ref()?.name()
    }
}

impl SharedSpan {
    /// The count of changes stops here, so that it never wraps around to a known value.
    pub(crate) const MANY_CHANGES: u8 = u8::MAX;

    /// The record of a span that gets its first handle.
    pub(crate) fn new(span: SpanStart, details: Option<Box<Details>>, home: Home) -> Arc<Self> {
        Self::of_request(span, details, home, Request::default())
    }

    /// The same for a span that counts as this request.
    pub(super) fn of_request(
        span: SpanStart,
        details: Option<Box<Details>>,
        home: Home,
        request: Request,
    ) -> Arc<Self> {
        let state = Mutex::new(State {
            details,
            baggage: home.baggage,
            request,
            ..State::default()
        });
        let shared = Arc::new(Self {
            span,
            identity: home.identity,
            adoption: Adoption::default(),
            tracer: home.tracer,
            decision: home.decision,
            flags: AtomicU8::new(home.identity.flags.bits()),
            changes: AtomicU8::new(0),
            state,
            generation: activity::generation(),
            stand_in: OnceLock::new(),
            #[cfg(feature = "tracing")]
            last_exit: LastExit::default(),
        });
        if let Some(open) = shared.tracer.inner().open_spans() {
            let shared: Arc<dyn OpenSpan> = Arc::clone(&shared) as _;
            open.add(Arc::downgrade(&shared));
        }
        shared
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        match activity::is_copy_of(self.generation) {
            false => lock(&self.state),
            true => self.state_in_copy(),
        }
    }

    /// The thread that had the lock at a fork is in the parent only. Then the span is the parent's too, and has finished here.
    #[cold]
    fn state_in_copy(&self) -> MutexGuard<'_, State> {
        let deadline = Instant::now() + PATIENCE;
        while self.stand_in.get().is_none() {
            if let Some(state) = self.try_state() {
                return state;
            }
            if Instant::now() >= deadline {
                break;
            }
            thread::yield_now();
        }
        let finished = || State {
            finished: true,
            ..State::default()
        };
        lock(self.stand_in.get_or_init(|| Box::new(Mutex::new(finished()))))
    }

    /// Without a lock, for whoever has the last reference.
    pub(super) fn has_finished(&mut self) -> bool {
        let state = self.state.get_mut();
        state.unwrap_or_else(PoisonError::into_inner).finished
    }

    /// `None` if somebody has the lock.
    pub(super) fn try_state(&self) -> Option<MutexGuard<'_, State>> {
        match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(crate) fn flags(&self) -> TraceFlags {
        TraceFlags::from_bits(self.flags.load(Ordering::Relaxed))
    }

    pub(crate) fn changes(&self) -> u8 {
        self.changes.load(Ordering::Acquire)
    }

    pub(super) fn set_flags(&self, flags: TraceFlags) {
        let recorded_later = &self.tracer.inner().stats.recorded_later;
        match (self.is_recorded(), flags.is_recorded()) {
            (false, true) => recorded_later.fetch_add(1, Ordering::Relaxed),
            (true, false) => recorded_later.fetch_sub(1, Ordering::Relaxed),
            _ => 0,
        };
        self.flags.store(flags.bits(), Ordering::Relaxed);
        self.count_change();
    }

    pub(super) fn count_change(&self) {
        let changed = |changes: u8| changes.checked_add(1);
        let _ = self
            .changes
            .fetch_update(Ordering::Release, Ordering::Relaxed, changed);
    }

    pub(crate) fn is_recorded(&self) -> bool {
        self.flags().is_recorded()
    }

    /// The room for what is said about it. `None` if nothing is kept: it is neither recorded nor a request, which may be
    /// forced later.
    pub(crate) fn room(&self) -> Option<Room<'_>> {
        let bounds = &self.tracer.inner().bounds;
        if self.is_recorded() {
            return Some(bounds.recorded());
        }
        self.identity()
            .has_local_root(&self.start())
            .then(|| bounds.unrecorded())
    }

    pub(crate) fn baggage(&self) -> Baggage {
        self.state().baggage.clone()
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity {
            flags: self.flags(),
            ..*self.adoption.identity().unwrap_or(&self.identity)
        }
    }

    /// The identity and the baggage, which belong to each other.
    pub(crate) fn identity_and_baggage(&self) -> (Identity, Baggage) {
        let state = self.state();
        (self.identity(), state.baggage.clone())
    }

    /// What it shares with its trace, for a stack that it joins.
    pub(super) fn home(&self) -> Home {
        let (identity, baggage) = self.identity_and_baggage();
        Home {
            identity,
            baggage,
            tracer: self.tracer.clone(),
            decision: DecisionTags::None,
        }
    }

    /// The number, the name and the start. With a new parent it has none on its thread.
    pub(super) fn start(&self) -> SpanStart {
        let parent = match self.adoption.identity() {
            Some(_) => 0,
            None => self.span.parent,
        };
        SpanStart { parent, ..self.span }
    }

    /// The tags of the sampler, if it is the root.
    pub(super) fn decision(&self) -> &DecisionTags {
        match self.adoption.identity() {
            Some(_) => &DecisionTags::None,
            None => &self.decision,
        }
    }

    /// Settles that it keeps its parent: there is a child, or somebody knows its ids.
    #[inline]
    pub(crate) fn make_known(&self) {
        self.adoption.make_known();
    }

    pub(crate) fn number(&self) -> u64 {
        self.span.number
    }

    /// The context. The span keeps its parent from now on.
    pub(crate) fn context(&self) -> SpanContext {
        self.make_known();
        self.shown_context()
    }

    /// Its ids, for those who only show them.
    #[cfg(any(feature = "log-kv", feature = "tracing"))]
    pub(crate) fn shown_ids(&self) -> (TraceId, SpanId) {
        let identity = self.identity();
        (identity.trace_id, identity.key.span_id(self.span.number))
    }

    /// The context, for those who only show it.
    pub(crate) fn shown_context(&self) -> SpanContext {
        let (identity, baggage) = self.identity_and_baggage();
        SpanContext {
            context: TraceContext {
                trace_id: identity.trace_id,
                span_id: identity.key.span_id(self.span.number),
                flags: identity.flags,
                baggage,
                remote: false,
                local_root: identity.local_root,
                is_undecided: false,
                seed: None,
            },
            tracer: Some(self.tracer.clone()),
        }
    }

    /// Changes the span, unless it has finished: then the use is counted, and logged now and then.
    pub(super) fn change(&self, what: &'static str, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        if !state.finished {
            change(&mut state);
            return;
        }
        drop(state);
        count(&self.tracer.inner().stats.uses_after_finish);
        diagnostics::warn_now_and_then(&USED_AFTER_FINISH, || {
            format!(
                "{what} on the span \"{}\" after it had finished",
                self.full_name()
            )
        });
    }

    /// The name, or the last name if it has finished.
    pub(crate) fn full_name(&self) -> Cow<'static, str> {
        let state = self.state();
        let name = state.last_name.clone().or_else(|| state.name());
        name.unwrap_or(Cow::Borrowed(self.span.name))
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.state().finished
    }

    /// Counts a use that changes nothing, if the span has finished.
    pub(crate) fn notice(&self, what: &'static str) {
        self.change(what, |_| {});
    }

    /// Changes the details, if there is room for them.
    pub(crate) fn change_details(&self, what: &'static str, change: impl FnOnce(&mut Details, Room<'_>)) {
        self.change(what, |state| {
            if let Some(room) = self.room() {
                change(state.details(), room);
            }
        });
    }

    /// Whether a tag matters even if the span is not recorded.
    pub(crate) fn counts(&self, key: &str) -> bool {
        Request::reads(key) && self.tracer.counts_requests()
    }

    /// Sets a tag, if there is room or the tag [counts](Self::counts).
    pub(crate) fn set_tag(&self, key: Key<'_>, value: &Value<'_>) {
        self.change("set_tag", |state| {
            if self.counts(key.as_str()) {
                state.request.read(key.as_str(), value);
            }
            if let Some(room) = self.room() {
                state.details().set_tag(key, value, room);
            }
        });
    }

    /// Remembers that its request is answered to another homeserver.
    pub(crate) fn answer_homeserver(&self) {
        self.tracer.answer_homeserver(self.identity().local_root);
    }

    /// Whether its request is answered to another homeserver.
    #[cfg(feature = "tower")]
    pub(crate) fn answers_homeserver(&self) -> bool {
        self.tracer.answers_homeserver(self.identity().local_root)
    }

    /// Sets the request that the initial tags describe.
    pub(crate) fn set_request(&self, request: Request) {
        self.state().request = request;
    }

    /// Whether it is an incoming request. `None` if nothing says what it is.
    pub(crate) fn is_request(&self) -> Option<bool> {
        let state = self.state();
        // The metrics of requests also know spans whose tags are not kept.
        if state.request.is_incoming() {
            return Some(true);
        }
        let kind = state.details.as_ref()?.tag(tags::SPAN_KIND)?;
        Some(kind.as_str() == Some(tags::SPAN_KIND_SERVER))
    }

    pub(crate) fn set_operation_name(&self, name: Key<'_>) {
        // Even if it is not recorded, because it may be forced later.
        self.change("set_operation_name", |state| {
            state
                .details()
                .rename(name, self.tracer.inner().bounds.recorded());
        });
    }

    /// Whether it may be forced. If it is already forced or has finished, this spends no credit.
    fn may_force(&self) -> bool {
        let inner = self.tracer.inner();
        let is_free = || self.flags().contains(TraceFlags::FORCED) || self.state().finished;
        // The throttler is user code, so it is asked before the span is locked.
        !inner.has_throttler() || is_free() || inner.is_debug_allowed(&self.full_name())
    }

    pub(crate) fn set_priority(&self, value: &Value<'_>, forced: bool) {
        if forced && !self.may_force() {
            return;
        }
        self.change("set_tag", |state| {
            if forced {
                self.force(state, value);
            } else {
                // Who asks not to record it does not want it provisionally either.
                let unwanted = TraceFlags::FORCED | TraceFlags::PROVISIONAL;
                self.set_flags(self.flags().difference(unwanted));
            }
        });
    }

    pub(crate) fn force_tracing(&self) {
        if !self.may_force() {
            return;
        }
        self.change("force_tracing", |state| {
            self.insert_baggage(state, FORCE_TRACING, "1");
            self.force(state, &Value::Long(1));
        });
    }

    pub(crate) fn set_baggage_item(&self, key: &str, value: &str) {
        self.change("set_baggage_item", |state| {
            let is_known = state.baggage.get(key).is_some();
            let is_set = self.insert_baggage(state, key, value);
            // Raises the count of changes: children look for new baggage only after a change.
            self.set_flags(self.flags());
            if let Some(room) = self.room() {
                // Cut before they are copied.
                let [key, value] = [key, value].map(|text| beginning(text, room.bounds.value));
                let fields = baggage_fields(key, value, is_known, is_set);
                state.details().log(&fields, room);
            }
        });
    }

    fn insert_baggage(&self, state: &mut State, key: &str, value: &str) -> bool {
        let stats = &self.tracer.inner().stats;
        let is_set = state.baggage.insert(key, value);
        count(match is_set {
            true => &stats.baggage_updates,
            false => &stats.failed_baggage_updates,
        });
        is_set
    }

    /// Forces the span. The tag with this priority is set only if the span was not forced before.
    fn force(&self, state: &mut State, priority: &Value<'_>) {
        let flags = self.flags();
        // Even if the flags stay the same, the baggage may have changed.
        self.set_flags(flags.union(TraceFlags::FORCED));
        if !flags.contains(TraceFlags::FORCED) {
            state.details().set_own_tag(tags::SAMPLING_PRIORITY, priority);
        }
    }

    pub(crate) fn mark(&self, end: End) {
        let mut state = self.state();
        if state.finished {
            return;
        }
        if end == End::Panicked {
            state.request.fail();
        }
        if self.flags().is_recorded() {
            state.details().mark(end);
        }
    }
}

/// The log record of a baggage item, as Jaeger's clients write it.
fn baggage_fields<'a>(key: &'a str, value: &'a str, is_known: bool, is_set: bool) -> [Option<Field<'a>>; 5] {
    let field = |name, text| Field {
        key: Cow::Borrowed(name),
        value: Value::Text(text),
    };
    [
        Some(Field::of_static("event", "baggage")),
        Some(field("key", key)),
        Some(field("value", value)),
        (is_known && is_set).then(|| Field::of_static("override", "true")),
        (!is_set).then(|| Field::of_static("invalid", "true")),
    ]
}
