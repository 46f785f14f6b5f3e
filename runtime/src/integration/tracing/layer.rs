//! The layer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use tracing::dispatcher::WeakDispatch;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::event::EventFields;
use super::inside::{self, Key};
use super::kept::Kept;
use super::span_ext::{self, find};
use super::span_fields::SpanFields;
use super::target::Target;
use super::times::Times;
use super::traced_span::TracedSpan;
use crate::span::handle::Span;
use crate::span::plan::SpanPlan;
use crate::span::recording::Active;
use crate::span::stack::active::active_tracer;
use crate::span::stack::ambient;
use crate::span::stack::entering::ParkedEntry;
use crate::span::stack::shared_span::SharedSpan;
use crate::span::start;
use crate::tracer::core::Tracer;
use crate::tracer::global;
use crate::util::diagnostics;

/// A [`Layer`] that turns the spans of `tracing` into spans of fedtrace, and its events into their log records. Made by
/// [`tracing_layer`].
///
/// # Spans
///
/// * A span is a child of fedtrace's active span, or of its explicit parent. It is active while it is entered, so functions
///   with [`#[trace]`](macro@crate::trace) inside it are its children, and [`inject`](crate::inject),
///   [`set_tag`](crate::set_tag) and [`trace_id`](crate::trace_id()) work on it.
/// * Its fields are tags of the same name, in Jaeger's types. Text is cut to
///   [`max_tag_value_length`](crate::TracerBuilder::max_tag_value_length) while it is formatted. A field whose name looks like
///   that of a secret is `<redacted>`, as an argument is by [`#[tag_args]`](macro@crate::tag_args), and so is one that
///   [`redacted_arguments`](crate::TracerBuilder::redacted_arguments) names. In a URL (`uri`, `http.url`, `http.target`), such
///   values are redacted in the query.
/// * A panic that leaves the span marks it as failed.
/// * Of a trace that is not recorded, only the context is kept, so that it is propagated. No field is formatted.
///
/// These fields mean more, as they do for `tracing-opentelemetry`:
///
/// | field | effect |
/// |---|---|
/// | `otel.name` | the operation name |
/// | `otel.kind` | the tag `span.kind`, in lower case |
/// | `otel.status_code` | `ERROR` sets the tag `error` to `true`, `OK` to `false` |
/// | `otel.status_description`, `otel.status_message` | the tag `otel.status_description`, and `error` is `true` |
/// | `sampling.priority` | as for [`set_tag`](crate::set_tag): above zero records the trace from here on, zero stops that |
/// | `error` | a `bool` is the tag `error`; with anything else the span has failed, and a log record has the text |
///
/// # Events
///
/// An event is a log record of the span that it belongs to: the active one, or its explicit parent. Its fields are `event`
/// (the message), `level`, `target` and those of the event. One of the level `ERROR`, or with a field `error` and no message,
/// marks the span as failed. Events outside of spans are ignored.
///
/// # Filters
///
/// Which spans and events arrive is decided by the filters of `tracing_subscriber`. What is inside of a span that was filtered
/// out belongs to the next span around it, also on another thread or task.
///
/// To change what is recorded while the program runs, reload a filter, and not this layer: a layer that is taken away while a thread
/// is inside of a span is not told when the thread leaves it.
#[derive(Debug)]
pub struct TracingLayer {
    kept: Kept,
    /// Tells layers apart whose subscribers give out the same ids.
    number: u32,
    /// Whether the subscriber has another one, which does the work.
    is_second: bool,
    /// Where it was installed: a layer does not see spans that its filters removed, but the registry has them.
    dispatch: OnceLock<WeakDispatch>,
}

