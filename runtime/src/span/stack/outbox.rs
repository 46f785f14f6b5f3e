//! The finished spans of a thread, by tracer, until they are handed over.
//!
//! An outbox belongs to the thread's stack, which no other thread reaches, so it needs no atomics. Everything that leaves the
//! thread goes through its [`Inbox`], whose mutexes and atomics order it.

use std::mem;
use std::sync::Arc;

use super::local_trace::{LocalTrace, LocalTraceTotals, LocalTraces};
use crate::delivery::batch::{Batch, EndingSpan};
use crate::delivery::chain::{Chain, ChainLimits};
use crate::delivery::details::Details;
use crate::delivery::inbox::Inbox;
use crate::delivery::record::SpanStart;
use crate::tracer::activity;
use crate::tracer::core::Tracer;
use crate::util::tick::Tick;

/// A thread that stays in its outermost scope hands its batch over when it has this many spans.
const BATCH: usize = 256;

/// The finished spans of a thread for one tracer.
#[derive(Debug)]
pub(crate) struct Outbox {
    pub(crate) tracer: Tracer,
    pub(crate) inbox: Arc<Inbox>,
    /// The generation of the process that the inbox belongs to.
    generation: usize,
    pub(crate) batch: Batch,
    serial: u32,
    /// How many of the batch's spans were counted as finished.
    counted: usize,
    /// Children that started in closed local traces: not recorded, and recorded.
    started: [u64; 2],
    /// Spans that finished in closed local traces and were not recorded.
    finished_unsampled: u64,
    pub(crate) limits: ChainLimits,
    /// Whether a tag may matter for the metrics of requests.
    pub(crate) counts_requests: bool,
}

impl Outbox {
    fn new(tracer: Tracer) -> Self {
        Self {
            generation: activity::generation(),
            inbox: tracer.inner().new_inbox(),
            counts_requests: tracer.counts_requests(),
            limits: ChainLimits::of(&tracer.inner().bounds),
            tracer,
            batch: Batch::new(),
            serial: 0,
            counted: 0,
            started: [0; 2],
            finished_unsampled: 0,
        }
    }

    /// Where the identity of a local trace is in the batch.
    #[inline(always)]
    fn identity_of(&mut self, local_trace: &mut LocalTrace) -> u32 {
        if local_trace.batch_serial != self.serial {
            local_trace.batch_index = self.batch.add_identity(local_trace.identity);
            local_trace.batch_serial = self.serial;
        }
        local_trace.batch_index
    }

    /// Adds a span of a local trace, whose entries are in the batch.
    #[inline(always)]
    pub(crate) fn add(&mut self, local_trace: &mut LocalTrace, span: SpanStart, end: Tick, chain: Chain) {
        let identity = self.identity_of(local_trace);
        self.batch.push(span, end, identity, chain);
        if span.parent == 0 {
            self.batch.explain(&local_trace.decision);
        }
    }

    /// Adds a span that ends now, as [`add`](Self::add) does, if there is room and its identity is there. The first span of a local
    /// trace is not added here, nor is each sixteenth span of the batch, so that it is seen in time whether that is full.
    #[inline(always)]
    pub(crate) fn add_at_once(&mut self, local_trace: &LocalTrace, span: &SpanStart, chain: Chain) -> bool {
        local_trace.batch_serial == self.serial
            && self.batch.push_at_once(span, local_trace.batch_index, chain)
    }

    /// Adds a span of a local trace that has details of its own.
    pub(crate) fn add_detailed(
        &mut self,
        local_trace: &mut LocalTrace,
        span: SpanStart,
        end: Tick,
        details: &Details,
    ) {
        let identity = self.identity_of(local_trace);
        self.batch.push_detailed(span, end, identity, details);
        if span.parent == 0 {
            self.batch.explain(&local_trace.decision);
        }
    }

    /// Adds a span that does not belong to a local trace of this thread.
    pub(crate) fn add_alone(&mut self, ending: &EndingSpan<'_>) {
        ending.add_to(&mut self.batch);
    }

