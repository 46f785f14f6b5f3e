//! Counts of incoming requests by endpoint: their number, results and latencies.
//!
//! Any thread counts here, without atomics of this module. `ArcSwap` publishes the list of endpoints: a load
//! returns a complete list, and two threads that add an endpoint at once retry in `rcu`, so neither is lost.
//! A list without the newest endpoint only leads to `insert`, which looks again. The mutex of an endpoint
//! orders its counts.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::model::tag::{Tag, tags};
use crate::model::value::Value;
use crate::util::lock::lock;
use crate::util::text::truth;

/// The most endpoints; further requests are counted together as [`OTHER`]. Both are as in Jaeger's client for
/// Go.
const MAX_ENDPOINTS: usize = 200;
const OTHER: &str = "other";

/// The most bytes of a name; longer ones are cut.
const MAX_NAME: usize = 256;

/// The upper bounds of the buckets but the last, in seconds: the defaults of Prometheus' own clients.
pub(crate) const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The tags of a span that matter if it is an incoming request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Request {
    is_incoming: bool,
    is_failed: bool,
    status_code: u16,
}

impl Request {
    /// Whether a tag with this key matters.
    #[inline]
    pub(crate) fn reads(key: &str) -> bool {
        matches!(key, tags::SPAN_KIND | tags::HTTP_STATUS_CODE | tags::ERROR)
    }

    /// Reads these tags. `None` if none of them matters.
    pub(crate) fn of(tags: &[Tag]) -> Option<Self> {
        let mut request = Self::default();
        tags.iter()
            .for_each(|tag| request.read(&tag.key, &Value::from(&tag.value)));
        (request != Self::default()).then_some(request)
    }

    /// One that a server has received and not answered yet.
    #[cfg(feature = "tower")]
    pub(crate) const INCOMING: Self = Self {
        is_incoming: true,
        is_failed: false,
        status_code: 0,
    };

    /// Reads a tag, as Jaeger's client for Go does. A value that is not understood is ignored.
    pub(crate) fn read(&mut self, key: &str, value: &Value<'_>) {
        match key {
            tags::SPAN_KIND => match value.as_str() {
                Some(tags::SPAN_KIND_SERVER) => self.is_incoming = true,
                Some(tags::SPAN_KIND_CLIENT) => self.is_incoming = false,
                _ => {}
            },
            tags::HTTP_STATUS_CODE => {
                let code = match value {
                    Value::Long(code) => u16::try_from(*code).ok(),
                    value => value.as_str().and_then(|code| code.parse().ok()),
                };
                self.status_code = code.unwrap_or(self.status_code);
            }
            tags::ERROR => {
                let error = match value {
                    Value::Bool(error) => Some(*error),
                    value => value.as_str().and_then(truth),
                };
                self.is_failed = error.unwrap_or(self.is_failed);
            }
            _ => {}
        }
    }

    pub(crate) fn fail(&mut self) {
        self.is_failed = true;
    }

    pub(crate) fn is_incoming(self) -> bool {
        self.is_incoming
    }
}

/// The requests of one range of latencies.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bucket {
    pub(crate) requests: u64,
    pub(crate) time: Duration,
}

/// A histogram of latencies: a bucket for each of the [`BOUNDS`], and one for latencies above them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Latencies {
    pub(crate) buckets: [Bucket; BOUNDS.len() + 1],
}

impl Latencies {
    fn add(&mut self, latency: Duration) {
        let seconds = latency.as_secs_f64();
        let place = BOUNDS.iter().position(|bound| seconds <= *bound);
        if let Some(bucket) = self.buckets.get_mut(place.unwrap_or(BOUNDS.len())) {
            bucket.requests += 1;
            bucket.time = bucket.time.saturating_add(latency);
        }
    }
}

#[cfg(any(feature = "metrics", feature = "prometheus"))]
impl Latencies {
    pub(crate) fn requests(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.requests).sum()
    }
}

#[cfg(feature = "prometheus")]
impl Latencies {
    pub(crate) fn seconds(&self) -> f64 {
        self.buckets.iter().map(|bucket| bucket.time.as_secs_f64()).sum()
    }
}

