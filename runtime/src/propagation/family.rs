//! The names under which tracing systems write contexts, ours and others'.

use super::{Carrier, Destination, PropagationRules};

/// Jaeger's name of the span context.
pub(crate) const UBER_TRACE_ID: &str = "uber-trace-id";
/// The start of Jaeger's names of baggage items.
pub(super) const BAGGAGE_PREFIX: &str = "uberctx-";
/// Baggage that was written by hand.
pub(super) const JAEGER_BAGGAGE: &str = "jaeger-baggage";
/// Asks for a trace that is recorded whatever the sampler says.
pub(super) const JAEGER_DEBUG_ID: &str = "jaeger-debug-id";

const JAEGER_NAMES: [&str; 3] = [UBER_TRACE_ID, JAEGER_BAGGAGE, JAEGER_DEBUG_ID];
const FOREIGN_NAMES: [&str; 5] = ["traceparent", "tracestate", "baggage", "b3", "sentry-trace"];
const FOREIGN_PREFIX: &str = "x-b3-";

/// Removes what the destination must not get from us, whoever put it there.
///
/// Our own processes may speak other tracing formats among themselves, so for them only the names that we write
/// are removed.
pub(super) fn remove_family<C: Carrier + ?Sized>(
    carrier: &mut C,
    destination: Destination<'_>,
    rules: &PropagationRules,
) {
    let keep_foreign = destination == Destination::Internal;
    carrier.remove_if(&mut |name| is_ours(name, rules) || (!keep_foreign && is_foreign(name)));
}

/// The name of a baggage item, if `name` is that of one.
pub(super) fn baggage_key(name: &str) -> Option<&str> {
    let (prefix, key) = name.split_at_checked(BAGGAGE_PREFIX.len())?;
    prefix.eq_ignore_ascii_case(BAGGAGE_PREFIX).then_some(key)
}

fn is_ours(name: &str, rules: &PropagationRules) -> bool {
    is_one_of(name, &JAEGER_NAMES)
        || baggage_key(name).is_some()
        || name.eq_ignore_ascii_case(&rules.trace_id_header)
}

fn is_foreign(name: &str) -> bool {
    is_one_of(name, &FOREIGN_NAMES)
        || name
            .get(..FOREIGN_PREFIX.len())
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case(FOREIGN_PREFIX))
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}
