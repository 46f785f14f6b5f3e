//! Requests to a collector that may move, stop and return.

use std::borrow::Cow;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant, SystemTime};

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use ureq::Agent;

use super::endpoint::Endpoint;
use super::format::{Format, Rejection};
use super::retry_after::retry_after;
use crate::util::escape::EscapedText;

const RESOLVE_INTERVAL: Duration = Duration::from_secs(30);
/// The most bytes of an answer that are read.
const LONGEST_ANSWER: u64 = 65_536;
/// The most bytes of an answer that are logged.
const LONGEST_REASON: usize = 200;

/// Why a batch did not arrive.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) reason: String,
    /// Whether sending it again may succeed.
    pub(crate) is_retryable: bool,
    /// Whether its spans may arrive in smaller batches.
    pub(crate) is_too_large: bool,
    /// How long the collector asks us to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl Failure {
    /// That of a batch that was not sent, and may be later.
    pub(crate) fn without_an_attempt(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            is_retryable: true,
            is_too_large: false,
            retry_after: None,
        }
    }
}

type Resolver = Box<dyn FnMut() -> io::Result<Vec<SocketAddr>> + Send>;

pub(crate) struct Collector {
    endpoint: Endpoint,
    format: Format,
    headers: HeaderMap,
    timeout: Duration,
    #[cfg(feature = "otlp")]
    gzip: bool,
    #[cfg(feature = "tls")]
    roots: Option<ureq::tls::RootCerts>,
    resolver: Resolver,
    addresses: Vec<SocketAddr>,
    /// Keeps connections open.
    agent: Option<Agent>,
    /// The time of the last lookup of the name, here or by a new agent.
    resolved_at: Instant,
}

impl Collector {
    pub(crate) fn new(endpoint: Endpoint, format: Format, timeout: Duration) -> Self {
        let (host, port) = endpoint.host_and_port();
        let host = host.to_owned();
        Self {
            endpoint,
            format,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, format.content_type())]),
            timeout,
            #[cfg(feature = "otlp")]
            gzip: false,
            #[cfg(feature = "tls")]
            roots: None,
            resolver: Box::new(move || Ok((host.as_str(), port).to_socket_addrs()?.collect())),
            addresses: Vec::new(),
            agent: None,
            resolved_at: Instant::now(),
        }
    }

    /// A client with the same settings and no connections.
    pub(crate) fn fresh(&self) -> Self {
        Self {
            headers: self.headers.clone(),
            #[cfg(feature = "otlp")]
            gzip: self.gzip,
            #[cfg(feature = "tls")]
            roots: self.roots.clone(),
            ..Self::new(self.endpoint.clone(), self.format, self.timeout)
        }
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn headers(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    pub(crate) fn authorize(&mut self, mut value: HeaderValue) {
        value.set_sensitive(true);
        self.headers.insert(AUTHORIZATION, value);
    }

    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    #[cfg(feature = "tls")]
    pub(crate) fn set_roots(&mut self, roots: ureq::tls::RootCerts) {
        self.roots = Some(roots);
    }

    #[cfg(feature = "otlp")]
    pub(crate) fn set_gzip(&mut self) {
        self.gzip = true;
        let gzip = HeaderValue::from_static("gzip");
        self.headers.insert(http::header::CONTENT_ENCODING, gzip);
    }

    /// Begins a report. If it is time to look the name up and it resolves to other addresses, open
    /// connections are closed.
    pub(crate) fn begin(&mut self, now: Instant) {
        if self.agent.is_none() || now.saturating_duration_since(self.resolved_at) < RESOLVE_INTERVAL {
            return;
        }
        self.resolved_at = now;
        // A failed lookup is not a reason to leave a collector that still answers.
        if let Ok(mut addresses) = (self.resolver)() {
            addresses.sort_unstable();
            if !addresses.is_empty() && addresses != self.addresses {
                self.addresses = addresses;
                self.agent = None;
            }
        }
    }

    /// Leaves open connections to the parent process, which still uses them. They are not closed either: the child may
    /// have closed their numbers, and opened something else under them.
    pub(crate) fn after_fork_in_child(&mut self) {
        std::mem::forget(self.agent.take());
    }

    /// The body to send for a batch.
    pub(crate) fn packed<'a>(&self, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Failure> {
        #[cfg(feature = "otlp")]
        if self.gzip {
            let compressed = super::gzip::compress(body);
            return compressed.map(Cow::Owned).map_err(|error| Failure {
                reason: error.to_string(),
                is_retryable: false,
                is_too_large: false,
                retry_after: None,
            });
        }
        Ok(Cow::Borrowed(body))
    }

    /// Sends a batch and waits for the answer, which may reject some of its spans.
    pub(crate) fn send(&mut self, body: &[u8]) -> Result<Option<Rejection>, Failure> {
        let mut request = self.agent().post(self.endpoint.uri());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match request.send(body) {
            Ok(response) => judge(response, self.format),
            Err(error) => {
                self.agent = None;
                Err(Failure {
                    is_retryable: is_retryable(&error),
                    is_too_large: false,
                    reason: error.to_string(),
                    retry_after: None,
                })
            }
        }
    }

    fn agent(&mut self) -> Agent {
        if let Some(agent) = &self.agent {
            return agent.clone();
        }
        let config = Agent::config_builder()
            .timeout_global(Some(self.timeout))
            .http_status_as_error(false)
            // The spans and the credentials go only to the configured server.
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("fedtrace/", env!("CARGO_PKG_VERSION")));
        #[cfg(feature = "tls")]
        let config = match &self.roots {
            Some(roots) => {
                config.tls_config(ureq::tls::TlsConfig::builder().root_certs(roots.clone()).build())
            }
            None => config,
        };
        self.resolved_at = Instant::now();
        self.agent.insert(config.build().new_agent()).clone()
    }
}

