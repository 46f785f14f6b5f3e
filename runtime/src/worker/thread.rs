//! The worker thread, which converts records to finished spans and passes them to the reporter.

#[cfg(feature = "metrics")]
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::keeping::keeper::Keeper;
use crate::delivery::collection::Collection;
use crate::delivery::span_view::Spans;
#[cfg(feature = "metrics")]
use crate::metrics::facade::Publication;
use crate::metrics::stats::{Counters, Loss};
use crate::model::process::{ClientStats, Process};
use crate::reporter::loss_warning::LossWarning;
use crate::reporter::report::{Report, Reporter};
use crate::tracer::core::Tracer;
use crate::tracer::long_open::LongOpenSpan;
#[cfg(feature = "page")]
use crate::tracer::reporting::{HeldSpans, Reporting};
use crate::util::counter::{add, count};
use crate::util::diagnostics;
use crate::util::diagnostics::{NowAndThen, warn_now_and_then};
use crate::util::lock::lock;
use crate::util::panic::catch_panic;

/// The worker's reporter, which the worker of a child process can take over.
pub(crate) type SharedReporter = Arc<Mutex<Box<dyn Reporter>>>;

/// The flushes that a guard has requested from its worker, and those that are done.
#[derive(Debug, Default)]
pub(crate) struct FlushRequests {
    /// A request releases and the worker's load acquires, so the report that follows the load includes the
    /// spans that the requesting thread handed over before.
    flushes: AtomicU64,
    done: Mutex<Done>,
    changed: Condvar,
    /// Set in a restored copy of the process, where another worker takes over. `Relaxed` is enough: nothing else is read
    /// because of it.
    is_replaced: AtomicBool,
}

#[derive(Debug, Default)]
struct Done {
    flushes: u64,
    stopped: bool,
}

impl FlushRequests {
    /// Requests a flush and waits for it. Returns whether it was done in time.
    pub(crate) fn flush(&self, tracer: &Tracer, timeout: Duration) -> bool {
        let wanted = self.flushes.fetch_add(1, Ordering::AcqRel) + 1;
        tracer.inner().backlog.wake_worker();
        self.wait(timeout, |done| done.flushes >= wanted || done.stopped)
    }

    /// Lets the worker end without a report.
    pub(super) fn replace(&self) {
        self.is_replaced.store(true, Ordering::Relaxed);
    }

    /// Waits for the worker to end. Returns whether it ended in time.
    pub(crate) fn wait_for_end(&self, timeout: Duration) -> bool {
        self.wait(timeout, |done| done.stopped)
    }

