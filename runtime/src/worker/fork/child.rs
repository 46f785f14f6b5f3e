//! What the child process of a fork starts again.

use std::cell::Cell;
use std::mem;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwapOption;

use crate::model::id_generator;
use crate::span::stack;
use crate::tracer::activity;
use crate::tracer::core::{Tracer, WeakTracer};
use crate::util::lock::lock;
use crate::util::random;
use crate::worker::handle::WorkerHandle;

/// The worker of a tracer in this process.
pub(crate) type CurrentWorker = Arc<ArcSwapOption<WorkerHandle>>;

/// Without a lock, since a child process would get that as it is at the fork.
static TRACERS: ArcSwapOption<Vec<(WeakTracer, CurrentWorker)>> = ArcSwapOption::const_empty();

/// Remembers a tracer for child processes.
pub(crate) fn watch(tracer: &Tracer, worker: CurrentWorker) {
    activity::set_resume(resume);
    #[cfg(unix)]
    super::handler::install();
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

/// Says whether it is done. Not for the code of users that is told of the fork meanwhile: that is not traced.
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
    // Nobody has it at the fork: only child processes come here.
    let resuming = lock(&RESUMING);
    if !activity::is_forked() {
        return;
    }
    stack::forget();
    random::renew();
    id_generator::renew_key();
    for (tracer, worker) in TRACERS.load_full().iter().flat_map(|tracers| tracers.iter()) {
        if let Some(tracer) = tracer.upgrade() {
            resume_tracer(&tracer, worker);
        }
    }
    activity::set_resumed();
    drop(resuming);
}

/// A tracer that cannot go on is closed.
fn resume_tracer(tracer: &Tracer, current: &CurrentWorker) {
    let inner = tracer.inner();
    inner.forget_parent();
    // Never dropped: its thread is not here to be let go.
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
