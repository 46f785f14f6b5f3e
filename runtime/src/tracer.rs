//! A tracer: the service that spans belong to, and everything that is decided for them.

use std::cell::Cell;
use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::Thread;
use std::time::Duration;

use http::HeaderName;

use crate::batch::{Batch, Details, Identity, Inbox, Record};
use crate::context::TraceId;
use crate::error::InitError;
use crate::global;
use crate::process::process_tags;
use crate::propagation::PropagationRules;
use crate::reporter::{Process, Reporter, TracerGuard, UdpReporter};
use crate::sampler::{ConstSampler, Decision, Sampler};
use crate::stats::{Counters, Stats, count};
use crate::tag::Tag;
use crate::whitelist::{Whitelist, WhitelistError};

thread_local! {
    /// Whether a sampler is deciding on this thread: it is not asked about the traces that it starts itself.
    static SAMPLING: Cell<bool> = const { Cell::new(false) };
}

/// Gives spans to one service, with one sampler and one homeserver whitelist.
///
/// A clone is another handle of the same tracer. Clones do not keep it running: the [`TracerGuard`] that
/// [`TracerBuilder::build`] returns beside it does.
#[derive(Clone)]
pub struct Tracer(Arc<TracerInner>);

pub(crate) struct TracerInner {
    enabled: bool,
    sampler: Box<dyn Sampler>,
    propagation: RwLock<Arc<PropagationRules>>,
    pub(crate) max_tag_value_length: usize,
    pub(crate) stats: Counters,
    inboxes: Mutex<Vec<Arc<Inbox>>>,
    /// Closed tracers that threads have no more use for.
    retired: Mutex<Vec<Tracer>>,
    /// For spans that finish where there is no stack any more.
    strays: Inbox,
    queue: Queue,
    closed: AtomicBool,
    worker: OnceLock<Thread>,
}

/// Below it, the worker would do nothing but look for spans.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);
const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// How many spans wait for the worker or are with it, and the bounds.
struct Queue {
    spans: AtomicUsize,
    bytes: AtomicUsize,
    max_spans: usize,
    max_bytes: usize,
}

impl Tracer {
    /// A tracer for the service of this name, by default with a sampler that records everything and a reporter
    /// that sends to a Jaeger agent on this machine.
    pub fn builder(service_name: impl Into<String>) -> TracerBuilder {
        TracerBuilder::new(service_name.into())
    }

    /// A tracer that starts no spans.
    pub fn noop() -> Self {
        let options = TracerBuilder::new(String::new());
        Self(Arc::new(TracerInner::new(
            &options,
            false,
            Box::new(ConstSampler::new(false)),
        )))
    }

    /// What was lost, and what went wrong, since the start.
    pub fn stats(&self) -> Stats {
        self.0.stats.snapshot()
    }

    /// Replaces the homeserver whitelist: who may see our traces from now on, and whose traces we continue.
    ///
    /// # Errors
    ///
    /// [`WhitelistError`] names the entry that cannot be used; the old whitelist then stays.
    pub fn set_homeserver_whitelist<S: AsRef<str>>(
        &self,
        patterns: impl IntoIterator<Item = S>,
    ) -> Result<(), WhitelistError> {
        let whitelist = Whitelist::new(patterns)?;
        let mut rules = self.0.propagation.write().unwrap_or_else(PoisonError::into_inner);
        *rules = Arc::new(PropagationRules {
            whitelist,
            ..rules.as_ref().clone()
        });
        Ok(())
    }

    /// Whether a homeserver is on the whitelist.
    pub fn whitelisted_homeserver(&self, server_name: &str) -> bool {
        self.propagation_rules().whitelist.allows(server_name)
    }

    pub(crate) fn propagation_rules(&self) -> Arc<PropagationRules> {
        Arc::clone(&self.0.propagation.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn inner(&self) -> &TracerInner {
        &self.0
    }

    #[inline]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether it starts spans: not if it is the no-op one, and not after its shutdown.
    pub(crate) fn is_on(&self) -> bool {
        self.0.enabled && !self.0.is_closed()
    }
}

// A panic elsewhere leaves nothing half done in here: locks are taken over from threads that panicked, and panics
// of samplers and reporters are contained.
impl UnwindSafe for Tracer {}
impl RefUnwindSafe for Tracer {}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer")
            .field("enabled", &self.0.enabled)
            .field("closed", &self.0.is_closed())
            .finish_non_exhaustive()
    }
}

