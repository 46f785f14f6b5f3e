//! The request in which code runs.

use super::active::active_span;
use super::handle::Span;
use super::stack;
use crate::tracer::global;

/// Says of the spans around this that they are those of a request of another homeserver, which is not told our trace id.
pub(crate) fn answer_homeserver() {
    if !global::is_on() {
        return;
    }
    // The span of the request may have no handle, and only a shared record has room for this.
    let open = stack::with(|local| local.open_spans()).unwrap_or_default();
    for number in open {
        drop(Span::of_slot(number));
    }
    stack::with(|local| local.shared_spans().for_each(|shared| shared.answer_homeserver()));
}

/// Whether a span around this was said to be that of a request of another homeserver.
pub(crate) fn answers_homeserver() -> bool {
    let is_said = || stack::with(|local| local.shared_spans().any(|shared| shared.answers_homeserver()));
    global::is_on() && is_said() == Some(true)
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
