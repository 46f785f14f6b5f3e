//! Queries to a sampling server.

use std::sync::Arc;

use super::answer::RemoteStrategy;
use super::strategy::Strategy;
use crate::sampling::poller::endpoint::Endpoint;
use crate::sampling::poller::thread::Poller;
use crate::util::counter::count;
use crate::util::diagnostics::{NowAndThen, warn_now_and_then};
use crate::util::escape::EscapedText;

/// Queries the server for the strategy at intervals, on a separate thread.
pub(crate) struct StrategyPoll {
    endpoint: Endpoint,
    url: String,
    polled: Arc<RemoteStrategy>,
    warned: NowAndThen,
}

impl StrategyPoll {
    pub(crate) fn new(endpoint: Endpoint, service_name: &str, polled: Arc<RemoteStrategy>) -> Self {
        Self {
            url: endpoint.asking(&[("service", service_name)]),
            endpoint,
            polled,
            warned: NowAndThen::new(),
        }
    }

    pub(crate) fn poll(&self, poller: &Poller) {
        let polled = &self.polled;
        let problem = match poller.get(&self.url) {
            Ok(body) => {
                count(&polled.queries);
                match Strategy::read(&body) {
                    Ok(strategy) => {
                        polled.adopt(strategy);
                        // TracerCounts only after the strategy is in use.
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
                problem.to_string()
            }
        };
        warn_now_and_then(&self.warned, || {
            format!(
                "no sampling strategy from {}, the last one stays ({}): {}",
                self.endpoint.shown(),
                self.polled.strategist().summary(),
                EscapedText(&problem)
            )
        });
    }
}
