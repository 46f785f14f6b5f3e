//! Tracing in the child process of a fork. Only the forking thread exists there: no worker sends spans, and
//! ids would repeat those of the parent.
//!
//! So the first span in the child resets tracing: it gets new ids, an empty stack, empty queues and new
//! workers. Spans that were open or waiting at the fork belong to the parent.

#[cfg(unix)]
pub(crate) mod handler;

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::mem;
use std::process;
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

use arc_swap::ArcSwapOption;

use super::handle::WorkerHandle;
use crate::model::id_generator;
use crate::span::stack;
use crate::tracer::activity;
use crate::tracer::core::{Tracer, WeakTracer};
use crate::util::lock::lock;

/// The worker of a tracer in this process.
pub(crate) type CurrentWorker = Arc<ArcSwapOption<WorkerHandle>>;

/// It has no lock, because a child process would inherit the lock in its state at the fork.
static TRACERS: ArcSwapOption<Vec<(WeakTracer, CurrentWorker)>> = ArcSwapOption::const_empty();

/// Remembers a tracer for child processes.
pub(crate) fn watch(tracer: &Tracer, worker: CurrentWorker) {
    activity::set_resume(resume);
    #[cfg(unix)]
    handler::install();
    TRACERS.rcu(|tracers| {
        let mut tracers = tracers.as_deref().cloned().unwrap_or_default();
        tracers.retain(|(known, _)| known.upgrade().is_some_and(|known| !known.inner().is_closed()));
        tracers.push((tracer.downgrade(), Arc::clone(&worker)));
        Some(Arc::new(tracers))
    });
}

thread_local! {
    static RESUMING_HERE: Cell<bool> = const { Cell::new(false) };
}

/// Resumes tracing in the child. Returns `false` to user code that is called about the fork meanwhile, so
/// that it is not traced.
fn resume() -> bool {
    if RESUMING_HERE.replace(true) {
        return false;
    }
    resume_all();
    RESUMING_HERE.set(false);
    true
}

fn resume_all() {
    static RESUMING: Mutex<()> = Mutex::new(());
    // The lock is free at the fork, because only child processes take it.
    let resuming = lock(&RESUMING);
    if !activity::is_forked() {
        return;
    }
    stack::forget();
    fastrand::seed(seed());
    id_generator::renew_key();
    for (tracer, worker) in TRACERS.load_full().iter().flat_map(|tracers| tracers.iter()) {
        if let Some(tracer) = tracer.upgrade() {
            resume_tracer(&tracer, worker);
        }
    }
    activity::set_resumed();
    drop(resuming);
}

/// Resumes a tracer. It is closed if it cannot get a worker.
fn resume_tracer(tracer: &Tracer, current: &CurrentWorker) {
    let inner = tracer.inner();
    inner.forget_parent();
    // Never dropped, because its thread does not exist here.
    let old = mem::ManuallyDrop::new(current.swap(None));
    if inner.is_closed() {
        return;
    }
    let worker = old.as_ref().and_then(|old| old.resume_in_child(tracer));
    if worker.is_none() {
        inner.close();
    }
    current.store(worker);
}

/// A seed from values that differ between processes, because the state of all generators was copied.
fn seed() -> u64 {
    RandomState::new().hash_one((process::id(), SystemTime::now(), Instant::now()))
}
