//! The request in which code runs.

use super::active::active_span;
use super::handle::Span;
use super::stack;
use super::stack::active::told_roots;
use crate::tracer::global;

/// Remembers that the request around this is one of another homeserver, which is not told our trace id.
pub(crate) fn answer_homeserver() {
    for (tracer, root) in told_roots() {
        tracer.answer_homeserver(root);
    }
}

/// Whether the request around this is one of another homeserver.
pub(crate) fn answers_homeserver() -> bool {
    told_roots()
        .iter()
        .any(|(tracer, root)| tracer.answers_homeserver(*root))
}

/// The request in which this runs: the innermost span around it that has a kind, if that is the kind of a server.
///
/// Between the two there may be others, such as the span of an annotated handler.
pub(crate) fn enclosing_request() -> Option<Span> {
    if !global::is_on() {
        return None;
    }
    let open = stack::with(|local| local.open_spans()).unwrap_or_default();
    let mut spans = open.into_iter().map(Span::of_slot);
    let request = match spans.len() {
        0 => active_span().filter(|span| span.is_request().is_some()),
        _ => spans.find(|span| span.is_request().is_some()),
    };
    request.filter(|span| span.is_request() == Some(true))
}
