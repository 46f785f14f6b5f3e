//! The thread that asks.

use std::fmt;
use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::thread;
use std::time::Duration;

use ureq::http::header::ACCEPT;
use ureq::{Agent, Body};

use super::settings::PollSettings;
use crate::util::panic::catch_panic;

/// The most bytes of an answer; two thousand operations with long names are about half of it.
const MAX_ANSWER: u64 = 1024 * 1024;
/// How much of an error the log shows.
const MAX_ERROR: u64 = 200;
/// The longest that the first question waits.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// What asks.
pub(crate) struct Poller {
    agent: Agent,
    interval: Duration,
    owner: Receiver<()>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    /// What the server said instead, if it said anything.
    pub(crate) status: Option<u16>,
    problem: String,
}

impl Poller {
    /// Calls `ask` at once or nearly so, and then at each interval, on a thread with this name, until what it gives back
    /// is gone. Without the feature `enable` nothing is asked.
    pub(crate) fn start(
        name: &str,
        settings: &PollSettings,
        ask: impl FnMut(&Self) + Send + 'static,
    ) -> io::Result<Sender<()>> {
        let (poller, running) = Self::new(settings);
        if cfg!(feature = "enable") {
            thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || poller.run(ask))?;
        }
        Ok(running)
    }

    /// One that goes on until the other end of its channel is gone.
    fn new(settings: &PollSettings) -> (Self, Sender<()>) {
        let config = Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            // A proxy for the outside world knows nothing of an agent in here.
            .proxy(None)
            // The server may be another one by the next time.
            .max_idle_connections(0)
            .user_agent(concat!("fedtrace/", env!("CARGO_PKG_VERSION")))
            .build();
        let (running, owner) = mpsc::channel();
        let poller = Self {
            agent: config.new_agent(),
            interval: settings.interval,
            owner,
        };
        (poller, running)
    }

    fn run(&self, mut ask: impl FnMut(&Self)) {
        // Many processes that start together ask one after the other.
        let mut pause = (self.interval / 10).min(FIRST_DELAY).mul_f64(fastrand::f64());
        while self.owner.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            ask(self);
            pause = self.interval.mul_f64(0.9 + 0.2 * fastrand::f64());
        }
    }

    /// Whether anybody still wants to know.
    pub(crate) fn is_wanted(&self) -> bool {
        self.owner.try_recv() == Err(TryRecvError::Empty)
    }

    /// The body of a good answer.
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

/// What an error page says at its beginning.
fn beginning(body: &mut Body) -> String {
    let mut text = Vec::new();
    // What was read before an error is shown, too.
    let _ = body.as_reader().take(MAX_ERROR).read_to_end(&mut text);
    match String::from_utf8_lossy(&text).trim() {
        "" => String::new(),
        text => format!(": {text}"),
    }
}
