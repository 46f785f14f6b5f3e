//! The handler that marks a child process after a fork. The standard library has none, and reading the
//! process id for each trace costs more than a span (400 ns in a virtual machine).
#![allow(unsafe_code)]

use std::sync::Once;

use crate::tracer::activity;

static INSTALLED: Once = Once::new();

pub(super) fn install() {
    INSTALLED.call_once(|| {
        // SAFETY: the function is called without arguments, in the child, before `fork` returns. Its actions
        // are allowed there: it does not lock, allocate or unwind. It lives as long as the program. An error
        // means that there is no memory for the entry; then the child is not marked.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
}

extern "C" fn in_child() {
    activity::set_forked();
}
