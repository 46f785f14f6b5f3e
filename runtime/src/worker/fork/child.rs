//! What the child process of a fork starts again.

use std::cell::Cell;
use std::mem;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwapOption;

use crate::model::id_generator;
use crate::span::stack;
use crate::tracer::activity;
use crate::tracer::core::{Tracer, WeakTracer};
use crate::util::clock;
use crate::util::lock::lock;
use crate::util::random;
use crate::worker::handle::{CopyKind, WorkerHandle};

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

/// Nobody has it at a fork: only copies of a process come here.
static RESUMING: Mutex<()> = Mutex::new(());

fn resume_all() {
    let resuming = lock(&RESUMING);
    if !activity::is_forked() {
        return;
    }
    renew(CopyKind::Forked);
    activity::set_resumed();
    drop(resuming);
}

/// Gives this process other ids, sockets and worker threads than the one that it is a copy of. For copies that no `fork`
/// made: a process that was restored from a snapshot (CRIU, Firecracker and other virtual machines), or that the system
/// call `clone` made.
///
/// Call it in every copy, before its first span and while no other thread traces: a span that another thread finishes
/// during the call may be missing. It does what a forked child does by itself:
///
/// * Trace ids, span ids and `client-uuid` are drawn again, from the random numbers of the system.
/// * Spans that are open on this thread, or finished and not sent yet, belong to the original. Spans that are open on
///   other threads are sent by both, under the same ids.
/// * The counters begin at zero.
/// * Each tracer gets a new worker thread, new connections, and a new query of the remote sampler and throttler. Old
///   connections are left open and are not used. [`Reporter::after_fork_in_child`](crate::reporter::Reporter::after_fork_in_child)
///   is called, and `for_child` if the reporter is at work.
/// * The clock is chosen again, since the machine may be another one.
///
/// Nothing detects such a copy by itself. Until the call, the original and the copy make the same ids, and in a copy with
/// one thread nothing is sent. After `fork` of the C library the call is not needed. Without the feature `enable` it does
/// nothing.
///
/// ```
/// # fn main() -> Result<(), fedtrace::InitError> {
/// let (tracer, guard) = fedtrace::Tracer::builder("example").build()?;
/// // The machine is stored here, and restored several times.
/// fedtrace::after_restore();
/// fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
/// # Ok(())
/// # }
/// ```
pub fn after_restore() {
    if !activity::ENABLED {
        return;
    }
    if activity::is_forked() {
        return activity::resume_if_forked();
    }
    let resuming = lock(&RESUMING);
    clock::renew();
    renew(CopyKind::Whole);
    drop(resuming);
}

fn renew(copied: CopyKind) {
    stack::forget();
    random::renew();
    id_generator::renew();
    for (tracer, worker) in TRACERS.load_full().iter().flat_map(|tracers| tracers.iter()) {
        if let Some(tracer) = tracer.upgrade() {
            resume_tracer(&tracer, worker, copied);
        }
    }
}

/// A tracer that cannot go on is closed.
fn resume_tracer(tracer: &Tracer, current: &CurrentWorker, copied: CopyKind) {
    let inner = tracer.inner();
    inner.forget_parent();
    activity::begin_generation();
    // Never dropped: its thread is not here to be let go.
    let old = mem::ManuallyDrop::new(current.swap(None));
    if inner.is_closed() {
        return;
    }
    let worker = old.as_ref().and_then(|old| old.resume_in_child(tracer, copied));
    if worker.is_none() {
        inner.close();
    }
    current.store(worker);
}
