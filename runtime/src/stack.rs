//! The open spans of a thread.

use std::borrow::Cow;
use std::cell::RefCell;
use std::mem;
use std::sync::Arc;

use crate::baggage::Baggage;
use crate::batch::{Batch, Details, Identity, Inbox, Record};
use crate::clock::Tick;
use crate::context::SpanContext;
use crate::diagnostics;
use crate::id::Numbers;
use crate::shared::Shared;
use crate::stats::count;
use crate::tag::{Tag, tags};
use crate::tracer::Tracer;

/// The most spans that may be open on a thread; beyond it, none are started.
const MAX_DEPTH: usize = 16 * 1024;
/// After how many finished spans a thread hands its batch over, if it stays in its outermost scope.
const BATCH: usize = 256;

thread_local! {
    static LOCAL: RefCell<Local> = const { RefCell::new(Local::new()) };
}

/// Runs `use_it` on this thread's stack. `None` if the thread is ending, or if the stack is in use further up.
///
/// No code of users may run inside, or it would find the stack in use.
#[inline]
pub(crate) fn with<R>(use_it: impl FnOnce(&mut Local) -> R) -> Option<R> {
    LOCAL
        .try_with(|local| local.try_borrow_mut().ok().map(|mut local| use_it(&mut local)))
        .ok()
        .flatten()
}

/// What opened a slot, and so what may close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opener {
    Scope,
    Poll,
}

/// An open span.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) number: u64,
    pub(crate) parent: u64,
    pub(crate) start: Tick,
    pub(crate) name: &'static str,
    pub(crate) segment: u32,
    pub(crate) opener: Opener,
    pub(crate) sampled: bool,
    pub(crate) finish_on_close: bool,
    /// How many changes through handles the segment knows of.
    pub(crate) known_changes: u8,
    pub(crate) details: Details,
    /// Set once somebody holds a handle: then the record is there.
    pub(crate) shared: Option<Arc<Shared>>,
}

impl Slot {
    const VACANT: Self = Self {
        number: 0,
        parent: 0,
        start: Tick::ZERO,
        name: "",
        segment: 0,
        opener: Opener::Scope,
        sampled: false,
        finish_on_close: true,
        known_changes: 0,
        details: Details::NONE,
        shared: None,
    };

    #[cold]
    fn full_name(&self) -> Cow<'static, str> {
        match &self.shared {
            Some(shared) => shared.full_name(),
            None => self.details.name().unwrap_or(Cow::Borrowed(self.name)),
        }
    }

    #[inline]
    fn record(&self) -> Record {
        Record::new(self.number, self.parent, self.name, self.start, Tick::now())
    }
}

/// What the open spans of one trace on this thread share.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) identity: Identity,
    pub(crate) baggage: Baggage,
    lane: u32,
    open: u32,
    /// Where the identity is in the lane's batch, if that is still the batch of this serial number.
    batch_serial: u32,
    batch_index: u32,
}

/// The finished spans of this thread for one tracer.
#[derive(Debug)]
struct Lane {
    tracer: Tracer,
    inbox: Arc<Inbox>,
    batch: Batch,
    serial: u32,
}

impl Lane {
    fn hand_over(&mut self) {
        if !self.batch.records.is_empty() {
            self.inbox.accept(&mut self.batch, self.tracer.inner());
            if self.batch.records.is_empty() {
                self.serial = self.serial.wrapping_add(1);
            }
        }
    }
}

/// The span of a future between two polls, and what was opened inside it and is still open.
#[derive(Debug, Default)]
pub(crate) struct Stay {
    own: Option<Parked>,
    inner: Vec<Parked>,
}

impl Stay {
    /// Ends the spans of a future on a thread that has no stack any more.
    pub(crate) fn end(self, end: End) {
        for parked in self.inner {
            parked.end(End::Done);
        }
        if let Some(own) = self.own {
            own.end(end);
        }
    }
}

/// The most boxes that a thread keeps for the spans of futures.
const POOL: usize = 256;

/// What a slot takes along when it leaves its thread.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) slot: Slot,
    pub(crate) identity: Identity,
    pub(crate) baggage: Baggage,
    pub(crate) tracer: Tracer,
}