#[cfg(any(feature = "metrics", feature = "prometheus"))]
impl Latencies {
    pub(crate) fn add_all(&mut self, more: &Self) {
        for (bucket, more) in self.buckets.iter_mut().zip(&more.buckets) {
            bucket.requests += more.requests;
            bucket.time = bucket.time.saturating_add(more.time);
        }
    }
}

/// The requests to one endpoint.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) succeeded: Latencies,
    pub(crate) failed: Latencies,
    /// The requests with a status code of 2xx, 3xx, 4xx and 5xx.
    pub(crate) by_status: [u64; 4],
}

#[derive(Debug)]
struct Endpoint {
    name: String,
    /// Held for some nanoseconds, to count or to read.
    counts: Mutex<Counts>,
}

impl Endpoint {
    fn add(&self, request: Request, latency: Duration) {
        let mut counts = lock(&self.counts);
        if request.is_failed {
            counts.failed.add(latency);
        } else {
            counts.succeeded.add(latency);
        }
        let class = usize::from(request.status_code / 100).checked_sub(2);
        if let Some(count) = class.and_then(|class| counts.by_status.get_mut(class)) {
            *count += 1;
        }
    }
}

/// The requests that a tracer has counted.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// Sorted by name. Read for each request, and rarely replaced.
    endpoints: ArcSwap<Vec<Arc<Endpoint>>>,
}

impl Requests {
    /// Counts a request, unless it has no name.
    pub(crate) fn count(&self, operation: &str, request: Request, latency: Duration) {
        if operation.is_empty() {
            return;
        }
        let name = endpoint_name(operation);
        let found = find(&self.endpoints.load(), &name).or_else(|| self.insert(&name));
        if let Some(endpoint) = found {
            endpoint.add(request, latency);
        }
    }

    #[cold]
    fn insert(&self, name: &str) -> Option<Arc<Endpoint>> {
        self.endpoints.rcu(|known| {
            let mut endpoints = known.as_ref().clone();
            let name = if endpoints.len() < MAX_ENDPOINTS {
                name
            } else {
                OTHER
            };
            if let Err(place) = position(&endpoints, name) {
                let endpoint = Endpoint {
                    name: name.to_owned(),
                    counts: Mutex::default(),
                };
                endpoints.insert(place, Arc::new(endpoint));
            }
            endpoints
        });
        let endpoints = self.endpoints.load();
        find(&endpoints, name).or_else(|| find(&endpoints, OTHER))
    }

    /// Resets the counts in a child process. The endpoints are replaced, because their locks may be held
    /// forever there.
    pub(crate) fn reset(&self) {
        self.endpoints.store(Arc::default());
    }

    /// The endpoints and their counts, sorted by name.
    #[cfg(any(feature = "metrics", feature = "prometheus"))]
    pub(crate) fn snapshot(&self) -> Vec<(String, Counts)> {
        let counts = |endpoint: &Arc<Endpoint>| {
            let counts = *lock(&endpoint.counts);
            (endpoint.name.clone(), counts)
        };
        self.endpoints.load().iter().map(counts).collect()
    }
}

fn position(endpoints: &[Arc<Endpoint>], name: &str) -> Result<usize, usize> {
    endpoints.binary_search_by(|endpoint| endpoint.name.as_str().cmp(name))
}

fn find(endpoints: &[Arc<Endpoint>], name: &str) -> Option<Arc<Endpoint>> {
    endpoints.get(position(endpoints, name).ok()?).cloned()
}

/// The name of an operation, with a `-` for each byte that Jaeger's client for Go replaces.
fn endpoint_name(operation: &str) -> Cow<'_, str> {
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/.".contains(&byte);
    if operation.len() <= MAX_NAME && operation.bytes().all(is_kept) {
        return Cow::Borrowed(operation);
    }
    let bytes = operation.bytes().take(MAX_NAME);
    bytes
        .map(|byte| if is_kept(byte) { char::from(byte) } else { '-' })
        .collect::<String>()
        .into()
}