fn judge(mut response: http::Response<ureq::Body>, format: Format) -> Result<Option<Rejection>, Failure> {
    let status = response.status();
    let retry_after = retry_after(response.headers(), SystemTime::now());
    // A connection can be reused only after its answer was read.
    let answer = response
        .body_mut()
        .with_config()
        .limit(LONGEST_ANSWER)
        .read_to_vec()
        .unwrap_or_default();
    if status.is_success() {
        return Ok(format.rejection(&answer));
    }
    let mut reason = format!("it answered {status}");
    let text = shown(&String::from_utf8_lossy(&answer));
    if !text.is_empty() {
        reason = format!("{reason}: {text}");
    }
    Err(Failure {
        reason,
        is_retryable: format.is_retryable(status),
        is_too_large: status == StatusCode::PAYLOAD_TOO_LARGE,
        retry_after: retry_after.filter(|_| format.may_ask_to_wait(status)),
    })
}

/// The part of a text from the collector that is logged.
pub(crate) fn shown(text: &str) -> String {
    let text = text.trim();
    let end = crate::util::text::floor_char_boundary(text, LONGEST_REASON);
    EscapedText(text.get(..end).unwrap_or_default()).to_string()
}

/// Whether the network may be the cause. Otherwise the server is not a collector.
fn is_retryable(error: &ureq::Error) -> bool {
    matches!(
        error,
        ureq::Error::Io(_)
            | ureq::Error::Timeout(_)
            | ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
    )
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn open_connections_are_given_up_after_30_seconds_only_if_the_name_leads_elsewhere() {
        let address = |host| SocketAddr::from(([192, 0, 2, host], 14268));
        let names = Arc::new(Mutex::new(Some(vec![address(1), address(2)])));
        let endpoint = Endpoint::parse("http://collector/", Format::Thrift).unwrap();
        let mut collector = Collector::new(endpoint, Format::Thrift, Duration::ZERO);
        let lookup = names.clone();
        collector.resolver = Box::new(move || {
            let names = lookup.lock().unwrap().clone();
            names.ok_or_else(|| io::Error::other("no such name"))
        });
        collector.addresses = vec![address(1), address(2)];
        let mut now = Instant::now();
        let mut stays = |names_now: Option<Vec<SocketAddr>>, seconds| {
            *names.lock().unwrap() = names_now;
            collector.agent();
            now = collector.resolved_at + Duration::from_secs(seconds);
            collector.begin(now);
            collector.agent.is_some()
        };
        assert!(stays(Some(vec![address(2), address(1)]), 30));
        assert!(stays(None, 30));
        assert!(stays(Some(vec![]), 30));
        assert!(stays(Some(vec![address(3)]), 29));
        assert!(!stays(Some(vec![address(3)]), 30));
        assert!(stays(Some(vec![address(3)]), 30));
    }
}
