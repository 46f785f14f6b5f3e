//! The spans of `tracing` that a thread is inside of, and those that it was in last.
//!
//! Finding a span in the registry takes longer than entering it. So a thread looks here first.

use std::cell::RefCell;
use std::sync::Arc;

use tracing::span::Id;

use super::traced_span::TracedSpan;
use crate::delivery::details::End;
use crate::span::stack;
use crate::span::stack::entering::{Entry, ParkedEntry};
use crate::span::stack::slot::Serial;
use crate::tracer::activity;
use crate::util::panic::PanicWatch;

/// How many spans a thread remembers after it has left them.
const REMEMBERED: usize = 8;

thread_local! {
    static INSIDE: RefCell<Inside> = const { RefCell::new(Inside::new()) };
}

/// Which span it is: ids are unique for a layer only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    id: u64,
    layer: u32,
}

impl Key {
    pub(super) fn new(layer: u32, id: &Id) -> Self {
        Self {
            id: id.into_u64(),
            layer,
        }
    }

    fn place(self) -> usize {
        (self.id ^ self.id >> 16) as usize % REMEMBERED
    }
}

/// A span that the thread is inside of. It may have entered several times: only the last exit counts, as in `tracing`.
#[derive(Debug)]
struct Visit {
    id: u64,
    layer: u32,
    depth: u16,
    /// `None` if it found no place on the stack of spans.
    serial: Option<Serial>,
    watch: PanicWatch,
    traced: TracedSpan,
}

/// A span that the thread has left, or has made.
#[derive(Debug)]
struct Memory {
    key: Key,
    traced: TracedSpan,
    /// Its slot.
    parked: Option<ParkedEntry>,
}

impl Memory {
    fn is_of(&self, key: Key) -> bool {
        self.key == key && !self.traced.is_closed()
    }
}

impl Visit {
    fn new(key: Key, traced: TracedSpan, serial: Option<Serial>) -> Self {
        Self {
            id: key.id,
            layer: key.layer,
            depth: 1,
            serial,
            watch: PanicWatch::new(traced.shared().number()),
            traced,
        }
    }

    fn entry(&self) -> Option<Entry> {
        Some(Entry {
            number: self.watch.number(),
            serial: self.serial?,
        })
    }

    fn is_of(&self, key: Key) -> bool {
        self.id == key.id && self.layer == key.layer
    }
}

/// Visits and memories are written and read once per entry, so they are small and do not move.
#[derive(Debug)]
struct Inside {
    /// The innermost one last.
    visits: Vec<Visit>,
    remembered: [Option<Memory>; REMEMBERED],
}

/// Runs `use_it` with what this thread knows. `None` while the thread ends.
fn with<R>(use_it: impl FnOnce(&mut Inside) -> R) -> Option<R> {
    INSIDE
        .try_with(|inside| inside.try_borrow_mut().ok().map(|mut inside| use_it(&mut inside)))
        .ok()
        .flatten()
}

impl Inside {
    const fn new() -> Self {
        Self {
            visits: Vec::new(),
            remembered: [const { None }; REMEMBERED],
        }
    }

    fn place(&mut self, key: Key) -> Option<&mut Option<Memory>> {
        self.remembered.get_mut(key.place())
    }

    /// Keeps a memory. What was in its place goes to `old`, to be dropped outside.
    fn remember(&mut self, memory: Memory, old: &mut Option<Memory>) {
        if let Some(place) = self.place(memory.key) {
            if place.is_some() {
                *old = place.take();
            }
            *place = Some(memory);
        }
    }

    /// Counts an entry, if the thread is inside already, and nothing hides the span since.
    fn enter_again(&mut self, key: Key) -> bool {
        let visit = self.visits.iter_mut().rev().find(|visit| visit.is_of(key));
        let is_hidden = |entry| stack::with(|local| local.is_hidden(entry)) == Some(true);
        let Some(visit) = visit.filter(|visit| !visit.entry().is_some_and(is_hidden)) else {
            return false;
        };
        visit.depth = visit.depth.saturating_add(1);
        true
    }

