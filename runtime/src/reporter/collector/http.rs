//! The reporter that sends spans to a collector by HTTP.

use super::error::HttpReporterError;
use std::fmt;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue};

use super::client::{Collector, Failure, shown};
use super::endpoint::Endpoint;
use super::format::{Format, Rejection};
use super::retry::Retry;
use crate::model::finished_span::FinishedSpan;
use crate::model::process::{ClientStats, Process};
use crate::reporter::encoding::splitter::Splitter;
use crate::reporter::loss_warning::LossWarning;
use crate::reporter::report::{Report, Reporter};

/// What many proxies take as the body of a request.
const DEFAULT_MAX_BATCH_SIZE: usize = 1024 * 1024;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// The client adds it to the present.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
const DEFAULT_RETRY_FOR: Duration = Duration::from_secs(10);

/// Sends spans to a collector by HTTP: to Jaeger's in Thrift's binary protocol, for which they listen on port 14268
/// with the path `/api/traces`, or with the feature `otlp` by OpenTelemetry's protocol, see `HttpReporter::otlp`.
///
/// A batch whose connection fails, that is not answered in time or is answered with a server error (5xx) is sent
/// again, with growing pauses, for the time that [`retry_for`](Self::retry_for) says; a collector that stays away is
/// then tried once with each report. If the answer 503 says when to come back (`Retry-After`), it is left alone for so
/// long, up to five minutes; batches for which that is too late are given up. A batch that it refuses (4xx) is not sent
/// again, nor one that is answered with a redirect, which is not followed. What did not arrive is [`Report::failed`]. A batch whose answer was lost on the
/// way is sent again, and so may be stored twice.
///
/// Nothing is resolved or opened before there are spans. The name of the collector is looked up for each new
/// connection and, as long as one stays open, again every 30 seconds. Connections are made directly, whatever
/// `HTTP_PROXY` says.
///
/// Credentials are never shown or logged here. But the HTTP client below, `ureq`, logs the URL of each request at the
/// level "debug" and all bytes of it at the level "trace": keep `ureq` and `ureq_proto` above those levels.
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
    warning: LossWarning,
}

impl HttpReporter {
    /// A reporter for the collector with this URL. It is used as given, but for one that ends with the host, which
    /// gets the path of a collector.
    ///
    /// # Errors
    ///
    /// If it is not an HTTP URL, has a user or a password in it, or begins with `https` without the feature `tls`.
    pub fn new(endpoint: &str) -> Result<Self, HttpReporterError> {
        Self::with_format(endpoint, Format::Thrift)
    }

    /// A reporter by OTLP, OpenTelemetry's protocol, over HTTP in protobuf: for Jaeger from version 1.35 on, and for
    /// OpenTelemetry's collectors. They listen on port 4318 with the path `/v1/traces`, which a URL that ends with the
    /// host gets.
    ///
    /// Spans are written as Jaeger 2 does it with those that it gets in Thrift, so that they read the same there. A
    /// collector may take a request and refuse some of its spans; these are [`Report::failed`]. Requests that are
    /// answered with 429, 502, 503 or 504 are sent again, those with other errors are not, as the protocol says; 429 is
    /// also one that may say when to come back. OTLP has no place for the flag "debug", nor for [`ClientStats`].
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