impl Parked {
    /// Ends the span of a slot that is on no stack.
    fn end(self, end: End) {
        let Self {
            mut slot,
            identity,
            tracer,
            ..
        } = self;
        match slot.shared.take() {
            Some(shared) if slot.finish_on_close => {
                shared.mark(end);
                shared.finish_at_close();
            }
            Some(_) => {}
            None if slot.sampled => {
                mark_details(&mut slot.details, end);
                submit(&tracer, identity, slot.record(), &mut slot.details);
            }
            None => {}
        }
    }
}

/// Leaves the record of a span that was on no stack to the worker.
pub(crate) fn submit(tracer: &Tracer, identity: Identity, record: Record, details: &mut Details) {
    let added = with(|local| local.add_record(tracer, identity, record, details));
    if added.is_none() {
        tracer.inner().add_stray(identity, record, mem::take(details));
    }
}

/// How a span ended, where it did not just end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Panicked,
    Cancelled,
}

/// What to do once the stack is no longer in use.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// A span with handles, and whether it is over.
    finish: Option<(Arc<Shared>, bool)>,
    out_of_order: Option<(Cow<'static, str>, Tracer)>,
    leaked: Vec<Parked>,
}

impl Aftermath {
    pub(crate) fn settle(self) {
        if let Some((shared, true)) = &self.finish {
            shared.finish_at_close();
        }
        if let Some((name, tracer)) = self.out_of_order {
            count(&tracer.inner().stats.out_of_order_closes);
            diagnostics::warn_now_and_then(&OUT_OF_ORDER, || {
                format!("the scope of \"{name}\" was closed before one that was opened inside it")
            });
        }
        for parked in self.leaked {
            count(&parked.tracer.inner().stats.leaked_scopes);
            parked.end(End::Done);
        }
    }
}

static OUT_OF_ORDER: diagnostics::NowAndThen = diagnostics::NowAndThen::new();

#[derive(Debug)]
pub(crate) struct Local {
    slots: Vec<Slot>,
    segments: Vec<Segment>,
    free_segments: Vec<u32>,
    lanes: Vec<Lane>,
    numbers: Numbers,
    #[expect(clippy::vec_box, reason = "the boxes are what is kept")]
    pool: Vec<Box<Stay>>,
}

impl Local {
    const fn new() -> Self {
        Self {
            slots: Vec::new(),
            segments: Vec::new(),
            free_segments: Vec::new(),
            lanes: Vec::new(),
            numbers: Numbers::new(),
            pool: Vec::new(),
        }
    }

    /// Opens a child of the active span: its number and index, or `None` if there is no active span.
    #[inline]
    pub(crate) fn push_child(&mut self, name: &'static str, opener: Opener) -> Option<(u64, u32)> {
        let top = self.slots.last()?;
        if top.shared.is_some() {
            self.renew_segment();
        }
        let top = self.slots.last()?;
        let (parent, segment, sampled) = (top.number, top.segment, top.sampled);
        let index = self.slots.len();
        if index >= MAX_DEPTH {
            return Some(self.refuse());
        }
        self.segments.get_mut(segment as usize)?.open += 1;
        let number = self.numbers.take();
        // Filled where it is: a slot made elsewhere and pushed would be copied twice.
        self.slots.push(Slot::VACANT);
        let slot = self.slots.last_mut()?;
        slot.number = number;
        slot.parent = parent;
        slot.start = Tick::now();
        slot.name = name;
        slot.segment = segment;
        slot.opener = opener;
        slot.sampled = sampled;
        Some((number, index as u32))
    }

    #[cold]
    fn refuse(&self) -> (u64, u32) {
        if let Some(tracer) = self.active().and_then(|slot| self.tracer(slot)) {
            count(&tracer.inner().stats.depth_limited_spans);
        }
        (0, 0)
    }

    /// Opens a slot whose span does not have the active one as its parent.
    pub(crate) fn push_parked(&mut self, parked: Parked) -> u32 {
        let segment = self.add_segment(parked.identity, parked.baggage, parked.tracer);
        self.slots.push(Slot {
            segment,
            ..parked.slot
        });
        (self.slots.len() - 1) as u32
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.numbers.take()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.slots.len() >= MAX_DEPTH
    }

    pub(crate) fn active(&self) -> Option<&Slot> {
        self.slots.last()
    }

