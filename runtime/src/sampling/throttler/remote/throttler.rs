use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::credit::Account;
use super::poll::CreditPoll;
use crate::model::error::init::InitError;
use crate::sampling::poller::endpoint::Endpoint;
use crate::sampling::poller::polling::Polling;
use crate::sampling::poller::settings::PollSettings;
use crate::sampling::poller::thread::Poller;
use crate::sampling::throttler::permission::Throttler;
use crate::sampling::throttler::stats::ThrottlerStats;

pub(crate) const DEFAULT_ENDPOINT: &str = "http://localhost:5778/credits";

/// Allows as many forced spans as a server credits: the debug throttler of Jaeger's clients.
///
/// A span costs 1 of the credit of the operation that is its name. A server is asked for credit over HTTP, on a thread
/// of its own that nobody waits for, and what it gives is added to what is left. There is none at first: the first span
/// of an operation is refused, and from then on credit for it is asked for. What a server says is never a loss: while
/// it cannot be asked, or its answer cannot be used, the credit stays. [`Stats`](crate::Stats) counts both, and the log
/// is told now and then.
///
/// At most 512 operations with names of at most 512 bytes have credit; others are refused. The most credit of one is a
/// million.
///
/// No Jaeger server of today answers what it asks. Without a server that does, nothing can be forced.
///
/// It goes on until it is dropped, which a tracer does at its shutdown. The child process of a fork asks for itself, and
/// begins without credit.
///
/// ```no_run
/// # fn main() -> Result<(), fedtrace::InitError> {
/// use fedtrace::throttler::RemoteThrottler;
///
/// let throttler = RemoteThrottler::builder("example.org main")
///     .endpoint("http://throttling.internal:5778/credits")
///     .start()?;
/// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main").throttler(throttler).build()?;
/// # let _ = tracer;
/// # Ok(())
/// # }
/// ```
pub struct RemoteThrottler {
    builder: RemoteThrottlerBuilder,
    endpoint: Endpoint,
    account: Polling<Account>,
}

/// Settings of a [`RemoteThrottler`].
///
/// What it shows of itself (`Debug`) has no secrets in it.
#[derive(Clone)]
#[must_use = "nothing is asked before `start`"]
pub struct RemoteThrottlerBuilder {
    poll: PollSettings,
}

impl RemoteThrottler {
    /// A throttler for the service of this name.
    pub fn builder(service_name: impl Into<String>) -> RemoteThrottlerBuilder {
        RemoteThrottlerBuilder {
            poll: PollSettings::new(service_name.into(), DEFAULT_ENDPOINT, Duration::from_secs(5)),
        }
    }
}

impl RemoteThrottlerBuilder {
    /// The URL to ask at, without the service, the client and the operations; `http://localhost:5778/credits` by
    /// default.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.poll.endpoint = url.into();
        self
    }

    /// How long after a question the next one is asked, give or take a tenth; five seconds by default. Less than ten
    /// milliseconds is taken as that, and more than a day as a day.
    pub fn refresh_interval(mut self, interval: Duration) -> Self {
        self.poll.set_interval(interval);
        self
    }

    /// How long an answer may take, from looking up the host to the last byte; ten seconds by default. More than a day
    /// is taken as a day.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.poll.set_timeout(timeout);
        self
    }

    /// Begins to ask. That nobody answers is no error.
    ///
    /// Without the feature `enable` nothing is asked.
    ///
    /// # Errors
    ///
    /// [`InitError`] if the endpoint is no `http` URL (or `https`, with the feature `tls`), or the thread cannot be
    /// started.
    pub fn start(self) -> Result<RemoteThrottler, InitError> {
        let endpoint = self
            .poll
            .read_endpoint("the throttling endpoint", DEFAULT_ENDPOINT)?;
        let account = Arc::new(Account::new());
        let running = self.ask(&endpoint, &account).map_err(InitError::Worker)?;
        Ok(RemoteThrottler {
            builder: self,
            endpoint,
            account: Polling::new(account, running),
        })
    }

    /// Asks until what it gives back is gone.
    fn ask(&self, endpoint: &Endpoint, account: &Arc<Account>) -> io::Result<Sender<()>> {
        let mut poll = CreditPoll::new(
            endpoint.clone(),
            self.poll.service_name.clone(),
            Arc::clone(account),
        );
        let round = move |poller: &Poller| poll.round(poller);
        Poller::start("fedtrace-throttling", &self.poll, round)
    }
}

impl Throttler for RemoteThrottler {
    fn is_allowed(&self, operation: &str) -> bool {
        self.account.with(|account| account.spend(operation))
    }

    /// The first one counts.
    fn set_client_id(&self, client_id: &str) {
        let _ = self
            .account
            .with(|account| account.client_id.set(client_id.to_owned()));
    }

    fn stats(&self) -> ThrottlerStats {
        self.account.with(|account| ThrottlerStats {
            throttler_updates: account.updates.load(Ordering::Relaxed),
            failed_throttler_updates: account.failed_updates.load(Ordering::Relaxed),
        })
    }

    fn after_fork_in_child(&self) {
        let account = Arc::new(Account::new());
        let running = self.builder.ask(&self.endpoint, &account).ok();
        self.account.replace_in_child(account, running);
    }
}

impl fmt::Debug for RemoteThrottler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteThrottler")
            .field("operations", &self.account.with(Account::operations))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RemoteThrottlerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.poll
            .show(&mut f.debug_struct("RemoteThrottlerBuilder"))
            .finish()
    }
}
