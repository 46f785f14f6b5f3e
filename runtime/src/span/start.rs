//! The start of a span that is not simply a child of the active one.

use std::mem;
use std::sync::Arc;

use super::plan::{Say, SpanPlan};
use super::scope::Scope;
use super::stack;
use super::stack::active::{active_context, active_tracer};
use super::stack::ambient;
use super::stack::detached::DetachedSlot;
#[cfg(feature = "tracing")]
use super::stack::entering::ParkedEntry;
use super::stack::frame::EmptyFrame;
use super::stack::home::Home;
use super::stack::shared_span::SharedSpan;
use super::stack::slot::{Extra, Opener, Slot};
use crate::delivery::bounds::Room;
use crate::delivery::details::Details;
use crate::delivery::identity::Identity;
use crate::delivery::record::SpanStart;
#[cfg(feature = "tower")]
use crate::metrics::requests::Request;
use crate::metrics::stats::SpanCounts;
use crate::model::baggage::Baggage;
use crate::model::decision_tags::DecisionTags;
use crate::model::flags::TraceFlags;
use crate::model::id::TraceId;
use crate::model::id_generator::{self, IdKey};
use crate::model::site::Site;
use crate::model::tag::{Tag, tags};
use crate::model::trace_context::{TraceContext, TraceSeed};
use crate::tracer::activity;
use crate::tracer::core::Tracer;
use crate::tracer::global;
use crate::tracer::span_context::SpanContext;
use crate::util::counter::count;
use crate::util::tick::Tick;

impl SpanPlan {
    /// Starts the span, which is not on a stack yet. Returns `None` if there is no tracer for it, or if this thread
    /// works for that tracer.
    pub(crate) fn start(self) -> Option<DetachedSlot> {
        self.start_saying(None::<Say>)
    }