/// A layer for `tracing_subscriber` that records spans and events with the tracer of fedtrace: the global one, or that of
/// [`with_tracer`](crate::with_tracer).
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # if !cfg!(feature = "enable") { return Ok(()); }
/// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main").build()?;
/// fedtrace::set_global_tracer(tracer)?;
/// let subscriber = tracing_subscriber::registry().with(fedtrace::tracing_layer());
/// tracing::subscriber::set_global_default(subscriber)?;
///
/// let span = tracing::info_span!("sync", user = "@alice:example.org");
/// span.in_scope(|| tracing::info!(rooms = 3, "done"));
/// # Ok(())
/// # }
/// ```
///
/// It stands beside other layers, such as that of `tracing_subscriber::fmt`; their order does not matter. It needs the
/// [`Registry`](tracing_subscriber::Registry) or another subscriber that stores data of spans.
pub fn tracing_layer() -> TracingLayer {
    TracingLayer {
        kept: Kept {
            events: true,
            error_events_to_status: true,
            target: false,
            level: false,
            location: false,
            threads: false,
            tracked_inactivity: false,
        },
        number: NEXT.fetch_add(1, Ordering::Relaxed),
        is_second: false,
        dispatch: OnceLock::new(),
    }
}

/// `Relaxed` is enough: each `fetch_add` returns another number, and nothing is read because of it.
static NEXT: AtomicU32 = AtomicU32::new(0);

impl TracingLayer {
    /// Whether events become log records; by default they do.
    #[must_use]
    pub fn with_events(mut self, keep: bool) -> Self {
        self.kept.events = keep;
        self
    }

    /// Whether an event of the level `ERROR`, or with a field `error` and no message, marks its span as failed; by default it
    /// does.
    #[must_use]
    pub fn with_error_events_to_status(mut self, mark: bool) -> Self {
        self.kept.error_events_to_status = mark;
        self
    }

    /// Whether spans have the tag `target`; by default they have not. Events always have it.
    #[must_use]
    pub fn with_target(mut self, keep: bool) -> Self {
        self.kept.target = keep;
        self
    }

    /// Whether spans have the tag `level`; by default they have not. Events always have it.
    #[must_use]
    pub fn with_level(mut self, keep: bool) -> Self {
        self.kept.level = keep;
        self
    }

    /// Whether spans and events have `code.file.path`, `code.module.name` and `code.line.number`; by default they have not.
    #[must_use]
    pub fn with_location(mut self, keep: bool) -> Self {
        self.kept.location = keep;
        self
    }

    /// Whether spans have the tags `thread.name`, if the thread has one, and `thread.id`, a number that this process gives
    /// each thread; by default they have not. They are those of the thread that made the span.
    #[must_use]
    pub fn with_threads(mut self, keep: bool) -> Self {
        self.kept.threads = keep;
        self
    }

    /// Whether spans have the tags `busy_ns` and `idle_ns`: for how many nanoseconds they were entered and were not. By default
    /// they have not.
    #[must_use]
    pub fn with_tracked_inactivity(mut self, keep: bool) -> Self {
        self.kept.tracked_inactivity = keep;
        self
    }

    /// Starts the span that `tracing` describes.
    fn start<S>(
        &self,
        attributes: &Attributes<'_>,
        context: &Context<'_, S>,
    ) -> Option<(Arc<SharedSpan>, Option<ParkedEntry>)>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let name = attributes.metadata().name();
        let mut plan = SpanPlan {
            name: name.into(),
            finish_on_close: true,
            ..SpanPlan::default()
        };
        if attributes.is_contextual() {
            if let Some((shared, parked)) = start::child_to_enter(name) {
                return Some((shared, Some(parked)));
            }
            plan.parent = self.around(context).and_then(|around| around.context());
        } else {
            let parent = attributes.parent().and_then(|id| self.span(id, context));
            plan.parent = parent.and_then(|parent| parent.context());
            plan.ignore_active = plan.parent.is_none();
        }
        Some((start::share(plan.start()?), None))
    }

    /// The span with this id, or the next one around it that was not filtered out.
    fn span<S>(&self, id: &Id, context: &Context<'_, S>) -> Option<Span>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let Some(span) = context.span(id) else {
            return find(&self.dispatch.get()?.upgrade()?, id, true);
        };
        let found = span
            .scope()
            .find_map(|span| span.extensions().get::<TracedSpan>().cloned());
        found.map(TracedSpan::into_span)
    }

    /// The span around what runs here, if this thread has no active span: it is that of a task, and was filtered out.
    fn around<S>(&self, context: &Context<'_, S>) -> Option<Span>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if !ambient::is_possible() {
            return None;
        }
        self.span(context.current_span().id()?, context)
    }

    fn key(&self, id: &Id) -> Key {
        Key::new(self.number, id)
    }

    /// What the layer knows of a span. A second layer knows none.
    fn known<S>(&self, id: &Id, context: &Context<'_, S>) -> Option<TracedSpan>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if self.is_second {
            return None;
        }
        context.span(id)?.extensions().get::<TracedSpan>().cloned()
    }

    /// Uses the times of a span, if they are kept.
    fn with_times<S, R>(
        &self,
        id: &Id,
        context: &Context<'_, S>,
        use_them: impl FnOnce(&mut Times) -> R,
    ) -> Option<R>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if self.is_second || !self.kept.tracked_inactivity {
            return None;
        }
        let span = context.span(id)?;
        span.extensions_mut().get_mut::<Times>().map(use_them)
    }

    fn log(&self, event: &Event<'_>, tracer: &Tracer, target: &Target<'_>) {
        let level = *event.metadata().level();
        if tracer.inner().is_served() {
            return;
        }
        let fields = EventFields::of(event, self.kept, tracer);
        if self.kept.error_events_to_status && (level == Level::ERROR || fields.is_error()) {
            target.mark_failed();
        }
        if self.kept.events {
            fields.with(level, |fields| target.log(fields));
        }
    }
}

