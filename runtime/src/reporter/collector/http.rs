//! The reporter that sends spans to a collector over HTTP.

use super::error::HttpReporterError;
use std::fmt;
use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue};

use super::batch_size::BatchSize;
use super::client::Collector;
use super::endpoint::Endpoint;
use super::format::Format;
use super::retry::Retry;
use super::sending::Sending;
use crate::delivery::span_view::Spans;
use crate::model::process::{ClientStats, Process};
use crate::reporter::encoding::base64::Base64;
use crate::reporter::encoding::splitter::Splitter;
use crate::reporter::loss_warning::LossWarning;
use crate::reporter::report::{Report, Reporter};

/// Many proxies accept request bodies up to this size, in bytes.
const DEFAULT_MAX_BATCH_SIZE: usize = 1024 * 1024;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// The client adds the timeout to the current time, which must not overflow.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
const DEFAULT_RETRY_FOR: Duration = Duration::from_secs(10);

/// Sends spans to a collector over HTTP: in Thrift's binary protocol to a Jaeger collector (port 14268, path
/// `/api/traces`), or with the feature `otlp` in OpenTelemetry's protocol (see `HttpReporter::otlp`).
///
/// A batch is sent again, with growing pauses, if its connection fails, if it is not answered in time, or if
/// it is answered with a server error (5xx), 408 or 429. This lasts for the time set by
/// [`retry_for`](Self::retry_for); after that, an unavailable collector is tried once with each report, and the other batches of
/// that report are given up without waiting as long again. If the
/// answer 408, 429 or 503 has a `Retry-After`, the collector is left alone for that long, up to five minutes,
/// and batches that cannot wait are given up. A batch that is refused otherwise (4xx) is not sent again, and
/// neither is one that is answered with a redirect, which is not followed. Lost spans are [`Report::failed`].
/// If only the answer to a batch is lost, the batch is sent again, and so may be stored twice.
///
/// A batch that is too large for the collector (413) is halved until it is accepted, or has one span only. That
/// span is lost, and counted as [`Report::too_large`]. The accepted size is the limit of later batches.
///
/// Nothing is resolved or opened before the first spans. The name of the collector is looked up for each new
/// connection and, while a connection stays open, every 30 seconds. Connections are direct: `HTTP_PROXY` is
/// ignored.
///
/// fedtrace never shows or logs credentials. But `ureq`, the HTTP client that it uses, logs the URL of each
/// request at the level "debug" and all of its bytes at the level "trace", so keep `ureq` and `ureq_proto`
/// above those levels.
///
/// ```
/// use fedtrace::reporter::HttpReporter;
///
/// # fn main() -> Result<(), fedtrace::reporter::HttpReporterError> {
/// let reporter = HttpReporter::new("http://localhost:14268/api/traces")?.basic_auth("user", "password")?;
/// # drop(reporter);
/// # Ok(())
/// # }
/// ```
pub struct HttpReporter {
    collector: Collector,
    splitter: Box<dyn Splitter>,
    retry: Retry,
    size: BatchSize,
    warning: LossWarning,
}

impl HttpReporter {
    /// A reporter to the collector at this URL. A URL without a path gets the default path of collectors.
    ///
    /// # Errors
    ///
    /// If it is not an HTTP URL, contains a user or a password, or begins with `https` without the feature
    /// `tls`.
    pub fn new(endpoint: &str) -> Result<Self, HttpReporterError> {
        Self::with_format(endpoint, Format::Thrift)
    }

    /// A reporter in OTLP, OpenTelemetry's protocol, over HTTP in protobuf: for Jaeger since version 1.35 and
    /// for OpenTelemetry collectors. They listen on port 4318 with the path `/v1/traces`, which is the
    /// default path.
    ///
    /// Spans are mapped as Jaeger 2 maps the ones that it receives in Thrift, so they look the same in
    /// Jaeger. A collector may accept a request and reject some of its spans; these are [`Report::failed`].
    /// As the protocol demands, requests that are answered with 429, 502, 503 or 504 are sent again, and
    /// requests with other errors are not; 429 may have a `Retry-After` too. OTLP has no field for the flag
    /// "debug" or for [`ClientStats`].
    ///
    /// ```
    /// use fedtrace::reporter::HttpReporter;
    ///
    /// # fn main() -> Result<(), fedtrace::reporter::HttpReporterError> {
    /// let reporter = HttpReporter::otlp("http://localhost:4318")?;
    /// # drop(reporter);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    #[doc(alias = "OtlpReporter")]
    #[doc(alias = "OTLP exporter")]
    #[cfg(feature = "otlp")]
    pub fn otlp(endpoint: &str) -> Result<Self, HttpReporterError> {
        Self::with_format(endpoint, Format::Otlp)
    }

    /// Compresses requests, which every OTLP collector must support. It costs the worker thread some time and
    /// saves most of the traffic. [`max_batch_size`](Self::max_batch_size) limits the uncompressed size.
    ///
    /// # Errors
    ///
    /// If the reporter does not use [OTLP](Self::otlp).
    #[cfg(feature = "otlp")]
    pub fn gzip(mut self) -> Result<Self, HttpReporterError> {
        if self.collector.format() != Format::Otlp {
            return Err(HttpReporterError::Compression);
        }
        self.collector.set_gzip();
        Ok(self)
    }

    fn with_format(endpoint: &str, format: Format) -> Result<Self, HttpReporterError> {
        Ok(Self {
            collector: Collector::new(Endpoint::parse(endpoint, format)?, format, DEFAULT_TIMEOUT),
            splitter: format.splitter(DEFAULT_MAX_BATCH_SIZE),
            retry: Retry::new(DEFAULT_RETRY_FOR),
            size: BatchSize::default(),
            warning: LossWarning::default(),
        })
    }

