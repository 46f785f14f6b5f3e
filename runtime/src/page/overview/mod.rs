//! The first page: what runs, what was slow, what failed, and how long the requests of each operation took. It has no script,
//! and its links work in a text browser.

mod document;
mod operation_table;
mod running;
mod text;
mod trace_list;

pub(super) use document::{STYLE, live_page, operation_page, page};
pub(super) use trace_list::Rows;
