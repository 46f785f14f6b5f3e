//! The worker of a tracer, as the tracer and its guard know it.

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

/// A worker that runs.
pub(crate) struct WorkerHandle {
    requests: Arc<FlushRequests>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// The worker's own: it is dropped with the worker.
    reporter: Weak<Mutex<Box<dyn Reporter>>>,
    /// For a child process, if the reporter is at worker at the fork.
    spare: Mutex<Option<Box<dyn Reporter>>>,
    /// Those that the process does not find out itself.
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

    /// Starts another worker for the child process of a fork. If the reporter was in use at that moment, it stays in use
    /// for ever, by a thread that is not there, and the spare one takes its place, if there is one.
    pub(crate) fn resume_in_child(&self, tracer: &Tracer) -> Option<Arc<Self>> {
        let mut reporter = self.reporter.upgrade()?;
        let is_free = catch_panic(|| {
            reporter.try_lock().is_ok_and(|mut reporter| {
                reporter.after_fork_in_child();
                true
            })
        })?;
        if !is_free {
            let spare = self.spare.try_lock().ok()?.take()?;
            // Never dropped: what is at worker in it is not here.
            mem::forget(mem::replace(&mut reporter, Arc::new(Mutex::new(spare))));
        }
        Self::start(tracer, self.process_tags.clone(), reporter, self.interval).ok()
    }

    pub(crate) fn requests(&self) -> &Arc<FlushRequests> {
        &self.requests
    }

    /// Its thread, for one who waits for its end.
    pub(crate) fn take_thread(&self) -> Option<JoinHandle<()>> {
        lock(&self.thread).take()
    }
}