    fn wait(&self, timeout: Duration, is_done: impl Fn(&Done) -> bool) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut done = lock(&self.done);
        while !is_done(&done) {
            let left = deadline.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            done = self
                .changed
                .wait_timeout(done, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    fn set_done(&self, change: impl FnOnce(&mut Done)) {
        change(&mut lock(&self.done));
        self.changed.notify_all();
    }
}

/// The log warnings about losses outside of the transport.
#[derive(Default)]
struct Warnings {
    queue_full: LossWarning,
    /// The number of these spans that were already logged.
    queue_full_spans: u64,
    too_large: LossWarning,
    panicked: LossWarning,
}

pub(crate) struct Worker {
    tracer: Tracer,
    process: Process,
    reporter: SharedReporter,
    interval: Duration,
    requests: Arc<FlushRequests>,
    spans: Collection,
    /// Behind a lock for those who look at the spans that it holds.
    keeper: Option<Arc<Mutex<Keeper>>>,
    warnings: Warnings,
    /// That the reporter panicked, and lost no spans by that.
    panicked: NowAndThen,
    #[cfg(feature = "metrics")]
    publication: Publication,
}

impl Worker {
    pub(crate) fn new(
        tracer: Tracer,
        process: Process,
        reporter: SharedReporter,
        interval: Duration,
        requests: Arc<FlushRequests>,
    ) -> Self {
        let mut spans = Collection::new(tracer.inner().bounds.name());
        let test_mode = tracer.inner().test_mode.as_ref();
        if let Some(clock) = test_mode.and_then(|mode| mode.clock.clone()) {
            spans.clock().follow(clock);
        }
        let keep = tracer.inner().keep.as_ref();
        let keeper = keep.map(|keep| Arc::new(Mutex::new(Keeper::new(keep, Instant::now()))));
        #[cfg(feature = "page")]
        tracer.inner().reporting.begin(Reporting {
            process: Arc::new(process.clone()),
            clock: spans.clock().clone(),
            held: keeper.clone().map(|keeper| keeper as Arc<dyn HeldSpans>),
        });
        #[cfg(feature = "metrics")]
        let publication = Publication::new(ptr::from_ref(tracer.inner()).addr());
        Self {
            tracer,
            process,
            reporter,
            interval,
            requests,
            spans,
            keeper,
            warnings: Warnings::default(),
            panicked: NowAndThen::new(),
            #[cfg(feature = "metrics")]
            publication,
        }
    }

    pub(crate) fn run(mut self) {
        // For the reporter and for the loggers and recorders that it and this thread call.
        let _served = self.tracer.clone().inner().serve();
        // Without it, a counter that jumped before a late first report would not be noticed.
        self.spans.clock().refresh();
        let mut due = Instant::now() + self.interval;
        // Every request wakes the worker, even one from before this point, because `unpark` is remembered.
        thread::park_timeout(self.interval);
        let mut flushed = 0;
        while !self.requests.is_replaced.load(Ordering::Relaxed) {
            let closed = self.tracer.inner().is_closed();
            let asked = self.requests.flushes.load(Ordering::Acquire);
            self.report();
            if closed || asked != flushed {
                self.turn_to_reporter("in a flush", |reporter| reporter.flush());
                flushed = asked;
            } else {
                self.turn_to_reporter("at an interval", |reporter| reporter.at_interval());
            }
            if closed {
                self.throw_away_held();
            }
            #[cfg(feature = "metrics")]
            self.publish(closed);
            self.requests.set_done(|done| done.flushes = asked);
            if closed {
                self.tracer.inner().retire_sampler();
                self.tracer.inner().retire_throttler();
                self.tracer.inner().end_delivery();
                break;
            }
            let now = Instant::now();
            if due <= now {
                due = now + self.interval;
            }
            let is_asked = self.requests.flushes.load(Ordering::Acquire) != asked;
            if !is_asked && !self.tracer.inner().backlog.is_due() {
                thread::park_timeout(due - now);
            }
        }
        let requests = Arc::clone(&self.requests);
        // The reporter is user code; its drop may be slow or panic.
        if catch_panic(|| drop(self)).is_none() {
            diagnostics::warn(format_args!("the reporter panicked while it was dropped"));
        }
        requests.set_done(|done| done.stopped = true);
    }

    fn report(&mut self) {
        self.tracer.inner().drop_retired();
        self.spans.clock().refresh();
        #[cfg(feature = "page")]
        self.share_clock();
        self.tracer.inner().long_open.refresh();
        if let Some(span) = self.tracer.inner().long_open.take_last() {
            warn_of(&span);
        }
        let (spans, stats) = (&mut self.spans, &self.tracer.inner().stats);
        self.tracer.inner().visit_inboxes(|batch| {
            stats.leave_out(spans.add(batch));
        });
        if let (Some(keeper), Some(keep)) = (&self.keeper, &self.tracer.inner().keep) {
            let thrown_away = lock(keeper).sort_out(spans, keep, stats, Instant::now());
            self.show_thrown_away(&thrown_away);
        }
        if self.spans.len() > 0 {
            self.spans.sort();
            // Before the reporter has them, which may wait for long.
            self.show_reported();
            self.give_to_reporter();
        }
        self.tracer.inner().take_back(self.spans.clear());
        let queue_full = self.tracer.inner().stats.queue_full_spans.load(Ordering::Relaxed);
        let warnings = &mut self.warnings;
        let lost = queue_full.saturating_sub(warnings.queue_full_spans);
        warnings.queue_full.lost_here(lost, "the queue was full");
        warnings.queue_full_spans = queue_full;
    }

    /// Not that of another machine, if this process is a copy in which another worker has taken over.
    #[cfg(feature = "page")]
    fn share_clock(&mut self) {
        if !self.requests.is_replaced.load(Ordering::Relaxed) {
            self.tracer.inner().reporting.follow(self.spans.clock());
        }
    }

    /// Shows the spans that are reported to those who watch the tracer.
    fn show_reported(&self) {
        let spans = Spans::from(self.spans.spans());
        for watcher in self.tracer.inner().watchers() {
            watcher.see(&self.process, spans);
        }
    }

    fn show_thrown_away(&self, roots: &[usize]) {
        let watchers = self.tracer.inner().watchers();
        if roots.is_empty() || watchers.is_empty() {
            return;
        }
        let spans = Spans::from(self.spans.provisional());
        for root in roots.iter().filter_map(|index| spans.get(*index)) {
            watchers
                .iter()
                .for_each(|watcher| watcher.see_thrown_away(&self.process, root));
        }
    }

    fn throw_away_held(&mut self) {
        if let Some(keeper) = &self.keeper {
            lock(keeper).end(&self.tracer.inner().stats);
        }
    }

    fn turn_to_reporter(&mut self, when: &str, turn: impl FnOnce(&mut dyn Reporter)) {
        self.contained(when, turn);
        let lost = self.contained(when, |reporter| reporter.take_late_losses());
        let lost = lost.unwrap_or(0);
        let stats = &self.tracer.inner().stats;
        add(&stats.overstated, lost);
        stats.lose(Loss::SendFailure, lost as usize);
    }

    fn contained<R>(&self, when: &str, turn: impl FnOnce(&mut dyn Reporter) -> R) -> Option<R> {
        let done = catch_panic(|| turn(&mut **lock(&self.reporter)));
        if done.is_none() {
            count(&self.tracer.inner().stats.contained_panics);
            warn_now_and_then(&self.panicked, || format!("the reporter panicked {when}"));
        }
        done
    }

    /// Publishes the counters. The recorder is user code, so its panics are contained.
    #[cfg(feature = "metrics")]
    fn publish(&mut self, is_last: bool) {
        let (tracer, publication) = (&self.tracer, &mut self.publication);
        // The counts of a copy of the process are for its own worker to publish.
        let is_replaced = self.requests.is_replaced.load(Ordering::Relaxed);
        if !tracer.inner().publish_metrics || is_replaced {
            return;
        }
        let published = catch_panic(|| publication.publish(&tracer.counted(), is_last));
        if published.is_none() {
            count(&tracer.inner().stats.contained_panics);
        }
    }

    fn give_to_reporter(&mut self) {
        let process = &self.process;
        let mut reporter = lock(&self.reporter);
        let warnings = &mut self.warnings;
        let inner = self.tracer.inner();
        let stats = &inner.stats;
        let size = inner.limits.batch_size.max(1);
        let mut rest = Spans::from(self.spans.spans());
        while !rest.is_empty() {
            let spans = rest.first(size);
            rest = rest.skip(size);
            // Apart, because one that panics here can still take the spans.
            if catch_panic(|| reporter.set_client_stats(client_stats(stats))).is_none() {
                count(&stats.contained_panics);
                let warning = "the reporter panicked when it was told what was lost";
                warn_now_and_then(&self.panicked, || warning.to_owned());
            }
            let report = catch_panic(|| reporter.report(process, spans));
            let report = report.unwrap_or_else(|| {
                count(&stats.contained_panics);
                warnings
                    .panicked
                    .lost_here(spans.len() as u64, "the reporter panicked");
                Report {
                    failed: spans.len() as u64,
                    ..Report::default()
                }
            });
            let too_many = stats.overstated.load(Ordering::Relaxed).min(report.sent);
            stats.overstated.fetch_sub(too_many, Ordering::Relaxed);
            add(&stats.reported_spans, report.sent - too_many);
            let too_large = "each of them is larger than the limit of the transport";
            warnings.too_large.lost_here(report.too_large, too_large);
            stats.lose(Loss::TooLarge, report.too_large as usize);
            stats.lose(Loss::SendFailure, report.failed as usize);
        }
    }
}

fn warn_of(LongOpenSpan { name, age }: &LongOpenSpan) {
    static LONG_OPEN: NowAndThen = NowAndThen::new();
    warn_now_and_then(&LONG_OPEN, || {
        let seconds = age.as_secs();
        format!(
            "the span \"{name}\" has been open for {seconds} s and was reported as unfinished; if it is around a loop that \
             does not end, start a span for each turn instead: `fedtrace::tokio::every`, or \
             `run_as_background_process` around one turn"
        )
    });
}

fn client_stats(stats: &Counters) -> ClientStats {
    ClientStats {
        full_queue_dropped_spans: stats.queue_full_spans.load(Ordering::Relaxed),
        too_large_dropped_spans: stats.too_large_spans.load(Ordering::Relaxed),
        failed_to_emit_spans: stats.send_failure_spans.load(Ordering::Relaxed),
    }
}
