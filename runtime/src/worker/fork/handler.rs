//! How a process learns that it is the child of a fork. The standard library does not tell, and to ask for the id of
//! the process with each trace costs more than a span (400 ns in a virtual machine).
#![allow(unsafe_code)]

use std::sync::Once;

use crate::tracer::activity;

static INSTALLED: Once = Once::new();

pub(super) fn install() {
    INSTALLED.call_once(|| {
        // SAFETY: the function is called with no arguments, in the child, between `fork` and its return. What it does
        // is allowed there: it takes no lock, allocates nothing, and cannot unwind. It lives as long as the program.
        // An error means that there is no memory for the entry; then the child is not told.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
}

extern "C" fn in_child() {
    activity::set_forked();
}
