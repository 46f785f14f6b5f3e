//! The remote sampler and its builder.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::answer::RemoteStrategy;
use super::poll::StrategyPoll;
use crate::model::error::init::InitError;
use crate::model::id::TraceId;
use crate::sampling::poller::endpoint::Endpoint;
use crate::sampling::poller::polling::Polling;
use crate::sampling::poller::settings::PollSettings;
use crate::sampling::poller::thread::{Poller, Running};
use crate::sampling::sampler::decision::{Decision, Sampler};
use crate::sampling::sampler::probabilistic::ProbabilisticSampler;
use crate::sampling::sampler::stats::SamplerStats;

pub(crate) const DEFAULT_ENDPOINT: &str = "http://localhost:5778/sampling";

/// Samples as a server decides: Jaeger's `remote`, the default sampler of its clients.
///
/// A background thread requests the strategy of the service over HTTP from the agent or a collector. The
/// strategy may be `probabilistic`, `ratelimiting` or one for each operation. Until the first answer, one
/// trace in a thousand is recorded. If the server is unavailable or its answer cannot be used, the last good
/// strategy stays. [`Stats`](crate::Stats) counts these cases, and they are logged at most once a minute.
///
/// It runs until it is dropped, which a tracer does at its shutdown. A forked child process queries the
/// server itself, and uses the last strategy until then.
///
/// ```no_run
/// # fn main() -> Result<(), fedtrace::InitError> {
/// use fedtrace::sampler::RemoteSampler;
///
/// let sampler = RemoteSampler::builder("example.org main")
///     .endpoint("http://jaeger.internal:5778/sampling")
///     .start()?;
/// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main").sampler(sampler).build()?;
/// # let _ = tracer;
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RemoteControlledSampler")]
pub struct RemoteSampler {
    builder: RemoteSamplerBuilder,
    endpoint: Endpoint,
    polled: Polling<RemoteStrategy>,
}

/// Settings of a [`RemoteSampler`].
///
/// Its `Debug` output contains no secrets.
#[derive(Clone)]
#[must_use = "nothing is asked before `start`"]
pub struct RemoteSamplerBuilder {
    poll: PollSettings,
    initial_sampling_rate: f64,
    max_operations: usize,
}

impl RemoteSampler {
    /// A sampler for the service of this name.
    pub fn builder(service_name: impl Into<String>) -> RemoteSamplerBuilder {
        RemoteSamplerBuilder {
            poll: PollSettings::new(service_name.into(), DEFAULT_ENDPOINT, Duration::from_secs(60)),
            initial_sampling_rate: 0.001,
            max_operations: 2000,
        }
    }
}

impl RemoteSamplerBuilder {
    /// Sets the URL of the server, without the service; `http://localhost:5778/sampling` by default. A
    /// collector of Jaeger 1 has it at `http://…:14268/api/sampling`.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.poll.endpoint = url.into();
        self
    }

    /// Sets the time between two queries, which varies by a tenth; a minute by default, at least ten
    /// milliseconds and at most a day. The first query is sent after up to a tenth of that time, and within
    /// one second.
    pub fn refresh_interval(mut self, interval: Duration) -> Self {
        self.poll.set_interval(interval);
        self
    }

    /// Sets how long an answer may take, from looking up the host to the last byte; ten seconds by default,
    /// at most a day.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.poll.set_timeout(timeout);
        self
    }

    /// Sets the probability with which a trace is recorded before the first answer, from 0 to 1; 0.001 by
    /// default.
    pub fn initial_sampling_rate(mut self, sampling_rate: f64) -> Self {
        self.initial_sampling_rate = sampling_rate;
        self
    }

    /// Sets the maximum number of operations that each have a strategy; 2,000 by default. Further ones are
    /// sampled with the default probability.
    pub fn max_operations(mut self, operations: usize) -> Self {
        self.max_operations = operations;
        self
    }

    /// Starts the sampler and its thread. It is not an error if the server does not answer.
    ///
    /// Without the feature `enable`, the server is not queried.
    ///
    /// # Errors
    ///
    /// [`InitError`] if the endpoint is not an `http` URL (or `https`, with the feature `tls`), or if the
    /// thread cannot be started.
    pub fn start(self) -> Result<RemoteSampler, InitError> {
        let endpoint = self
            .poll
            .read_endpoint("the sampling endpoint", DEFAULT_ENDPOINT)?;
        let polled = Arc::new(RemoteStrategy::new(self.initial(), self.max_operations));
        let running = self.ask(&endpoint, &polled).map_err(InitError::Worker)?;
        Ok(RemoteSampler {
            builder: self,
            endpoint,
            polled: Polling::new(polled, running),
        })
    }

    fn initial(&self) -> ProbabilisticSampler {
        ProbabilisticSampler::new(self.initial_sampling_rate)
    }

    /// Queries the server until the returned value is dropped.
    fn ask(&self, endpoint: &Endpoint, polled: &Arc<RemoteStrategy>) -> io::Result<Running> {
        let poll = StrategyPoll::new(endpoint.clone(), &self.poll.service_name, Arc::clone(polled));
        let ask = move |poller: &Poller| poll.poll(poller);
        Poller::start("fedtrace-sampling", &self.poll, ask)
    }
}

impl Sampler for RemoteSampler {
    fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        self.polled.with(|polled| polled.sample(trace_id, operation))
    }

    fn stats(&self) -> SamplerStats {
        self.polled.with(RemoteStrategy::stats)
    }

    fn after_fork_in_child(&self) {
        let initial = self.builder.initial();
        let polled = Arc::new(self.polled.with(|polled| polled.fresh(initial)));
        let running = self.builder.ask(&self.endpoint, &polled).ok();
        self.polled.replace_in_child(polled, running);
    }
}

impl fmt::Debug for RemoteSampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.polled.with(|polled| {
            f.debug_struct("RemoteSampler")
                .field("strategist", &*polled.strategist())
                .finish_non_exhaustive()
        })
    }
}

impl fmt::Debug for RemoteSamplerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RemoteSamplerBuilder");
        self.poll
            .show(&mut shown)
            .field("initial_sampling_rate", &self.initial_sampling_rate)
            .field("max_operations", &self.max_operations)
            .finish()
    }
}