    /// Compresses requests, as every OTLP collector has to understand it. It costs the worker's thread some time and
    /// saves most of the bytes on the way. [`max_batch_size`](Self::max_batch_size) counts what they were before.
    ///
    /// # Errors
    ///
    /// If this is not a reporter [by OTLP](Self::otlp).
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
            warning: LossWarning::default(),
        })
    }

    /// Says who we are with each request, in the place of what was said before.
    ///
    /// # Errors
    ///
    /// If the user has a colon in it, which ends it.
    pub fn basic_auth(mut self, user: &str, password: &str) -> Result<Self, HttpReporterError> {
        if user.contains(':') {
            return Err(HttpReporterError::Credentials);
        }
        let credentials = base64(format!("{user}:{password}").as_bytes());
        self.authorize(&format!("Basic {credentials}"))?;
        Ok(self)
    }

    /// Gives this token with each request, in the place of what was said before.
    ///
    /// # Errors
    ///
    /// If no header can carry it.
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

    /// Sends a header with each request, in the place of an earlier one of that name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.collector.headers().insert(name, value);
        self
    }

    /// Trusts servers whose certificates these ones (PEM) vouch for, instead of those that browsers trust.
    ///
    /// # Errors
    ///
    /// If there is no certificate in it.
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

    /// Sets how long a request may take from the lookup of the name to the end of the answer; 5 seconds by default.
    /// More than a day is taken as a day.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.collector.set_timeout(timeout.min(LONGEST_TIMEOUT));
        self
    }

    /// Sets for how long from the beginning of an outage batches are sent again; 10 seconds by default. Zero means
    /// that each is sent once.
    ///
    /// While it waits, further spans wait in the queue of the tracer.
    #[must_use]
    pub fn retry_for(mut self, duration: Duration) -> Self {
        self.retry = Retry::new(duration);
        self
    }

    /// Sets the most bytes that a batch may have, which is the body of a request; 1 MiB by default.
    ///
    /// A span that alone needs more is shortened, as [by UDP](super::UdpReporter::max_packet_size).
    #[must_use]
    pub fn max_batch_size(mut self, bytes: usize) -> Self {
        self.splitter.set_max_packet_size(bytes);
        self
    }
}

impl Reporter for HttpReporter {
    fn report(&mut self, process: &Process, spans: &[FinishedSpan]) -> Report {
        let (collector, retry) = (&mut self.collector, &mut self.retry);
        let mut report = Report::default();
        let mut last_reason = None;
        collector.begin(Instant::now());
        let split = self.splitter.split(process, spans, &mut |body, span_count| {
            let lost = match send(collector, retry, body) {
                Ok(None) => 0,
                Ok(Some(rejection)) => {
                    last_reason = Some(format!("it rejected spans: {}", shown(&rejection.reason)));
                    rejection.spans.min(span_count)
                }
                Err(failure) => {
                    last_reason = Some(failure.reason);
                    if failure.is_retryable {
                        return ControlFlow::Break(());
                    }
                    span_count
                }
            };
            report.sent += span_count - lost;
            report.failed += lost;
            ControlFlow::Continue(())
        });
        report.too_large = split.too_large;
        report.failed += (spans.len() - split.done.min(spans.len())) as u64;
        if let Some(reason) = last_reason {
            let collector = &self.collector;
            let receiver = format!("{} at {}", collector.format().receiver(), collector.endpoint());
            self.warning.lost(report.failed, &receiver, &reason);
        }
        report
    }

    fn set_client_stats(&mut self, stats: ClientStats) {
        self.splitter.set_client_stats(stats);
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
            warning: LossWarning::default(),
        }))
    }
}

fn send(collector: &mut Collector, retry: &mut Retry, body: &[u8]) -> Result<Option<Rejection>, Failure> {
    if retry.is_asked_for_quiet(Instant::now()) {
        return Err(Failure {
            reason: "it asked to be left alone for longer than spans can wait".to_owned(),
            is_retryable: true,
            retry_after: None,
        });
    }
    let body = collector.packed(body)?;
    loop {
        let began = Instant::now();
        let outcome = collector.send(&body);
        match outcome {
            Err(failure) if failure.is_retryable => {
                match retry.next_pause(began, Instant::now(), failure.retry_after) {
                    Some(pause) => std::thread::sleep(pause),
                    None => return Err(failure),
                }
            }
            _ => {
                retry.answered();
                return outcome;
            }
        }
    }
}

impl fmt::Debug for HttpReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpReporter")
            .field("endpoint", &format_args!("{}", self.collector.endpoint()))
            .finish_non_exhaustive()
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        for (place, byte) in group.iter_mut().skip(1).zip(chunk) {
            *place = *byte;
        }
        let group = u32::from_be_bytes(group);
        for digit in 0..4_usize {
            let index = (group >> (18 - 6 * digit)) & 63;
            let letter = DIGITS.get(index as usize).copied().unwrap_or(b'=');
            text.push(if digit <= chunk.len() { letter.into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

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