    /// The same at once, if possible.
    pub(crate) fn hand_over_ending(&mut self, ending: &EndingSpan<'_>) -> bool {
        self.started == [0; 2]
            && self.hand_over_one(
                ending.bytes(),
                |batch| ending.fits_into(batch),
                |batch| ending.add_to(batch),
            )
    }

    /// Adds a span that goes on after this. The report counts as a span of its own.
    pub(super) fn add_open(&mut self, open: &EndingSpan<'_>) {
        let [_, recorded] = &mut self.started;
        *recorded += 1;
        open.add_open_to(&mut self.batch);
    }

    /// Hands over a span that says nothing and is alone in its local trace. False if that is not possible now.
    #[inline(always)]
    pub(crate) fn hand_over_alone(&mut self, local_trace: &LocalTrace, span: &SpanStart, end: Tick) -> bool {
        let decision = &local_trace.decision;
        self.hand_over_one(
            Batch::BYTES_OF_ONE,
            |batch| decision.is_none() || batch.has_place_for_decision(),
            |batch| batch.push_alone(span, end, &local_trace.identity, decision),
        )
    }

    /// Hands over a span if there are no others, which saves copying it once more. False if that is not possible now.
    #[inline(always)]
    fn hand_over_one(
        &mut self,
        bytes: usize,
        fits: impl FnOnce(&Batch) -> bool,
        add: impl FnOnce(&mut Batch),
    ) -> bool {
        if self.batch.len() > 0 || self.generation != activity::generation() {
            return false;
        }
        // Before the worker can see it, so that no more spans are reported than have finished.
        self.inbox.counts.count_finished(true, 1);
        let inner = self.tracer.inner();
        let accepted = self
            .inbox
            .accept_one(bytes, fits, add, (&inner.backlog, &inner.stats));
        // If not, it is added to the batch.
        self.counted = usize::from(!accepted);
        accepted
    }

    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.batch.len() >= BATCH || self.batch.entries.are_many()
    }

    #[inline]
    fn has_something(&self) -> bool {
        self.batch.len() > 0
            || !self.batch.entries.are_none()
            || self.started != [0; 2]
            || self.finished_unsampled != 0
    }

    /// A serial number that the batch does not have.
    pub(super) fn stale_serial(&self) -> u32 {
        self.serial.wrapping_sub(1)
    }

    #[inline]
    pub(crate) fn count(&mut self, closed: LocalTraceTotals) {
        let [not_recorded, recorded] = &mut self.started;
        if closed.sampled {
            *recorded += closed.started;
        } else {
            *not_recorded += closed.started;
            self.finished_unsampled += closed.finished;
        }
    }

    /// Counts a child that starts, for others to read at once. If the inbox is that of another process, they can read it later.
    pub(super) fn count_child(&mut self, sampled: bool) {
        if !self.count_start(false, sampled) {
            let [not_recorded, recorded] = &mut self.started;
            *(if sampled { recorded } else { not_recorded }) += 1;
        }
    }

    /// Counts a span that starts and is not a child on the stack. False if the inbox is that of another process.
    pub(super) fn count_start(&mut self, begins_a_trace: bool, sampled: bool) -> bool {
        let is_current = self.generation == activity::generation();
        if is_current && begins_a_trace {
            self.inbox.counts.count_trace(sampled);
        } else if is_current {
            let one = [u64::from(!sampled), u64::from(sampled)];
            self.inbox.counts.count_started(one);
        }
        is_current
    }

    fn leave_counts(&mut self) {
        if self.started != [0; 2] {
            self.inbox.counts.count_started(mem::take(&mut self.started));
        }
        if self.finished_unsampled != 0 {
            let finished = mem::take(&mut self.finished_unsampled);
            self.inbox.counts.count_finished(false, finished);
        }
    }

    /// Takes an inbox that the worker visits, after [`after_restore`](crate::after_restore) on another thread.
    #[cold]
    fn renew_inbox(&mut self) {
        self.generation = activity::generation();
        self.inbox = self.tracer.inner().new_inbox();
    }

    fn hand_over(&mut self) {
        if self.generation != activity::generation() {
            self.renew_inbox();
        }
        self.leave_counts();
        if self.batch.len() == 0 {
            return;
        }
        self.count_finished();
        self.tracer.inner().accept(&self.inbox, &mut self.batch);
        if self.batch.len() == 0 {
            self.counted = 0;
            self.serial = self.serial.wrapping_add(1);
        }
    }

    /// Counts the spans in the batch, before the worker can see them.
    fn count_finished(&mut self) {
        let spans = self.batch.len();
        let more = (spans - self.counted) as u64;
        self.inbox.counts.count_finished(true, more);
        self.counted = spans;
    }

    /// Hands everything over to the worker, for the last time.
    fn hand_over_last(&mut self) {
        if self.generation != activity::generation() {
            self.renew_inbox();
        }
        self.leave_counts();
        self.count_finished();
        self.tracer.inner().accept_last(&self.inbox, &mut self.batch);
        self.inbox.abandon();
        self.tracer.inner().remove_abandoned(&self.inbox);
    }
}

