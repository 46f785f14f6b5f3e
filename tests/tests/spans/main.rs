//! Spans: parents, handles, threads, futures, and the stack of those that are open.

mod background;
mod baggage;
mod bound_to_nothing;
mod callbacks;
mod closing_out_of_order;
mod detached;
mod finished_spans;
mod forced_later;
mod futures;
mod handles;
mod in_span;
mod interleaving;
mod late_parents;
mod log_field_lengths;
mod log_limit;
mod long_open;
mod nesting;
mod own_work;
mod panics;
mod references;
mod setters;
mod streams;
mod tag_limit;
mod teardown;
mod threads;
mod unsampled;