    pub(crate) fn segment(&self, slot: &Slot) -> Option<&Segment> {
        self.segments.get(slot.segment as usize)
    }

    pub(crate) fn tracer(&self, slot: &Slot) -> Option<&Tracer> {
        let segment = self.segment(slot)?;
        self.lanes.get(segment.lane as usize).map(|lane| &lane.tracer)
    }

    /// The slot with this number, looked for from the top.
    pub(crate) fn find(&mut self, number: u64) -> Option<&mut Slot> {
        self.slots.iter_mut().rev().find(|slot| slot.number == number)
    }

    /// The context of the active span and the tracer that it belongs to.
    pub(crate) fn active_context(&self) -> Option<(SpanContext, Tracer)> {
        let slot = self.active()?;
        let tracer = self.tracer(slot)?.clone();
        if let Some(shared) = &slot.shared {
            return Some((shared.context(), tracer));
        }
        let segment = self.segment(slot)?;
        let context = SpanContext {
            trace_id: segment.identity.trace_id,
            span_id: segment.identity.key.span_id(slot.number),
            flags: segment.identity.flags,
            baggage: segment.baggage.clone(),
            remote: false,
            tracer: Some(tracer.clone()),
        };
        Some((context, tracer))
    }

    /// Makes the record of an open span one that handles share.
    pub(crate) fn promote(&mut self, number: u64) -> Option<Arc<Shared>> {
        let index = self.slots.iter().rposition(|slot| slot.number == number)?;
        let slot = self.slots.get(index)?;
        if let Some(shared) = &slot.shared {
            return Some(Arc::clone(shared));
        }
        let tracer = self.tracer(slot)?.clone();
        let segment = self.segment(slot)?;
        let (identity, baggage) = (segment.identity, segment.baggage.clone());
        let slot = self.slots.get_mut(index)?;
        let details = mem::take(&mut slot.details);
        let shared = Shared::new(
            slot.number,
            slot.parent,
            slot.start,
            slot.name,
            identity,
            baggage,
            tracer,
            details,
        );
        slot.shared = Some(Arc::clone(&shared));
        Some(shared)
    }

    /// Takes over flags and baggage that somebody changed through a handle of the active span.
    fn renew_segment(&mut self) {
        let Some(slot) = self.slots.last_mut() else { return };
        let Some(shared) = &slot.shared else { return };
        let changes = shared.changes();
        if slot.known_changes == changes && changes != Shared::MANY_CHANGES {
            return;
        }
        slot.known_changes = changes;
        slot.sampled = shared.flags().is_sampled();
        let (identity, baggage) = (shared.identity(), shared.baggage());
        let old = slot.segment;
        let Some(segment) = self.segments.get(old as usize) else {
            return;
        };
        let identity = Identity {
            parent: segment.identity.parent,
            ..identity
        };
        let new = self.insert_segment(identity, baggage, segment.lane);
        self.release_segment(old);
        if let Some(slot) = self.slots.last_mut() {
            slot.segment = new;
        }
    }

    fn add_segment(&mut self, identity: Identity, baggage: Baggage, tracer: Tracer) -> u32 {
        let lane = self.lane(tracer);
        self.insert_segment(identity, baggage, lane)
    }

    fn insert_segment(&mut self, identity: Identity, baggage: Baggage, lane: u32) -> u32 {
        let serial = self.lanes.get(lane as usize).map_or(0, |lane| lane.serial);
        // A serial number that is not the lane's, so that the identity is added to the batch when needed.
        let batch_serial = serial.wrapping_sub(1);
        let segment = Segment {
            identity,
            baggage,
            lane,
            open: 1,
            batch_serial,
            batch_index: 0,
        };
        if let Some(index) = self.free_segments.pop() {
            if let Some(free) = self.segments.get_mut(index as usize) {
                *free = segment;
                return index;
            }
        }
        self.segments.push(segment);
        (self.segments.len() - 1) as u32
    }

    fn release_segment(&mut self, index: u32) {
        if let Some(segment) = self.segments.get_mut(index as usize) {
            segment.open -= 1;
            if segment.open == 0 {
                segment.baggage = Baggage::default();
                self.free_segments.push(index);
            }
        }
    }

