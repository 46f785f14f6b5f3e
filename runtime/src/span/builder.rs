//! The builder of spans.

use std::borrow::Cow;
use std::time::SystemTime;

use super::detached::DetachedSpan;
use super::handle::Span;
use super::plan::SpanPlan;
use super::scope::Scope;
use super::start;
use crate::delivery::bounds::MAX_REFERENCES;
use crate::metrics::requests::Request;
use crate::model::finished_span::Reference;
use crate::model::into_tag::{IntoTag, IntoTagValue};
use crate::model::tag::{Tag, tags};
use crate::tracer::core::Tracer;
use crate::tracer::global;
use crate::tracer::limits::longest_value;
use crate::tracer::span_context::SpanContext;

/// Describes a span before it starts; see [`build_span`].
#[must_use = "a span starts with `start`, `start_active` or `start_detached`"]
#[derive(Debug)]
pub struct SpanBuilder {
    /// `None` when tracing is off, so that nothing is stored for a span that will not exist.
    description: Option<Description>,
}

#[derive(Debug)]
struct Description {
    plan: SpanPlan,
    /// The first causes, as many as a span has references.
    follows_from: Vec<SpanContext>,
    left_out_causes: u32,
    is_cause_forced: bool,
    inherit_force_tracing: bool,
    /// The last tag that sets the priority.
    priority: Option<Tag>,
}

impl Description {
    fn follow(&mut self, cause: SpanContext) {
        self.is_cause_forced |= cause.is_forced();
        if self.follows_from.len() < MAX_REFERENCES {
            self.follows_from.push(cause);
        } else {
            self.left_out_causes = self.left_out_causes.saturating_add(1);
        }
    }

    fn tag(&mut self, mut tag: Tag) {
        if tag.key == tags::SAMPLING_PRIORITY {
            self.priority = Some(tag);
            return;
        }
        // As far as is known before the span has its tracer.
        let longest = longest_value();
        tag.value.truncate(longest);
        self.plan.tags.push(tag);
    }
}

/// Starts the description of a span with the name `op`.
///
/// ```
/// use fedtrace::{build_span, tags};
///
/// let scope = build_span("incoming-request")
///     .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
///     .ignore_active_span()
///     .start_active();
/// # drop(scope);
/// ```
pub fn build_span(op: impl Into<Cow<'static, str>>) -> SpanBuilder {
    SpanBuilder {
        description: global::is_on().then(|| Description {
            plan: SpanPlan {
                name: op.into(),
                finish_on_close: true,
                ..SpanPlan::default()
            },
            follows_from: Vec::new(),
            left_out_causes: 0,
            is_cause_forced: false,
            inherit_force_tracing: false,
            priority: None,
        }),
    }
}

impl SpanBuilder {
    /// Gives it another name.
    pub(crate) fn named(mut self, name: &'static str) -> Self {
        if let Some(description) = &mut self.description {
            description.plan.name = Cow::Borrowed(name);
        }
        self
    }

