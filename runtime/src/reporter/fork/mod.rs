//! The child process of a fork. Of the threads there is only the one that forked: no worker sends spans, and ids would
//! be those of the parent over again.
//!
//! So tracing begins anew there, with the first span: with other ids, an empty stack, empty queues and workers of its
//! own. What was open or waiting at the fork is the parent's.

#[cfg(unix)]
mod handler;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::mem;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use arc_swap::ArcSwapOption;

use super::work::Work;
use crate::tracer::{Tracer, WeakTracer};
use crate::{number, running, stack};

/// The worker of a tracer in this process.
pub(super) type CurrentWork = Arc<ArcSwapOption<Work>>;

static TRACERS: Mutex<Vec<(WeakTracer, CurrentWork)>> = Mutex::new(Vec::new());

/// Remembers a tracer for child processes.
pub(super) fn watch(tracer: &Tracer, work: CurrentWork) {
    running::set_resume(resume);
    #[cfg(unix)]
    handler::install();
    let mut tracers = TRACERS.lock().unwrap_or_else(PoisonError::into_inner);
    tracers.retain(|(known, _)| known.upgrade().is_some_and(|known| !known.inner().is_closed()));
    tracers.push((tracer.downgrade(), work));
}

fn resume() {
    // Nobody else has it: the thread that forked is the first that comes here.
    let tracers = TRACERS.lock().unwrap_or_else(PoisonError::into_inner);
    if !running::is_forked() {
        return;
    }
    stack::forget();
    fastrand::seed(seed());
    number::renew_key();
    for (tracer, work) in &*tracers {
        if let Some(tracer) = tracer.upgrade() {
            resume_tracer(&tracer, work);
        }
    }
    running::set_resumed();
}

/// A tracer that cannot go on is closed.
fn resume_tracer(tracer: &Tracer, current: &CurrentWork) {
    let inner = tracer.inner();
    inner.begin_anew();
    // Never dropped: its thread is not here to be let go.
    let old = mem::ManuallyDrop::new(current.swap(None));
    if inner.is_closed() {
        return;
    }
    let work = old.as_ref().and_then(|old| old.resume_in_child(tracer));
    if work.is_none() {
        inner.close();
    }
    current.store(work);
}

/// The state of all generators was copied, so it takes what differs between processes.
fn seed() -> u64 {
    RandomState::new().hash_one((process::id(), SystemTime::now(), Instant::now()))
}