    fn lane(&mut self, tracer: Tracer) -> u32 {
        if let Some(index) = self.lanes.iter().position(|lane| lane.tracer.is_same(&tracer)) {
            return index as u32;
        }
        let inbox = tracer.inner().new_inbox();
        let lane = Lane {
            tracer,
            inbox,
            batch: Batch::new(),
            serial: 0,
        };
        let segments = &self.segments;
        let unused = self.lanes.iter().enumerate().position(|(index, lane)| {
            let in_use = |segment: &Segment| segment.open > 0 && segment.lane as usize == index;
            lane.tracer.inner().is_closed() && !segments.iter().any(in_use)
        });
        match unused.and_then(|index| Some((index, self.lanes.get_mut(index)?))) {
            Some((index, old)) => {
                let old = mem::replace(old, lane);
                old.inbox.abandon();
                if let Some(lane) = self.lanes.get(index) {
                    lane.tracer.inner().take_away(old.tracer);
                }
                index as u32
            }
            None => {
                self.lanes.push(lane);
                (self.lanes.len() - 1) as u32
            }
        }
    }

    /// Closes the span that a scope opened.
    #[inline]
    pub(crate) fn close(&mut self, index: u32, number: u64, end: End) -> Option<Aftermath> {
        let plain = self.slots.len() == index as usize + 1
            && end == End::Done
            && self.slots.last().is_some_and(|top| {
                top.number == number && top.opener == Opener::Scope && top.shared.is_none()
            });
        if !plain {
            return self.close_unusual(number, end);
        }
        self.finish_top();
        if self.slots.is_empty() {
            self.hand_over();
        }
        None
    }

    #[cold]
    fn close_unusual(&mut self, number: u64, end: End) -> Option<Aftermath> {
        let mut aftermath = Aftermath::default();
        if let Some(slot) = self.remove(number, Opener::Scope, &mut aftermath) {
            self.finish(slot, end, &mut aftermath);
        }
        if self.slots.is_empty() {
            self.hand_over();
        }
        Some(aftermath)
    }

    #[cold]
    fn remove(&mut self, number: u64, opener: Opener, aftermath: &mut Aftermath) -> Option<Slot> {
        let index = self
            .slots
            .iter()
            .rposition(|slot| slot.number == number && slot.opener == opener)?;
        let slot = self.slots.remove(index);
        if index < self.slots.len() {
            aftermath.out_of_order = self
                .tracer(&slot)
                .map(|tracer| (slot.full_name(), tracer.clone()));
        }
        Some(slot)
    }

    fn finish(&mut self, mut slot: Slot, end: End, aftermath: &mut Aftermath) {
        let Some(shared) = slot.shared.take() else {
            if end != End::Done && slot.sampled {
                mark_details(&mut slot.details, end);
            }
            self.finish_plain(slot);
            return;
        };
        // A span that a future or a closure only borrows has not ended the way they did.
        if end != End::Done && (slot.finish_on_close || slot.opener == Opener::Scope) {
            shared.mark(end);
        }
        aftermath.finish = Some((shared, slot.finish_on_close));
        self.release_segment(slot.segment);
    }

    /// Finishes the top of the stack, of which there are no handles, without moving it first.
    #[inline]
    fn finish_top(&mut self) {
        let Some(slot) = self.slots.last_mut() else { return };
        let segment = slot.segment;
        if slot.sampled {
            let (record, details) = (slot.record(), mem::take(&mut slot.details));
            self.record(segment, record, details);
        }
        self.slots.truncate(self.slots.len() - 1);
        self.release_segment(segment);
    }

    #[inline(never)]
    fn finish_plain(&mut self, mut slot: Slot) {
        if slot.sampled {
            self.record(slot.segment, slot.record(), mem::take(&mut slot.details));
        }
        self.release_segment(slot.segment);
    }

    #[inline(always)]
    fn record(&mut self, segment: u32, record: Record, details: Details) {
        let Some(segment) = self.segments.get_mut(segment as usize) else {
            return;
        };
        let Some(lane) = self.lanes.get_mut(segment.lane as usize) else {
            return;
        };
        if segment.batch_serial != lane.serial {
            segment.batch_index = lane.batch.add_identity(segment.identity);
            segment.batch_serial = lane.serial;
        }
        lane.batch.push(record, segment.batch_index, details);
        if lane.batch.records.len() >= BATCH {
            lane.hand_over();
        }
    }