    /// Makes it a child of this span instead of the active one. `None` has no effect, so the result of
    /// [`extract`](crate::extract) can be passed directly.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn child_of(mut self, parent: impl Into<Option<SpanContext>>) -> Self {
        if let (Some(description), Some(parent)) = (&mut self.description, parent.into()) {
            description.plan.parent = Some(parent);
        }
        self
    }

    /// Adds a reference to a span that caused it and does not wait for it.
    ///
    /// Without a parent, neither active nor given, the first of these spans becomes the parent, so that the
    /// span is in the same trace. A reference to the parent itself is left out.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn follows_from(mut self, cause: impl Into<Option<SpanContext>>) -> Self {
        if let Some(description) = &mut self.description {
            if let Some(cause) = cause.into() {
                description.follow(cause);
            }
        }
        self
    }

    /// Sets a tag, unless the value is `None`.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn tag(mut self, key: impl Into<Cow<'static, str>>, value: impl IntoTagValue) -> Self {
        if let Some(description) = &mut self.description {
            if let Some(value) = value.into_tag_value() {
                description.tag(Tag::new(key, value));
            }
        }
        self
    }

    /// Sets several tags, which are [`Tag`]s or pairs of a key and a value.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn tags<T: IntoTag>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        if let Some(description) = &mut self.description {
            tags.into_iter()
                .filter_map(IntoTag::into_tag)
                .for_each(|tag| description.tag(tag));
        }
        self
    }

    /// Sets the start time. The default is the time of the call to `start`.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn start_time(mut self, time: SystemTime) -> Self {
        if let Some(description) = &mut self.description {
            description.plan.start = Some(time);
        }
        self
    }

    /// Does not make the active span its parent.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn ignore_active_span(mut self) -> Self {
        if let Some(description) = &mut self.description {
            description.plan.ignore_active = true;
        }
        self
    }

    /// Sets whether the span finishes when its scope is closed; by default it does. If not, finish it with a
    /// handle from [`Scope::span`].
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn finish_on_close(mut self, finish: bool) -> Self {
        if let Some(description) = &mut self.description {
            description.plan.finish_on_close = finish;
        }
        self
    }

    /// Forces tracing if one of the spans that it follows from was forced.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn inherit_force_tracing(mut self) -> Self {
        if let Some(description) = &mut self.description {
            description.inherit_force_tracing = true;
        }
        self
    }

    /// Sets the tracer that it belongs to, if it has no parent in this process.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn tracer(mut self, tracer: &Tracer) -> Self {
        if let Some(description) = &mut self.description {
            description.plan.tracer = Some(tracer.clone());
        }
        self
    }

    /// Starts the span, without making it active.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn start(self) -> Span {
        let Some((plan, forced, priority)) = self.description.map(Description::plan) else {
            return Span::NONE;
        };
        let request = Request::of(&plan.tags);
        let span = Span {
            shared: plan.start().map(start::share),
        };
        record_request(&span, request);
        force(&span, forced, priority);
        span
    }

    /// Starts the span as one that is entered and left, without making it active.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn start_detached(self) -> DetachedSpan {
        self.start().into()
    }

    /// Starts the span and makes it the active span of this thread.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn start_active(self) -> Scope {
        let Some((plan, forced, priority)) = self.description.map(Description::plan) else {
            return Scope::none();
        };
        let request = Request::of(&plan.tags);
        let Some(detached) = plan.start() else {
            return Scope::none();
        };
        let request = request.filter(|_| detached.home.tracer.counts_requests());
        // A span that stays open after its scope is shared, so that it is finished and counted when its last
        // handle is dropped, even if that is the stack's.
        let promote = forced || priority.is_some() || request.is_some() || !detached.slot.finish_on_close;
        let scope = start::open(detached);
        if promote {
            let span = scope.span();
            record_request(&span, request);
            force(&span, forced, priority);
        }
        scope
    }
}

impl Description {
    fn plan(mut self) -> (SpanPlan, bool, Option<Tag>) {
        let forced = self.inherit_force_tracing && self.is_cause_forced;
        self.plan.references = self
            .follows_from
            .iter()
            .filter(|cause| cause.context.seed.is_none())
            .map(|cause| Reference::follows_from(cause.trace_id(), cause.span_id()))
            .collect();
        self.plan.left_out_references = self.left_out_causes;
        self.plan.fallback_parent = self.follows_from.into_iter().next();
        self.plan.keep_tags = forced || self.priority.is_some();
        (self.plan, forced, self.priority)
    }
}

fn record_request(span: &Span, request: Option<Request>) {
    let shared = span.shared.as_ref();
    let shared = shared.filter(|shared| shared.tracer.counts_requests());
    if let (Some(shared), Some(request)) = (shared, request) {
        shared.set_request(request);
    }
}

fn force(span: &Span, forced: bool, priority: Option<Tag>) {
    if let Some(tag) = priority {
        span.set_tag(tag.key, tag.value);
    }
    if forced {
        span.force_tracing();
    }
}

/// Starts a span and makes it the active span of this thread until the scope is dropped.
///
/// Its parent is the span that was active before.
///
/// ```
/// let _outer = fedtrace::start_active_span("outer");
/// let _inner = fedtrace::start_active_span("inner");
/// ```
#[doc(alias = "start_span")]
#[inline]
pub fn start_active_span(op: impl Into<Cow<'static, str>>) -> Scope {
    if !global::is_on() {
        return Scope::none();
    }
    match op.into() {
        Cow::Borrowed(name) => start::enter_on(name),
        owned @ Cow::Owned(_) => build_span(owned).start_active(),
    }
}

/// Starts an active span that was caused by other spans, which do not wait for it. A cause that may be
/// missing can be passed as an `Option`.
///
/// ```
/// # let requests: Vec<fedtrace::SpanContext> = Vec::new();
/// let _scope = fedtrace::start_active_span_follows_from("send_transaction", requests);
/// ```
pub fn start_active_span_follows_from(
    op: impl Into<Cow<'static, str>>,
    contexts: impl IntoIterator<Item = SpanContext>,
) -> Scope {
    contexts
        .into_iter()
        .fold(build_span(op), SpanBuilder::follows_from)
        .start_active()
}
