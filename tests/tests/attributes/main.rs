//! What `#[trace]`, `#[trace_with_opname]` and `#[tag_args]` make of a function.

mod future_sizes;
mod macros_basic;
mod macros_drop_order;
mod macros_failures;
mod macros_fields;
mod macros_futures;
mod macros_levels;
mod macros_options;
mod macros_places;
mod macros_returned;
mod macros_streams;
mod macros_tag_args;
mod macros_trace;
mod recursive_text;
mod rewriting;