/// The outboxes of a thread: one for each tracer.
#[derive(Debug)]
pub(crate) struct Outboxes(Vec<Outbox>);

impl Outboxes {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&Outbox> {
        self.0.get(index as usize)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut Outbox> {
        self.0.get_mut(index as usize)
    }

    pub(crate) fn stale_serial(&self, index: u32) -> u32 {
        self.get(index).map_or(u32::MAX, Outbox::stale_serial)
    }

    /// The index of a tracer's outbox.
    #[inline]
    pub(super) fn find(&self, tracer: &Tracer) -> Option<u32> {
        let index = self.0.iter().position(|outbox| outbox.tracer.is_same(tracer));
        index.map(|index| index as u32)
    }

    pub(super) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an outbox for a tracer. It replaces an unused one of a closed tracer, if there is one.
    pub(super) fn add(&mut self, tracer: &Tracer, local_traces: &mut LocalTraces) -> u32 {
        let outbox = Outbox::new(tracer.clone());
        // Only one that goes on can take the old tracer away.
        let goes_on = !tracer.inner().is_closed();
        let unused = self.0.iter().enumerate().position(|(index, outbox)| {
            goes_on && outbox.tracer.inner().is_closed() && !local_traces.use_outbox(index)
        });
        match unused.and_then(|index| Some((index, self.0.get_mut(index)?))) {
            Some((index, place)) => {
                place.hand_over_last();
                local_traces.forget_outbox(index);
                let old = mem::replace(place, outbox);
                tracer.inner().take_away(old.tracer);
                index as u32
            }
            None => {
                self.0.push(outbox);
                (self.0.len() - 1) as u32
            }
        }
    }

    /// Whether one of them should be handed over soon.
    #[inline]
    pub(crate) fn are_full(&self) -> bool {
        self.0.iter().any(Outbox::is_full)
    }

    /// Whether there is anything that the worker or the next span does not expect here.
    #[inline]
    pub(crate) fn have_something(&self) -> bool {
        self.0.iter().any(Outbox::has_something)
    }

    /// Whether there are spans to hand over.
    #[inline]
    pub(crate) fn have_spans(&self) -> bool {
        self.0.iter().any(|outbox| outbox.batch.len() > 0)
    }

    /// Hands the finished spans of this thread over to the workers.
    pub(crate) fn hand_over(&mut self) {
        self.0.iter_mut().for_each(Outbox::hand_over);
    }

    /// Forgets what spans said that have left the stack or were not recorded.
    pub(crate) fn forget_entries(&mut self) {
        for outbox in &mut self.0 {
            if outbox.batch.len() == 0 {
                outbox.batch.entries.clear();
            }
        }
    }

    /// Hands everything over to the workers, for the last time.
    pub(crate) fn hand_over_last(&mut self) {
        self.0.iter_mut().for_each(Outbox::hand_over_last);
    }
}
