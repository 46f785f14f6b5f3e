//! A page in your server that shows what is running now, what was slow and what failed, in whole traces.
//!
//! [`Traces`] has the traces, and its [service](Traces::service) is the page.

mod answer;
mod example;
mod guard;
mod histogram;
mod lists;
mod live_tree;
mod operation;
mod operation_name;
mod overview;
mod query;
mod service;
mod shared_traces;
mod store;
mod stored_trace;
mod trace_page;
mod traces;
mod traces_json;

pub use answer::PageBody;
pub use service::TracesService;
pub use traces::Traces;
