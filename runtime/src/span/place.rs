//! Where the span of a traced function stands, if it is not simply below the active one.

use super::builder::{SpanBuilder, build_span};
use super::detached::DetachedSpan;
use super::handle::Span;
use super::scope::Scope;
use crate::model::site::Site;
use crate::tracer::core::Tracer;
use crate::tracer::span_context::SpanContext;

/// The place of a span, for the code of the attributes.
#[derive(Debug)]
pub struct Place(pub(crate) Kind);

#[derive(Debug)]
pub(crate) enum Kind {
    /// There is no span.
    Nowhere,
    /// Below the active span.
    BelowActive,
    /// What options say. Its name is not known yet.
    Given(Box<SpanBuilder>),
}

impl Place {
    /// Below the active span.
    #[inline]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(Kind::BelowActive)
    }

    /// No span at all.
    #[inline]
    pub fn nowhere() -> Self {
        Self(Kind::Nowhere)
    }

    /// In a trace of this tracer, if it begins one.
    pub fn tracer(self, tracer: &Tracer) -> Self {
        self.given(|span| span.tracer(tracer))
    }

    /// Below this span. Without one, the place stays as it is.
    pub fn parent(self, parent: impl Cause) -> Self {
        let context = parent.context();
        self.given(|span| span.child_of(context))
    }

    /// After these spans, which do not wait for it.
    pub fn follows_from(self, causes: impl Causes) -> Self {
        self.given(|span| {
            causes
                .contexts()
                .into_iter()
                .fold(span, SpanBuilder::follows_from)
        })
    }

    /// Not below the active span.
    pub fn root(self) -> Self {
        self.given(SpanBuilder::ignore_active_span)
    }

    fn given(self, change: impl FnOnce(SpanBuilder) -> SpanBuilder) -> Self {
        match self.0 {
            Kind::Nowhere => self,
            Kind::BelowActive => Self(Kind::Given(Box::new(change(build_span(""))))),
            Kind::Given(span) => Self(Kind::Given(Box::new(change(*span)))),
        }
    }
}

/// Opens a span at this place, for the code of the attributes.
pub fn enter_at(site: &'static Site, Place(place): Place) -> Scope {
    match place {
        Kind::Nowhere => Scope::none(),
        Kind::BelowActive => super::start::enter(site),
        Kind::Given(span) => span.named(site.name).start_active(),
    }
}

/// A span that `parent` may name: a [`Span`](crate::Span), a [`SpanContext`](crate::SpanContext), or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a span",
    label = "expected a `Span`, a `SpanContext`, a reference to one, or an `Option` of one"
)]
pub trait Cause {
    /// Its context. `None` if there is none.
    fn context(self) -> Option<SpanContext>;
}

impl Cause for SpanContext {
    fn context(self) -> Option<SpanContext> {
        Some(self)
    }
}

impl Cause for &SpanContext {
    fn context(self) -> Option<SpanContext> {
        Some(self.clone())
    }
}

impl Cause for Span {
    fn context(self) -> Option<SpanContext> {
        Span::context(&self)
    }
}

impl Cause for &Span {
    fn context(self) -> Option<SpanContext> {
        Span::context(self)
    }
}

impl Cause for &DetachedSpan {
    fn context(self) -> Option<SpanContext> {
        DetachedSpan::context(self)
    }
}

impl<C: Cause> Cause for Option<C> {
    fn context(self) -> Option<SpanContext> {
        self.and_then(Cause::context)
    }
}

impl<'a, C> Cause for &'a Option<C>
where
    &'a C: Cause,
{
    fn context(self) -> Option<SpanContext> {
        self.as_ref().and_then(Cause::context)
    }
}

/// Spans that `follows_from` may name: one, or a list.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a span nor a list of spans",
    label = "expected a `Span`, a `SpanContext`, a reference to one, an `Option` of one, or a `Vec`, array or slice"
)]
pub trait Causes {
    /// Their contexts.
    fn contexts(self) -> impl IntoIterator<Item = SpanContext>;
}

impl<C: Cause> Causes for C {
    fn contexts(self) -> impl IntoIterator<Item = SpanContext> {
        self.context()
    }
}

impl<C: Cause> Causes for Vec<C> {
    fn contexts(self) -> impl IntoIterator<Item = SpanContext> {
        self.into_iter().filter_map(Cause::context)
    }
}

impl<C: Cause, const N: usize> Causes for [C; N] {
    fn contexts(self) -> impl IntoIterator<Item = SpanContext> {
        self.into_iter().filter_map(Cause::context)
    }
}

impl<'a, C> Causes for &'a [C]
where
    &'a C: Cause,
{
    fn contexts(self) -> impl IntoIterator<Item = SpanContext> {
        self.iter().filter_map(Cause::context)
    }
}

impl<'a, C> Causes for &'a Vec<C>
where
    &'a C: Cause,
{
    fn contexts(self) -> impl IntoIterator<Item = SpanContext> {
        self.iter().filter_map(Cause::context)
    }
}
