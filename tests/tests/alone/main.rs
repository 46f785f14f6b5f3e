//! Tests of what a process has only once: its global tracer, its log, and the switch that turns tracing on.
//!
//! Each test runs in a child process, see [`fedtrace_tests::alone`].

mod agent_warnings;
mod collector_warnings;
mod diagnostics;
mod doubtful_entry_warning;
mod first_milliseconds;
mod global;
mod init_tracer;
mod loss_warnings;
mod memory;
mod misuse;
mod off;
mod off_allocation;
mod own_work;
mod page_ages;
mod panicking_logger;
mod prefix_match_warning;
mod root_tracer;
mod switching;
mod unused_guard;

use fedtrace_tests::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;
