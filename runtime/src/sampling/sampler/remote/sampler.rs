use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::answer::RemoteStrategy;
use super::poll::StrategyPoll;
use crate::model::error::init::InitError;
use crate::model::id::TraceId;
use crate::sampling::poller::endpoint::Endpoint;
use crate::sampling::poller::polling::Polling;
use crate::sampling::poller::settings::PollSettings;
use crate::sampling::poller::thread::Poller;
use crate::sampling::sampler::decision::{Decision, Sampler};
use crate::sampling::sampler::probabilistic::ProbabilisticSampler;
use crate::sampling::sampler::stats::SamplerStats;

pub(crate) const DEFAULT_ENDPOINT: &str = "http://localhost:5778/sampling";

/// Samples as a server says: Jaeger's `remote`, the sampler that its clients have by default.
///
/// The strategy of the service is asked for over HTTP, from the agent or a collector, on a thread of its own that
/// nobody waits for. It may be `probabilistic`, `ratelimiting` or one for each operation. Until the first answer
/// one trace in a thousand is recorded, and when the server cannot be asked, or its answer cannot be used, the last
/// good strategy stays. [`Stats`](crate::Stats) counts each of these, and the log is told now and then.
///
/// It goes on until it is dropped, which a tracer does at its shutdown. The child process of a fork asks for itself, and
/// has the last strategy until then.
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
/// What it shows of itself (`Debug`) has no secrets in it.
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
    /// The URL to ask at, without the service; `http://localhost:5778/sampling` by default. A collector of Jaeger
    /// 1 has it at `http://…:14268/api/sampling`.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.poll.endpoint = url.into();
        self
    }

    /// How long after a question the next one is asked, give or take a tenth; a minute by default. Less than ten
    /// milliseconds is taken as that, and more than a day as a day. The first one is asked at once, or within a
    /// tenth of that time and one second.
    pub fn refresh_interval(mut self, interval: Duration) -> Self {
        self.poll.set_interval(interval);
        self
    }

    /// How long an answer may take, from looking up the host to the last byte; ten seconds by default. More than a day is
    /// taken as a day.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.poll.set_timeout(timeout);
        self
    }

    /// The probability with which a trace is recorded before the first answer, from 0 to 1; 0.001 by default.
    pub fn initial_sampling_rate(mut self, sampling_rate: f64) -> Self {
        self.initial_sampling_rate = sampling_rate;
        self
    }

    /// The most operations that are sampled each in their own way; 2,000 by default. Further ones are sampled with
    /// the default probability.
    pub fn max_operations(mut self, operations: usize) -> Self {
        self.max_operations = operations;
        self
    }

    /// Begins to ask. That nobody answers is no error.
    ///
    /// Without the feature `enable` nothing is asked.
    ///
    /// # Errors
    ///
    /// [`InitError`] if the endpoint is no `http` URL (or `https`, with the feature `tls`), or the thread cannot be started.
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

    /// Asks until what it gives back is gone.
    fn ask(&self, endpoint: &Endpoint, polled: &Arc<RemoteStrategy>) -> io::Result<Sender<()>> {
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