impl<S> Layer<S> for TracingLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.dispatch.get_or_init(|| dispatch.downgrade());
        ambient::set(span_ext::current);
    }

    fn on_layer(&mut self, subscriber: &mut S) {
        let subscriber: &dyn Subscriber = subscriber;
        self.is_second = subscriber.downcast_ref::<Self>().is_some();
        if self.is_second {
            diagnostics::warn(format_args!(
                "a subscriber has two layers of fedtrace; the second does nothing"
            ));
        }
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if self.is_second || !global::is_on() {
            return;
        }
        let Some(span) = context.span(id) else { return };
        // Another layer of ours, beside this one.
        if span.extensions().get::<TracedSpan>().is_some() {
            return;
        }
        let Some((shared, parked)) = self.start(attributes, &context) else {
            return;
        };
        let traced = TracedSpan::new(shared);
        let described = traced.clone().into_span();
        if let Some(mut fields) = SpanFields::of(&described) {
            fields.describe(attributes.metadata(), self.kept);
            attributes.record(&mut fields);
        }
        let mut extensions = span.extensions_mut();
        extensions.replace(traced);
        if self.kept.tracked_inactivity {
            extensions.replace(Times::start());
        }
        drop(extensions);
        let Span { shared } = described;
        if let Some(shared) = shared {
            inside::remember(self.key(id), TracedSpan::new(shared), parked);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        // Formatting runs code of the program, so it is done without the lock of the extensions.
        let Some(traced) = self.known(id, &context) else {
            return;
        };
        if let Some(mut fields) = SpanFields::of(&traced.into_span()) {
            values.record(&mut fields);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        if let Some(traced) = self.known(id, &context) {
            let cause = self.span(follows, &context);
            traced
                .into_span()
                .follows_from(cause.and_then(|cause| cause.context()));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if self.is_second || !global::is_on() || !(self.kept.events || self.kept.error_events_to_status) {
            return;
        }
        let active = event.is_contextual().then(Active::get);
        if let Some(Active::Recorded(recording)) = active {
            if let Some(tracer) = active_tracer() {
                self.log(event, &tracer, &Target::Active(&recording));
            }
            return;
        }
        let span = match active {
            Some(Active::Missing) => self.around(&context),
            Some(_) => None,
            None => event.parent().and_then(|id| self.span(id, &context)),
        };
        if let Some(span) = span {
            if let Some(shared) = span.shared.as_ref().filter(|shared| shared.is_recorded()) {
                self.log(event, &shared.tracer, &Target::Explicit(&span));
            }
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        inside::enter(self.key(id), || self.known(id, &context));
        self.with_times(id, &context, Times::enter);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        inside::exit(self.key(id), || self.known(id, &context));
        self.with_times(id, &context, Times::exit);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let remembered = inside::recall(self.key(&id));
        let Some(traced) = remembered.or_else(|| self.known(&id, &context)) else {
            return;
        };
        if let Some((busy, idle)) = self.with_times(&id, &context, Times::totals) {
            let span = traced.clone().into_span();
            span.set_tag("busy_ns", busy).set_tag("idle_ns", idle);
        }
        traced.close();
    }
}