    /// Enters a span that the thread remembers.
    fn enter_remembered(&mut self, key: Key) -> bool {
        let Some(place) = self.remembered.get_mut(key.place()) else {
            return false;
        };
        let Some(memory) = place.as_mut().filter(|memory| memory.is_of(key)) else {
            return false;
        };
        let serial = enter_on_stack(&memory.traced, &mut memory.parked);
        if let Some(Memory { traced, .. }) = place.take() {
            self.visits.push(Visit::new(key, traced, serial));
        }
        true
    }

    fn enter(&mut self, key: Key, traced: TracedSpan) {
        let serial = enter_on_stack(&traced, &mut None);
        self.visits.push(Visit::new(key, traced, serial));
    }

    /// Leaves a span, and remembers it. What was in its place goes to `old`.
    fn exit(&mut self, key: Key, place: usize, old: &mut Option<Memory>) {
        let Some(visit) = self.visits.get_mut(place) else {
            return;
        };
        visit.depth -= 1;
        if visit.depth > 0 {
            return;
        }
        visit.traced.leave();
        let mut parked = None;
        if let Some(entry) = visit.entry() {
            if visit.watch.panicked() {
                visit.traced.shared().mark(End::Panicked);
            }
            let aftermath = stack::with(|local| local.exit(entry, Some(&mut parked)));
            if let Some(Some(aftermath)) = aftermath {
                aftermath.settle();
            }
        }
        let traced = self.visits.remove(place).traced;
        self.remember(Memory { key, traced, parked }, old);
    }
}

/// Makes a span active on this thread.
fn enter_on_stack(traced: &TracedSpan, parked: &mut Option<ParkedEntry>) -> Option<Serial> {
    if parked.is_none() {
        *parked = Some(ParkedEntry::of(traced.shared()));
    }
    stack::with(|local| local.enter(parked)).flatten()
}

/// Remembers a span that will probably be entered next, and its slot, if there is one.
pub(super) fn remember(key: Key, traced: TracedSpan, parked: Option<ParkedEntry>) {
    let mut old = None;
    with(|inside| inside.remember(Memory { key, traced, parked }, &mut old));
}

/// The span, if the thread remembers it. It is forgotten.
pub(super) fn recall(key: Key) -> Option<TracedSpan> {
    let mut memory = None;
    with(|inside| {
        if let Some(place) = inside.place(key) {
            memory = place.take_if(|memory| memory.is_of(key));
        }
    });
    memory.map(|memory| memory.traced)
}

/// Makes a span active on this thread, unless it is already. `find` finds it if the thread does not know it.
pub(super) fn enter(key: Key, find: impl FnOnce() -> Option<TracedSpan>) {
    activity::resume_if_forked();
    let is_entered = with(|inside| inside.enter_again(key) || inside.enter_remembered(key));
    if is_entered == Some(false) {
        if let Some(traced) = find() {
            with(|inside| inside.enter(key, traced));
        }
    }
}

/// Takes a span off the stack of this thread, if this is the last exit. `find` finds it if another layer was there when it was
/// entered, which was reloaded since.
pub(super) fn exit(key: Key, find: impl FnOnce() -> Option<TracedSpan>) {
    let mut old = None;
    let exited = with(|inside| {
        let place = inside.visits.iter().rposition(|visit| visit.is_of(key))?;
        inside.exit(key, place, &mut old);
        Some(())
    });
    if exited == Some(None) {
        if let Some(traced) = find() {
            with(|inside| {
                let is_of = |visit: &Visit| Arc::ptr_eq(visit.traced.shared(), traced.shared());
                if let Some(place) = inside.visits.iter().rposition(is_of) {
                    inside.exit(key, place, &mut old);
                }
            });
        }
    }
}