    /// Adds the record of a span that was finished through a handle.
    fn add_record(&mut self, tracer: &Tracer, identity: Identity, record: Record, details: &mut Details) {
        let lane = self.lane(tracer.clone());
        let outermost = self.slots.is_empty();
        if let Some(lane) = self.lanes.get_mut(lane as usize) {
            let identity = lane.batch.add_identity(identity);
            lane.batch.push(record, identity, mem::take(details));
            if outermost || lane.batch.records.len() >= BATCH {
                lane.hand_over();
            }
        }
    }

    /// Leaves what this thread has finished to the workers.
    pub(crate) fn hand_over(&mut self) {
        for lane in &mut self.lanes {
            lane.hand_over();
        }
    }

    /// Takes the span of a future off the stack between polls, and what was opened inside and is still open.
    pub(crate) fn leave(&mut self, number: u64, stay: Option<Box<Stay>>) -> Option<Box<Stay>> {
        let index = self
            .slots
            .iter()
            .rposition(|slot| slot.number == number && slot.opener == Opener::Poll)?;
        let mut stay = stay.or_else(|| self.pool.pop()).unwrap_or_default();
        while self.slots.len() > index + 1 {
            let parked = self.slots.pop().and_then(|slot| self.park(slot));
            stay.inner.extend(parked);
        }
        stay.own = self.slots.pop().and_then(|slot| self.park(slot));
        if self.slots.is_empty() {
            self.hand_over();
        }
        Some(stay)
    }

    /// Puts the span of a future on the stack for a poll; its number.
    pub(crate) fn resume(&mut self, stay: &mut Stay) -> Option<u64> {
        let own = stay.own.take()?;
        let number = own.slot.number;
        self.push_parked(own);
        while let Some(parked) = stay.inner.pop() {
            self.push_parked(parked);
        }
        Some(number)
    }

    pub(crate) fn keep(&mut self, stay: Box<Stay>) {
        if self.pool.len() < POOL {
            self.pool.push(stay);
        }
    }

    /// Closes the span of a future. What was opened inside and is still open stays on the stack if something
    /// around the future is traced too, else it would leak into the next task.
    pub(crate) fn close_poll(&mut self, number: u64, end: End) -> Aftermath {
        let mut aftermath = Aftermath::default();
        let Some(index) = self
            .slots
            .iter()
            .rposition(|slot| slot.number == number && slot.opener == Opener::Poll)
        else {
            return aftermath;
        };
        let slot = self.slots.remove(index);
        if index == 0 {
            while let Some(slot) = self.slots.pop() {
                aftermath.leaked.extend(self.park(slot));
            }
        }
        self.finish(slot, end, &mut aftermath);
        if self.slots.is_empty() {
            self.hand_over();
        }
        aftermath
    }

    fn park(&mut self, slot: Slot) -> Option<Parked> {
        let segment = self.segment(&slot)?;
        let (identity, baggage) = (segment.identity, segment.baggage.clone());
        let tracer = self.tracer(&slot)?.clone();
        self.release_segment(slot.segment);
        Some(Parked {
            slot,
            identity,
            baggage,
            tracer,
        })
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        while let Some(slot) = self.slots.pop() {
            if let Some(tracer) = self.tracer(&slot) {
                count(&tracer.inner().stats.leaked_scopes);
            }
            // Handles that are finished here find no stack any more and go to the tracer itself.
            let mut aftermath = Aftermath::default();
            self.finish(slot, End::Done, &mut aftermath);
            aftermath.settle();
        }
        for lane in &mut self.lanes {
            lane.inbox.accept_last(&mut lane.batch, lane.tracer.inner());
            lane.inbox.abandon();
        }
    }
}

/// Notes on a span how it ended.
pub(crate) fn mark_details(details: &mut Details, end: End) {
    if end == End::Done {
        return;
    }
    let extra = details.extra();
    match end {
        End::Done => {}
        End::Cancelled => extra.set_tag(Tag::new(tags::CANCELLED, true)),
        End::Panicked => {
            extra.set_tag(Tag::new(tags::ERROR, true));
            extra
                .logs
                .push((Tick::now(), crate::batch::error_fields("panic".into(), None)));
        }
    }
}