    /// The same with what the span says first, apart from the tags of this plan, which `say` gets. It is called only for a span
    /// that keeps what it says, and has to be quick, since the clock is not read before.
    pub(crate) fn start_saying(
        mut self,
        say: Option<impl FnOnce(&mut Details, Room<'_>, &[Tag])>,
    ) -> Option<DetachedSlot> {
        // It may have been described before a fork.
        activity::resume_if_forked();
        let may_be_below_another = self.ignore_active || self.parent.is_some();
        let parent = self.parent();
        let tracer = self.tracer(parent.as_ref())?;
        // Only where the sampler may be asked below a span: it is not asked about the child of the active one.
        let frame = may_be_below_another.then(|| EmptyFrame::above_spans_of(&tracer));
        let parent = parent.map(|parent| parent.context);
        let (identity, decision) = self.identity(parent.as_ref(), &tracer)?;
        drop(frame);
        let (name, extra) = self.describe(&identity, &tracer, say);
        let number = stack::with(|local| local.next_number()).unwrap_or_else(id_generator::next_number);
        let slot = Slot {
            span: SpanStart {
                number,
                parent: 0,
                name,
                start: Tick::now(),
            },
            sampled: identity.flags.is_recorded(),
            finish_on_close: self.finish_on_close,
            extra,
            ..Slot::VACANT
        };
        let home = Home {
            identity: identity.with_root(number),
            baggage: parent.map_or_else(Baggage::default, |parent| parent.baggage),
            tracer,
            decision,
        };
        Some(listed(DetachedSlot { slot, home }))
    }

    fn parent(&mut self) -> Option<SpanContext> {
        let parent = match self.parent.take() {
            None if !self.ignore_active => active_context().map(|(context, _)| context),
            parent => parent,
        };
        if let Some(parent) = &parent {
            // Jaeger would not show it as the parent of a span that also follows from it.
            let parent = (parent.trace_id(), parent.span_id());
            self.references
                .retain(|cause| (cause.trace_id, cause.span_id) != parent);
        }
        parent.or_else(|| self.fallback_parent.take())
    }

    fn tracer(&mut self, parent: Option<&SpanContext>) -> Option<Tracer> {
        parent
            .and_then(|parent| parent.tracer.clone())
            .or_else(|| self.tracer.take())
            .or_else(|| match parent {
                // A remote parent was extracted by the tracer that is active here.
                Some(_) => active_tracer(),
                None => global::current_tracer().or_else(active_tracer),
            })
            .filter(|tracer| match parent {
                Some(parent) if parent.is_local() => tracer.inner().switch.continues_traces(),
                Some(_) | None => tracer.is_enabled(),
            })
    }

    /// The trace, the parent and the sampling decision.
    fn identity(
        &mut self,
        parent: Option<&TraceContext>,
        tracer: &Tracer,
    ) -> Option<(Identity, DecisionTags)> {
        let mut decision_tags = DecisionTags::None;
        let mut identity = match parent {
            Some(parent) => identity_in(parent.trace_id, parent.flags, tracer),
            None => identity_in(new_trace_id(tracer), TraceFlags::NONE, tracer),
        };
        match parent.map(|parent| (parent, &parent.seed)) {
            Some((_, None)) if tracer.inner().is_served() => return None,
            Some((parent, None)) => {
                identity = Identity::below(parent, identity.key, tracer.inner().rejected());
                if parent.is_undecided {
                    (identity.flags, _) = tracer.inner().decide(parent.trace_id, &self.name)?;
                }
            }
            Some((_, Some(TraceSeed::Debug(id)))) if tracer.inner().is_debug_allowed(&self.name) => {
                self.tags.push(Tag::new(tags::JAEGER_DEBUG_ID, id.to_string()));
            }
            // The flags are those that the origin may set; beyond its budget, our sampler has decided.
            Some((parent, Some(TraceSeed::Decided(flags)))) if self.may_begin(*flags, tracer) => {
                identity.flags = parent.flags.or_rejected(tracer.inner().rejected());
            }
            Some(_) | None => {
                (identity.flags, decision_tags) = tracer.inner().decide(identity.trace_id, &self.name)?;
            }
        }
        Some((identity, decision_tags))
    }

    /// Whether a decision of the sender counts. To force a trace that begins here, the throttler has to allow it.
    fn may_begin(&self, flags: TraceFlags, tracer: &Tracer) -> bool {
        !flags.contains(TraceFlags::FORCED) || tracer.inner().is_debug_allowed(&self.name)
    }
}

fn new_trace_id(tracer: &Tracer) -> TraceId {
    let is_128bit = tracer.inner().limits.generate_128bit_trace_id;
    match tracer.inner().seeded_ids() {
        None => id_generator::new_trace_id(is_128bit),
        Some(ids) => ids.new_trace_id(is_128bit),
    }
}

/// The identity of spans of this tracer.
fn identity_in(trace_id: TraceId, flags: TraceFlags, tracer: &Tracer) -> Identity {
    let mut identity = Identity::of_trace(trace_id, flags);
    if let Some(ids) = tracer.inner().seeded_ids() {
        identity.key = IdKey::seeded(ids.table());
    }
    identity
}

/// Gives a span its shared record at once, if its tracer knows its open spans: the record is how it finds them.
fn listed(detached: DetachedSlot) -> DetachedSlot {
    if detached.home.tracer.inner().open_spans().is_none() {
        return detached;
    }
    let DetachedSlot { mut slot, home } = detached;
    let details = match mem::replace(&mut slot.extra, Extra::None) {
        Extra::Own(details) => Some(details),
        Extra::None | Extra::Shared(_) => None,
    };
    slot.extra = Extra::Shared(SharedSpan::new(slot.span, details, home.clone()));
    DetachedSlot { slot, home }
}

/// A span that finds no place on a stack is not counted.
fn count_start(home: &Home) {
    // Where all threads count, they wait for each other.
    if stack::with(|local| local.count_start(home)) != Some(true) {
        count_shared(home);
    }
}

#[cold]
fn count_shared(Home { identity, tracer, .. }: &Home) {
    let sampled = identity.flags.is_recorded();
    let one = [u64::from(!sampled), u64::from(sampled)];
    let mut counts = SpanCounts::default();
    match (identity.parent, identity.remote_parent) {
        (_, true) => counts.joined_traces = one,
        (None, false) => counts.begun_traces = one,
        (Some(_), false) => counts.started = one,
    }
    tracer.inner().stats.add_spans(counts);
}

/// Starts a child of the active span that is entered and left, or `None` if there is no active span.
#[cfg(feature = "tracing")]
pub(crate) fn child_to_enter(name: &'static str) -> Option<(Arc<SharedSpan>, ParkedEntry)> {
    stack::with(|local| local.start_parked(name)).flatten()
}

/// Opens a span at a place of the program, for the code of the attributes.
#[inline]
pub fn enter(site: &'static Site) -> Scope {
    if global::is_on() {
        enter_at(site)
    } else {
        Scope::none()
    }
}

/// Not inlined, with a pointer as its only argument, because every annotated function calls it.
fn enter_at(site: &'static Site) -> Scope {
    enter_on(site.name)
}

/// Opens a span that belongs to this tracer if it begins a trace, for the code of the attributes.
pub fn enter_with(site: &'static Site, tracer: &Tracer) -> Scope {
    match stack::with(|local| local.push_child(site.name, Opener::Scope)) {
        Some(Some(number)) => Scope::new(number),
        Some(None) => root_scope(site.name, Some(tracer)),
        None => Scope::none(),
    }
}

/// No span, for the code of the attributes.
#[inline]
pub fn no_scope() -> Scope {
    Scope::none()
}

pub(crate) fn enter_on(name: &'static str) -> Scope {
    match stack::with(|local| local.push_child_at_once(name, Opener::Scope)) {
        Some(Some(number)) => Scope::new(number),
        Some(None) => enter_after_all(name),
        None => Scope::none(),
    }
}

#[inline(never)]
fn enter_after_all(name: &'static str) -> Scope {
    match stack::with(|local| local.top().is_none()) {
        Some(true) => root_scope(name, None),
        Some(false) => enter_child(name),
        None => Scope::none(),
    }
}

#[inline(never)]
fn enter_child(name: &'static str) -> Scope {
    match stack::with(|local| local.push_child(name, Opener::Scope)) {
        Some(Some(number)) => Scope::new(number),
        Some(None) => root_scope(name, None),
        None => Scope::none(),
    }
}

/// Opens the first span of a thread.
#[inline(never)]
fn root_scope(name: &'static str, tracer: Option<&Tracer>) -> Scope {
    match root(name, Opener::Scope, tracer) {
        0 => Scope::none(),
        number => Scope::new(number),
    }
}

/// Opens the root of a trace where no span is active. Returns its number; zero if there is none.
#[inline]
pub(crate) fn root(name: &'static str, opener: Opener, tracer: Option<&Tracer>) -> u64 {
    if let Some(around) = ambient::find() {
        return open_below(name, opener, &around);
    }
    let open = |tracer: &Tracer| root_of(name, opener, tracer).unwrap_or(0);
    match tracer {
        Some(tracer) => open(tracer),
        None => global::with_current_tracer(open).unwrap_or(0),
    }
}

#[cold]
fn open_below(name: &'static str, opener: Opener, parent: &SharedSpan) -> u64 {
    let plan = SpanPlan {
        name: name.into(),
        parent: Some(parent.context()),
        finish_on_close: true,
        ..SpanPlan::default()
    };
    let Some(mut detached) = plan.start() else {
        return 0;
    };
    detached.slot.opener = opener;
    put(detached)
}

/// Not inlined, so that its arguments are in registers.
#[inline(never)]
fn root_of(name: &'static str, opener: Opener, tracer: &Tracer) -> Option<u64> {
    if !tracer.is_enabled() {
        return None;
    }
    if tracer.inner().has_special_roots() {
        return special_root(name, opener, tracer);
    }
    let trace_id = id_generator::new_trace_id(tracer.inner().limits.generate_128bit_trace_id);
    let (flags, decision) = tracer.inner().decide(trace_id, name)?;
    let trace = (trace_id, flags, IdKey::of_process());
    stack::with(|local| local.push_root((name, opener), tracer, trace, decision))
}

/// Like [`root_of`], for tracers of tests and those whose open spans are watched. Others would pay for the difference with
/// each trace.
#[cold]
fn special_root(name: &'static str, opener: Opener, tracer: &Tracer) -> Option<u64> {
    let trace_id = new_trace_id(tracer);
    let (flags, decision) = tracer.inner().decide(trace_id, name)?;
    let trace = (trace_id, flags, identity_in(trace_id, flags, tracer).key);
    let number = stack::with(|local| local.push_root((name, opener), tracer, trace, decision))?;
    if tracer.inner().open_spans().is_some() {
        stack::with(|local| local.promote(number));
    }
    Some(number)
}

/// Puts a span that was just started on the stack.
pub(crate) fn open(detached: DetachedSlot) -> Scope {
    match put(detached) {
        0 => Scope::none(),
        number => Scope::new(number),
    }
}

/// Puts a span that was just started on the stack. Returns its number; zero if too many are open.
fn put(detached: DetachedSlot) -> u64 {
    let number = detached.slot.span.number;
    // What finds no place is not dropped in there.
    let mut waiting = Some(detached);
    stack::with(|local| {
        if let Some(detached) = waiting.take_if(|_| !local.is_full()) {
            if !local.count_start(&detached.home) {
                count_shared(&detached.home);
            }
            local.push_detached(detached);
        } else if let Some(refused) = &waiting {
            count(&refused.home.tracer.inner().stats.depth_limited_spans);
        }
    });
    match waiting {
        Some(refused) => {
            refused.discard();
            0
        }
        None => number,
    }
}

/// The record of a span that was just started and is not on a stack.
pub(crate) fn share(detached: DetachedSlot) -> Arc<SharedSpan> {
    count_start(&detached.home);
    detached.into_shared()
}

/// The same for an incoming request, which is counted as such if the tracer counts them.
#[cfg(feature = "tower")]
pub(crate) fn share_request(detached: DetachedSlot) -> Arc<SharedSpan> {
    count_start(&detached.home);
    match detached.home.tracer.counts_requests() {
        true => detached.into_request(Request::INCOMING),
        false => detached.into_shared(),
    }
}