    /// Authenticates each request with a user and a password. Replaces earlier credentials.
    ///
    /// # Errors
    ///
    /// If the user contains a colon, which separates it from the password.
    pub fn basic_auth(mut self, user: &str, password: &str) -> Result<Self, HttpReporterError> {
        if user.contains(':') {
            return Err(HttpReporterError::Credentials);
        }
        let credentials = format!("{user}:{password}");
        self.authorize(&format!("Basic {}", Base64(credentials.as_bytes())))?;
        Ok(self)
    }

    /// Authenticates each request with this token. Replaces earlier credentials.
    ///
    /// # Errors
    ///
    /// If a header cannot carry it.
    pub fn bearer_auth(mut self, token: &str) -> Result<Self, HttpReporterError> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(HttpReporterError::Credentials);
        }
        self.authorize(&format!("Bearer {token}"))?;
        Ok(self)
    }

    fn authorize(&mut self, value: &str) -> Result<(), HttpReporterError> {
        let value = HeaderValue::from_str(value).map_err(|_| HttpReporterError::Credentials)?;
        self.collector.authorize(value);
        Ok(())
    }

    /// Sends a header with each request. Replaces an earlier one of that name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.collector.headers().insert(name, value);
        self
    }

    /// Sets the root certificates, in PEM, that servers are verified with. The default is the set that
    /// browsers trust.
    ///
    /// # Errors
    ///
    /// If it contains no certificate.
    #[cfg(feature = "tls")]
    pub fn root_certificates(mut self, pem: &[u8]) -> Result<Self, HttpReporterError> {
        let mut certificates = Vec::new();
        for item in ureq::tls::parse_pem(pem) {
            match item {
                Ok(ureq::tls::PemItem::Certificate(certificate)) => certificates.push(certificate),
                Ok(_) => {}
                Err(_) => return Err(HttpReporterError::Certificates),
            }
        }
        if certificates.is_empty() {
            return Err(HttpReporterError::Certificates);
        }
        self.collector.set_roots(certificates.into());
        Ok(self)
    }

    /// Sets how long a request may take, from looking up the name to the end of the answer; 5 seconds by
    /// default, at most a day.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.collector.set_timeout(timeout.min(LONGEST_TIMEOUT));
        self
    }

    /// Sets for how long after the beginning of an outage batches are sent again; 10 seconds by default. Zero
    /// means that each batch is sent once.
    ///
    /// Meanwhile, further spans wait in the tracer's queue.
    #[must_use]
    pub fn retry_for(mut self, duration: Duration) -> Self {
        self.retry = Retry::new(duration);
        self
    }

    /// Sets the maximum size of a batch, which is the body of one request, in bytes; 1 MiB by default.
    ///
    /// Set it to what the collector accepts, if that is less: a span that is larger is shortened,
    /// as [for UDP](crate::reporter::UdpReporter::max_packet_size).
    #[must_use]
    pub fn max_batch_size(mut self, bytes: usize) -> Self {
        self.splitter.set_max_packet_size(bytes);
        self
    }
}

impl Reporter for HttpReporter {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        self.collector.begin(Instant::now());
        let mut sending = Sending::new(&mut self.collector, &mut self.retry, &mut self.size);
        let mut rest = spans;
        loop {
            self.splitter.set_batch_size(sending.limit());
            let split = self
                .splitter
                .split(process, rest, &mut |body, spans| sending.send(body, spans));
            sending.report.too_large += split.too_large;
            rest = rest.skip(split.done);
            if !sending.take_halved() {
                break;
            }
        }
        let Sending {
            mut report,
            refused,
            reason,
            ..
        } = sending;
        report.failed += rest.len() as u64;
        report.too_large += refused;
        let collector = &self.collector;
        // Refused spans are too large, of which the worker warns.
        if let Some(reason) = reason.filter(|_| report.failed > 0) {
            let receiver = format!("{} at {}", collector.format().receiver(), collector.endpoint());
            self.warning.lost(report.failed, &receiver, &reason);
        }
        report
    }

    fn set_client_stats(&mut self, stats: ClientStats) {
        self.splitter.set_client_stats(stats);
    }

    fn flush(&mut self) {
        self.retry.end_report();
    }

    fn at_interval(&mut self) {
        self.retry.end_report();
    }

    fn after_fork_in_child(&mut self) {
        self.collector.after_fork_in_child();
        self.splitter = self.splitter.fresh();
    }

    fn for_child(&self) -> Option<Box<dyn Reporter>> {
        Some(Box::new(Self {
            collector: self.collector.fresh(),
            splitter: self.splitter.fresh(),
            retry: self.retry.fresh(),
            size: self.size,
            warning: LossWarning::default(),
        }))
    }
}

impl fmt::Debug for HttpReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpReporter")
            .field("endpoint", &format_args!("{}", self.collector.endpoint()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let reporter = HttpReporter::new("http://c/api/traces?key=hunter2").unwrap();
        let reporter = reporter.basic_auth("user", "hunter2").unwrap();
        assert!(!format!("{reporter:?}").contains("hunter2"));
        let reporter = reporter.bearer_auth("hunter2").unwrap();
        assert!(!format!("{reporter:?}").contains("hunter2"));
    }

    #[test]
    fn credentials_that_no_header_carries_are_refused() {
        let reporter = || HttpReporter::new("http://c/").unwrap();
        for token in ["", "a b", "a\nb", "é"] {
            let error = reporter().bearer_auth(token).err();
            assert_eq!(error, Some(HttpReporterError::Credentials), "{token:?}");
        }
        assert!(reporter().basic_auth("a:b", "c").is_err());
        assert!(reporter().basic_auth("é", "a\nb:c").is_ok());
    }
}
