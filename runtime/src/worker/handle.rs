//! The handle to a tracer's worker.

use std::io;
use std::mem;
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::process_tags;
use super::thread::{FlushRequests, SharedReporter, Worker};
use crate::model::process::Process;
use crate::model::tag::Tag;
use crate::reporter::report::Reporter;
use crate::tracer::core::Tracer;
use crate::util::lock::lock;
use crate::util::panic::catch_panic;

/// How this process was copied from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CopyKind {
    /// By a fork: only the thread that forked exists.
    Forked,
    /// With all threads, or with one: nobody knows.
    Whole,
}

/// A handle to a running worker.
pub(crate) struct WorkerHandle {
    requests: Arc<FlushRequests>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Weak, because the worker owns the reporter and drops it.
    reporter: Weak<Mutex<Box<dyn Reporter>>>,
    /// The reporter for a child process, if the original one is in use at the fork.
    spare: Mutex<Option<Box<dyn Reporter>>>,
    /// The configured tags, without those that each process adds.
    process_tags: Vec<Tag>,
    interval: Duration,
}

impl WorkerHandle {
    /// Starts a worker for the tracer.
    pub(crate) fn start(
        tracer: &Tracer,
        process_tags: Vec<Tag>,
        reporter: SharedReporter,
        interval: Duration,
    ) -> io::Result<Arc<Self>> {
        let process = Process::new(tracer.service_name(), process_tags::process_tags(&process_tags));
        if let Some(client_id) = process
            .tags
            .iter()
            .find(|tag| tag.key == process_tags::CLIENT_UUID)
        {
            tracer.inner().set_client_id(&client_id.value.to_string());
        }
        let requests = Arc::new(FlushRequests::default());
        let weak = Arc::downgrade(&reporter);
        let spare = catch_panic(|| lock(&reporter).for_child()).flatten();
        let worker = Worker::new(tracer.clone(), process, reporter, interval, Arc::clone(&requests));
        let thread = thread::Builder::new()
            .name("fedtrace-worker".to_owned())
            .spawn(|| worker.run())?;
        tracer.inner().backlog.set_worker(thread.thread().clone());
        Ok(Arc::new(Self {
            requests,
            thread: Mutex::new(Some(thread)),
            reporter: weak,
            spare: Mutex::new(spare),
            process_tags,
            interval,
        }))
    }

    /// Starts a worker for the child process of a fork, or for a copy that no fork made. If the reporter was in use
    /// at the fork, it stays locked forever by a thread that does not exist in the child, and the spare reporter
    /// replaces it, if there is one.
    pub(crate) fn resume_in_child(&self, tracer: &Tracer, copy: CopyKind) -> Option<Arc<Self>> {
        let _served = tracer.inner().serve();
        let mut reporter = self.reporter.upgrade()?;
        if copy == CopyKind::Whole {
            self.requests.replace();
            tracer.inner().backlog.wake_worker();
        }
        let is_free = catch_panic(|| {
            reporter.try_lock().is_ok_and(|mut reporter| {
                reporter.after_fork_in_child();
                true
            })
        })?;
        if !is_free {
            let spare = self.spare.try_lock().ok()?.take()?;
            // Never dropped: the thread that uses it does not exist here.
            mem::forget(mem::replace(&mut reporter, Arc::new(Mutex::new(spare))));
        }
        Self::start(tracer, self.process_tags.clone(), reporter, self.interval).ok()
    }

    pub(crate) fn requests(&self) -> &Arc<FlushRequests> {
        &self.requests
    }

    /// Takes the thread, to join it.
    pub(crate) fn take_thread(&self) -> Option<JoinHandle<()>> {
        lock(&self.thread).take()
    }
}
