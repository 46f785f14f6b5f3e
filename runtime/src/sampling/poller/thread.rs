//! The thread that polls a server.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::thread;
use std::time::Duration;

use ureq::http::header::ACCEPT;
use ureq::{Agent, Body};

use super::settings::PollSettings;
use crate::util::own_work::OwnWork;
use crate::util::panic::catch_panic;
use crate::util::random;

/// The most bytes of an answer; two thousand operations with long names are about half of it.
const MAX_ANSWER: u64 = 1024 * 1024;
/// The most bytes of an error page that are logged.
const MAX_ERROR: u64 = 200;
/// The longest delay of the first query.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// Sends queries at intervals.
pub(crate) struct Poller {
    agent: Agent,
    interval: Duration,
    owner: Receiver<()>,
    is_ended: Arc<AtomicBool>,
}

/// Keeps a poller running until it is dropped.
pub(crate) struct Running {
    _owner: Sender<()>,
    is_ended: Arc<AtomicBool>,
}

impl Running {
    /// Lets the thread end before its next query, for a process in which it may not exist. `Relaxed` is enough: nothing
    /// else is read because of it.
    pub(super) fn end_without_locks(&self) {
        self.is_ended.store(true, Ordering::Relaxed);
    }
}

/// The error of a query.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    /// The status of the server's answer, if there was one.
    pub(crate) status: Option<u16>,
    problem: String,
}

impl Poller {
    /// Calls `ask` soon and then at each interval, on a thread with this name, until the returned value is
    /// dropped. Without the feature `enable`, nothing is called.
    pub(crate) fn start(
        name: &str,
        settings: &PollSettings,
        ask: impl FnMut(&Self) + Send + 'static,
    ) -> io::Result<Running> {
        let (poller, running) = Self::new(settings);
        if cfg!(feature = "enable") {
            thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || poller.run(ask))?;
        }
        Ok(running)
    }

    /// A poller that runs until the returned value is dropped.
    fn new(settings: &PollSettings) -> (Self, Running) {
        let config = Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            // A proxy for external servers does not know an agent in the local network.
            .proxy(None)
            // The name may resolve to another server by the next query.
            .max_idle_connections(0)
            .user_agent(concat!("fedtrace/", env!("CARGO_PKG_VERSION")))
            .build();
        let (sender, owner) = mpsc::channel();
        let is_ended = Arc::new(AtomicBool::new(false));
        let running = Running {
            _owner: sender,
            is_ended: Arc::clone(&is_ended),
        };
        let poller = Self {
            agent: config.new_agent(),
            interval: settings.interval,
            owner,
            is_ended,
        };
        (poller, running)
    }

    fn run(&self, mut ask: impl FnMut(&Self)) {
        // Loggers may be traced, and several tracers may use what is polled here.
        let _served = OwnWork::of_any();
        // Spreads the first queries of processes that start together.
        let mut pause = (self.interval / 10).min(FIRST_DELAY).mul_f64(random::fraction());
        while self.owner.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) && !self.is_ended() {
            ask(self);
            pause = self.interval.mul_f64(0.9 + 0.2 * random::fraction());
        }
    }

    fn is_ended(&self) -> bool {
        self.is_ended.load(Ordering::Relaxed)
    }

    /// Whether what keeps it running still exists.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.is_ended() && self.owner.try_recv() == Err(TryRecvError::Empty)
    }

    /// Returns the body of a successful answer.
    pub(crate) fn get(&self, url: &str) -> Result<Vec<u8>, NoAnswer> {
        catch_panic(|| self.ask(url)).unwrap_or_else(|| Err(NoAnswer::without_status("the client panicked")))
    }

    fn ask(&self, url: &str) -> Result<Vec<u8>, NoAnswer> {
        let request = self.agent.get(url).header(ACCEPT, "application/json");
        let mut answer = request.call().map_err(NoAnswer::without_status)?;
        let status = answer.status();
        if !status.is_success() {
            return Err(NoAnswer {
                status: Some(status.as_u16()),
                problem: format!("{status}{}", beginning(answer.body_mut())),
            });
        }
        let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        body.map_err(NoAnswer::without_status)
    }
}

impl NoAnswer {
    fn without_status(problem: impl fmt::Display) -> Self {
        Self {
            status: None,
            problem: problem.to_string(),
        }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

/// The beginning of an error page.
fn beginning(body: &mut Body) -> String {
    let mut text = Vec::new();
    // The part that was read before an error is shown too.
    let _ = body.as_reader().take(MAX_ERROR).read_to_end(&mut text);
    match String::from_utf8_lossy(&text).trim() {
        "" => String::new(),
        text => format!(": {text}"),
    }
}