impl TracerInner {
    fn new(options: &TracerBuilder, enabled: bool, sampler: Box<dyn Sampler>) -> Self {
        Self {
            enabled,
            sampler,
            propagation: RwLock::new(Arc::new(options.propagation.clone())),
            max_tag_value_length: options.max_tag_value_length,
            stats: Counters::default(),
            inboxes: Mutex::default(),
            retired: Mutex::default(),
            strays: Inbox::default(),
            queue: Queue {
                spans: AtomicUsize::new(0),
                bytes: AtomicUsize::new(0),
                max_spans: options.queue_size,
                max_bytes: options.queue_bytes,
            },
            closed: AtomicBool::new(false),
            worker: OnceLock::new(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// From here on, finished spans are counted as lost. Returns whether it was open.
    pub(crate) fn close(&self) -> bool {
        let was_open = !self.closed.swap(true, Ordering::AcqRel);
        if was_open && self.enabled {
            global::tracer_closed();
        }
        was_open
    }

    pub(crate) fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        if SAMPLING.replace(true) {
            return Decision::default();
        }
        let decision = catch_unwind(AssertUnwindSafe(|| self.sampler.sample(trace_id, operation)))
            .unwrap_or_else(|_| {
                count(&self.stats.contained_panics);
                Decision::default()
            });
        SAMPLING.set(false);
        decision
    }

    /// Takes places in the queue for as many spans of a batch as there is room for, and for all its bytes: the
    /// caller gives back those of the spans that it drops.
    pub(crate) fn reserve(&self, spans: usize, bytes: usize) -> usize {
        let waiting = self.queue.spans.fetch_add(spans, Ordering::Relaxed);
        let bytes_waiting = self.queue.bytes.fetch_add(bytes, Ordering::Relaxed);
        let mut room = spans.min(self.queue.max_spans.saturating_sub(waiting));
        if bytes_waiting.saturating_add(bytes) > self.queue.max_bytes {
            room = 0;
        }
        if room < spans {
            self.queue.spans.fetch_sub(spans - room, Ordering::Relaxed);
        }
        let busy = (self.queue.max_spans / 4).min(4096);
        let crossed = waiting < busy && waiting + room >= busy;
        if crossed || bytes_waiting + bytes >= self.queue.max_bytes / 2 {
            self.wake_worker();
        }
        room
    }

    /// Gives back the places of spans that the worker is done with.
    pub(crate) fn release(&self, spans: usize, bytes: usize) {
        self.queue.spans.fetch_sub(spans, Ordering::Relaxed);
        self.queue.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(crate) fn set_worker(&self, thread: Thread) {
        self.worker.get_or_init(|| thread);
    }

    pub(crate) fn wake_worker(&self) {
        if let Some(worker) = self.worker.get() {
            worker.unpark();
        }
    }

    pub(crate) fn new_inbox(&self) -> Arc<Inbox> {
        let inbox = Arc::new(Inbox::default());
        self.inboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::clone(&inbox));
        inbox
    }

    /// All inboxes, without the ones of threads that are over and whose spans were fetched.
    pub(crate) fn visit_inboxes(&self, mut take: impl FnMut(&mut Batch)) {
        let inboxes = self
            .inboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut over = Vec::new();
        for inbox in inboxes {
            // Before the visit: what a thread leaves before it is over is found by it.
            let abandoned = inbox.is_abandoned();
            inbox.visit(&mut take);
            if abandoned {
                over.push(inbox);
            }
        }
        self.strays.visit(&mut take);
        if !over.is_empty() {
            let mut inboxes = self.inboxes.lock().unwrap_or_else(PoisonError::into_inner);
            inboxes.retain(|inbox| !over.iter().any(|over| Arc::ptr_eq(over, inbox)));
        }
    }

    /// Leaves it to the worker to drop another tracer: its sampler is user code, which must not run where a
    /// stack is in use.
    pub(crate) fn take_away(&self, tracer: Tracer) {
        self.retired
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(tracer);
    }

    pub(crate) fn drop_retired(&self) {
        let retired = mem::take(&mut *self.retired.lock().unwrap_or_else(PoisonError::into_inner));
        for tracer in retired {
            if catch_unwind(AssertUnwindSafe(|| drop(tracer))).is_err() {
                count(&self.stats.contained_panics);
            }
        }
    }

    /// Takes a span that finished where there is no stack any more.
    pub(crate) fn add_stray(&self, identity: Identity, record: Record, details: Details) {
        let mut batch = Batch::new();
        let identity = batch.add_identity(identity);
        batch.push(record, identity, details);
        self.strays.accept_last(&mut batch, self);
    }
}

/// Settings of a [`Tracer`].
#[must_use = "nothing happens before `build`"]
pub struct TracerBuilder {
    service_name: String,
    process_tags: Vec<Tag>,
    sampler: Option<Box<dyn Sampler>>,
    reporter: Option<Box<dyn Reporter>>,
    propagation: PropagationRules,
    flush_interval: Duration,
    queue_size: usize,
    queue_bytes: usize,
    max_tag_value_length: usize,
}

impl TracerBuilder {
    fn new(service_name: String) -> Self {
        Self {
            service_name,
            process_tags: Vec::new(),
            sampler: None,
            reporter: None,
            propagation: PropagationRules::default(),
            flush_interval: Duration::from_secs(1),
            queue_size: 65_536,
            queue_bytes: 64 * 1024 * 1024,
            max_tag_value_length: 1024,
        }
    }

    /// Decides which traces are recorded; all of them by default.
    pub fn sampler(mut self, sampler: impl Sampler + 'static) -> Self {
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// Where finished spans go; to a Jaeger agent at `localhost:6831` by default.
    pub fn reporter(mut self, reporter: impl Reporter + 'static) -> Self {
        self.reporter = Some(Box::new(reporter));
        self
    }

    /// Which homeservers may see our traces, and whose traces we continue; none by default.
    pub fn homeserver_whitelist(mut self, whitelist: Whitelist) -> Self {
        self.propagation.whitelist = whitelist;
        self
    }

    /// The response header in which [`inject_response_headers`](crate::inject_response_headers) tells the trace
    /// id; `Synapse-Trace-Id` by default.
    pub fn trace_id_header(mut self, name: HeaderName) -> Self {
        self.propagation.trace_id_header = name.to_string().into();
        self
    }

    /// Whether clients get that response header too; they do not by default.
    pub fn trace_id_for_clients(mut self, tell: bool) -> Self {
        self.propagation.client_trace_id = tell;
        self
    }

    /// A tag that all spans have in common. `jaeger.version`, `hostname` and `ip` are there by default. A tag set again replaces the earlier one.
    pub fn process_tag(
        mut self,
        key: impl Into<std::borrow::Cow<'static, str>>,
        value: impl Into<crate::TagValue>,
    ) -> Self {
        self.process_tags.push(Tag::new(key, value));
        self
    }

    /// How long a finished span may wait before it is reported; a second by default. Less than a millisecond is
    /// taken as that, and more than a day as a day.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.flush_interval = interval.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
        self
    }

    /// The most finished spans that may wait; 65,536 by default. When it is full, new ones are lost and
    /// counted.
    pub fn queue_size(mut self, spans: usize) -> Self {
        self.queue_size = spans;
        self
    }

    /// About how much memory finished spans may take while they wait, in bytes; 64 MiB by default.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// The most bytes of a text in a tag or a log field; 1024 by default. Longer ones are cut.
    pub fn max_tag_value_length(mut self, bytes: usize) -> Self {
        self.max_tag_value_length = bytes;
        self
    }

    /// Starts the tracer. Spans are reported as long as the guard lives.
    ///
    /// # Errors
    ///
    /// [`InitError`] if the worker thread cannot be started.
    pub fn build(mut self) -> Result<(Tracer, TracerGuard), InitError> {
        let sampler = self
            .sampler
            .take()
            .unwrap_or_else(|| Box::new(ConstSampler::new(true)));
        let reporter = self
            .reporter
            .take()
            .unwrap_or_else(|| Box::new(UdpReporter::new("localhost", 6831)));
        let tracer = Tracer(Arc::new(TracerInner::new(&self, true, sampler)));
        let process = Process {
            service_name: self.service_name,
            tags: process_tags(self.process_tags),
        };
        let guard = TracerGuard::start(tracer.clone(), process, reporter, self.flush_interval)?;
        global::tracer_started();
        Ok((tracer, guard))
    }
}

impl fmt::Debug for TracerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerBuilder")
            .field("service_name", &self.service_name)
            .finish_non_exhaustive()
    }
}
