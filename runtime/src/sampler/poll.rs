use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use ureq::http::header::ACCEPT;
use ureq::{Agent, Body};

use super::endpoint::Endpoint;
use super::polled::Polled;
use super::strategy::Strategy;
use crate::contain::contain;
use crate::diagnostics::{NowAndThen, warn_now_and_then};
use crate::escape::Escaped;
use crate::stats::count;

/// The most bytes of an answer; two thousand operations with long names are about half of it.
const MAX_ANSWER: u64 = 1024 * 1024;
/// How much of an error the log shows.
const MAX_ERROR: u64 = 200;
/// The longest that the first question waits.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// Asks the server for the strategy, now and then, on a thread of its own.
pub(super) struct Poll {
    endpoint: Endpoint,
    url: String,
    agent: Agent,
    interval: Duration,
    polled: Arc<Polled>,
    warned: NowAndThen,
}

impl Poll {
    pub(super) fn new(
        endpoint: Endpoint,
        service_name: &str,
        timeout: Duration,
        interval: Duration,
        polled: Arc<Polled>,
    ) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            // A proxy for the outside world knows nothing of an agent in here.
            .proxy(None)
            // The server may be another one by the next time.
            .max_idle_connections(0)
            .user_agent(concat!("fedtrace/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            url: endpoint.of_service(service_name),
            endpoint,
            agent: config.new_agent(),
            interval,
            polled,
            warned: NowAndThen::new(),
        }
    }

    /// Goes on until the other end of the channel is gone.
    pub(super) fn run(self, sampler: &Receiver<()>) {
        // Many processes that start together ask one after the other.
        let mut pause = (self.interval / 10).min(FIRST_DELAY).mul_f64(fastrand::f64());
        while sampler.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            self.poll();
            pause = self.interval.mul_f64(0.9 + 0.2 * fastrand::f64());
        }
    }

    fn poll(&self) {
        let polled = &self.polled;
        let answer = contain(|| self.ask()).unwrap_or_else(|| Err("the client panicked".to_owned()));
        let problem = match answer {
            Ok(body) => {
                count(&polled.queries);
                match Strategy::read(&body) {
                    Ok(strategy) => {
                        polled.adopt(strategy);
                        // Whoever sees the count finds the strategy in use.
                        count(&polled.updates);
                        return;
                    }
                    Err(problem) => {
                        count(&polled.failed_updates);
                        format!("the answer {problem}")
                    }
                }
            }
            Err(problem) => {
                count(&polled.failed_queries);
                problem
            }
        };
        warn_now_and_then(&self.warned, || {
            format!(
                "no sampling strategy from {}, the last one stays: {}",
                self.endpoint.shown(),
                Escaped(&problem)
            )
        });
    }

    fn ask(&self) -> Result<Vec<u8>, String> {
        let request = self.agent.get(&self.url).header(ACCEPT, "application/json");
        let mut answer = request.call().map_err(|error| error.to_string())?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("{status}{}", beginning(answer.body_mut())));
        }
        let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        body.map_err(|error| error.to_string())
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
