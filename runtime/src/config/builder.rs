//! The builder of tracers.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::HeaderName;

use crate::codec::propagation::Propagation;
use crate::model::error::config::ConfigError;
use crate::model::error::init::InitError;
use crate::model::tag::{Tag, TagValue};
use crate::reporter::agent::udp::UdpReporter;
use crate::reporter::report::Reporter;
use crate::sampling::keep::Keep;
use crate::sampling::sampler::decision::Sampler;
use crate::sampling::throttler::permission::Throttler;
use crate::tracer::activity::ENABLED;
use crate::tracer::core::Tracer;
use crate::tracer::levels::Levels;
use crate::tracer::redaction::RedactedArguments;
use crate::tracer::settings::Settings;
use crate::tracer::test_mode::TestMode;
use crate::trust::budget::MaxRemoteSampledTraces;
use crate::trust::header_conflicts::HeaderSettings;
use crate::trust::whitelist::list::Whitelist;
use crate::worker::guard::TracerGuard;

/// With a shorter interval, the worker would only search for spans.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);
const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// The methods that name the headers.
const HEADER_METHODS: HeaderSettings = HeaderSettings {
    trace_context: "TracerBuilder::trace_context_header",
    debug_id: "TracerBuilder::debug_id_header",
    baggage_prefix: "TracerBuilder::baggage_header_prefix",
    trace_id: "TracerBuilder::trace_id_header",
};

/// Settings of a [`Tracer`].
#[must_use = "nothing happens before `build`"]
pub struct TracerBuilder {
    process_tags: Vec<Tag>,
    reporter: Option<Box<dyn Reporter>>,
    flush_interval: Duration,
    settings: Settings,
}

impl Tracer {
    /// A tracer for the service of this name, by default with a sampler that records everything and a reporter
    /// that sends to a Jaeger agent on this machine.
    pub fn builder(service_name: impl Into<String>) -> TracerBuilder {
        TracerBuilder {
            process_tags: Vec::new(),
            reporter: None,
            flush_interval: Duration::from_secs(1),
            settings: Settings {
                service_name: service_name.into(),
                ..Settings::default()
            },
        }
    }

    /// A tracer that starts no spans.
    pub fn noop() -> Self {
        Self::new(Settings::default())
    }
}

impl TracerBuilder {
    /// Decides which traces are recorded; all of them by default.
    pub fn sampler(mut self, sampler: impl Sampler + 'static) -> Self {
        self.settings.sampler = Box::new(sampler);
        self
    }

    /// Keeps traces that were slow or failed, whatever the sampler decides. Off by default; see [`Keep`] for what it costs.
    pub fn keep(mut self, keep: Keep) -> Self {
        self.settings.keep = Some(keep);
        self
    }

    /// Decides which spans may be forced whatever the sampler decides; all of them by default.
    pub fn throttler(mut self, throttler: impl Throttler + 'static) -> Self {
        self.settings.throttler = Some(Box::new(throttler));
        self
    }

    /// Where finished spans go; to a Jaeger agent at `localhost:6831` by default.
    pub fn reporter(mut self, reporter: impl Reporter + 'static) -> Self {
        self.reporter = Some(Box::new(reporter));
        self
    }

    /// Which homeservers may see our traces, and whose traces we continue; none by default.
    pub fn homeserver_whitelist(mut self, whitelist: Whitelist) -> Self {
        self.settings.propagation.whitelist = whitelist;
        self
    }

    /// The ids of the users whose requests are recorded whatever the sampler decides. Replaces an earlier
    /// list; see [`force_tracing_for_user`](crate::force_tracing_for_user).
    pub fn force_tracing_for_users<S: AsRef<str>>(mut self, user_ids: impl IntoIterator<Item = S>) -> Self {
        let user_ids = user_ids.into_iter();
        self.settings.force_tracing_for_users = user_ids.map(|id| id.as_ref().to_owned()).collect();
        self
    }

    /// How many contexts with the flag "sampled" are honoured from homeservers on the whitelist, in requests
    /// and in EDUs; by default 10 per second from each and 100 from all of them.
    ///
    /// Beyond that our own sampler decides, so that a server that samples more than we do cannot raise our
    /// costs. It decides on a fresh random number for each context, because the sender chose the trace id and
    /// may see the decision. It uses the operation `incoming-federation-request` if the span's operation is
    /// not known yet. Trace and span ids are kept. Contexts over the budget are counted in
    /// [`Stats`](crate::Stats) and, by origin, in [`Tracer::over_budget_origins`].
    ///
    /// Unused budget of at most one second is saved. With a rate of zero our own sampler always decides;
    /// `f64::INFINITY` means no limit. At most 1,024 homeservers have a separate budget, and the rest share
    /// one.
    ///
    /// ```
    /// use fedtrace::Tracer;
    /// use fedtrace::propagation::MaxRemoteSampledTraces;
    ///
    /// let builder = Tracer::builder("example.com").max_remote_sampled_traces_per_second(MaxRemoteSampledTraces {
    ///     per_origin: 2.5,
    ///     total: f64::INFINITY,
    /// });
    /// # drop(builder);
    /// ```
    pub fn max_remote_sampled_traces_per_second(mut self, limits: MaxRemoteSampledTraces) -> Self {
        self.settings.max_remote_sampled = limits;
        self
    }

    /// The formats of span contexts in headers and text maps; [`Propagation::Jaeger`] by default. A context
    /// is written in all of these formats, and read from the first one that is readable. With none, contexts
    /// are neither sent nor accepted.
    ///
    /// The formats do not affect which parties may see a context. Stored text and EDUs always use Jaeger's
    /// format, like Synapse.
    ///
    /// ```
    /// use fedtrace::Tracer;
    /// use fedtrace::propagation::Propagation;
    ///
    /// let builder = Tracer::builder("example.com").propagation([Propagation::Jaeger, Propagation::W3c]);
    /// # drop(builder);
    /// ```
    pub fn propagation(mut self, propagation: impl IntoIterator<Item = Propagation>) -> Self {
        self.settings.propagation.propagation = propagation.into_iter().collect();
        self
    }

    /// The header of the span context for [`Propagation::Jaeger`], in headers and text maps; `uber-trace-id`
    /// by default.
    pub fn trace_context_header(mut self, name: HeaderName) -> Self {
        self.settings.propagation.names.trace_context = name.to_string().into();
        self
    }

    /// The prefix of the headers of baggage items, in headers and text maps; `uberctx-` by default.
    pub fn baggage_header_prefix(mut self, prefix: HeaderName) -> Self {
        self.settings.propagation.names.baggage_prefix = prefix.to_string().into();
        self
    }

    /// The header of a debug id, in headers and text maps; `jaeger-debug-id` by default.
    pub fn debug_id_header(mut self, name: HeaderName) -> Self {
        self.settings.propagation.names.debug_id = name.to_string().into();
        self
    }

    /// The response header in which [`inject_response_headers`](crate::inject_response_headers) returns the
    /// trace id; `Synapse-Trace-Id` by default.
    pub fn trace_id_header(mut self, name: HeaderName) -> Self {
        self.settings.propagation.trace_id_header = name.to_string().into();
        self
    }

    /// Whether clients get that response header too; they do not by default.
    pub fn trace_id_for_clients(mut self, tell: bool) -> Self {
        self.settings.propagation.client_trace_id = tell;
        self
    }

    /// What only the tracer of a test has.
    pub(crate) fn test_mode(mut self, test_mode: TestMode) -> Self {
        self.settings.test_mode = Some(test_mode);
        self
    }

    /// A tag that all spans have in common. `jaeger.version`, `client-uuid`, `hostname` and `ip` are there by
    /// default. A tag set again replaces the earlier one.
    pub fn process_tag(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<TagValue>) -> Self {
        self.process_tags.push(Tag::new(key, value));
        self
    }

    /// How long a finished span may wait before it is reported; a second by default. Less than a millisecond is
    /// taken as that, and more than a day as a day.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.flush_interval = interval.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
        self
    }

    /// The most finished spans that may wait; 65,536 by default. When it is full, new ones are lost and
    /// counted.
    pub fn queue_size(mut self, spans: usize) -> Self {
        self.settings.queue_size = spans;
        self
    }

    /// The most spans that a reporter gets at a time, and so the most in one packet or request. When that
    /// many spans wait, they are reported without waiting for the flush interval. By default packets are as
    /// full as possible; zero is taken as one.
    pub fn batch_size(mut self, spans: usize) -> Self {
        self.settings.limits.batch_size = spans.max(1);
        self
    }

    /// Whether the counters are given to the recorder of the crate `metrics`, if the feature `metrics` is on;
    /// they are by default. `docs/metrics.md` lists them.
    pub fn publish_metrics(mut self, is_published: bool) -> Self {
        self.settings.publish_metrics = is_published;
        self
    }

    /// Whether there are metrics of incoming requests, as with `JAEGER_RPC_METRICS` of Jaeger's client for
    /// Go; by default there are none. They need the feature `metrics` or `prometheus`; without both, nothing
    /// is counted.
    ///
    /// A request is a finished span whose tag [`span.kind`](crate::tags::SPAN_KIND) is `server`, whether it
    /// is recorded or not, and under the name that it had last. A tag counts if the builder of the span or
    /// [`set_tag`](crate::set_tag) set it; what the attribute [`tag_args`](macro@crate::tag_args) adds is
    /// seen on recorded spans only.
    ///
    /// | metric | labels | what is counted |
    /// |---|---|---|
    /// | `jaeger_rpc_requests_total` | `endpoint`, `error` | requests; `error` is `true` for a span with that tag, also after an `Err` or a panic |
    /// | `jaeger_rpc_request_latency` | `endpoint`, `error` | a histogram of how long they took, in seconds |
    /// | `jaeger_rpc_http_requests_total` | `endpoint`, `status_code` | requests with a tag [`http.status_code`](crate::tags::HTTP_STATUS_CODE), by its class: `2xx` to `5xx` |
    ///
    /// The endpoint is the name of the span with a `-` for each byte that is not one of `a-zA-Z0-9-_/.`, cut
    /// after 256. At most 200 are counted separately, and all others together as `other`.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// use fedtrace::sampler::ProbabilisticSampler;
    /// use fedtrace::{Tracer, build_span, tags, with_tracer};
    ///
    /// let (tracer, _guard) = Tracer::builder("example.org")
    ///     .sampler(ProbabilisticSampler::new(0.001))
    ///     .rpc_metrics(true)
    ///     .build()?;
    /// with_tracer(&tracer, || {
    ///     let scope = build_span("/sync").tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER).start_active();
    ///     scope.span().set_tag(tags::HTTP_STATUS_CODE, 200);
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn rpc_metrics(mut self, are_counted: bool) -> Self {
        self.settings.rpc_metrics = are_counted;
        self
    }

    /// About how much memory spans may take, in bytes; 64 MiB by default. Finished spans count while they wait and while
    /// they are reported, and open ones by their tags and logs, once these take more than 1 KiB.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.settings.queue_bytes = bytes;
        self
    }

    /// The most bytes of a text in a tag or a log field, but for a stack trace; 1024 by default. Longer ones
    /// are cut.
    pub fn max_tag_value_length(mut self, bytes: usize) -> Self {
        self.settings.limits.max_tag_value_length = bytes;
        self
    }

    /// The most bytes of a stack trace, that is of a log field with the name [`stack`](crate::tags::STACK); 4096 by
    /// default. A longer one is cut at its end, where the callers are.
    ///
    /// fedtrace records no stack trace itself: an `Err` has none, and capturing one takes longer than most functions.
    ///
    /// ```
    /// use std::backtrace::Backtrace;
    ///
    /// use fedtrace::{Tag, log_kv, tags};
    ///
    /// # fn answer(request: &str) {
    /// let stack = Backtrace::force_capture().to_string();
    /// log_kv([Tag::new("event", "no such room"), Tag::new(tags::STACK, stack)]);
    /// # }
    /// ```
    pub fn max_traceback_length(mut self, bytes: usize) -> Self {
        self.settings.limits.max_traceback_length = bytes;
        self
    }

    /// The most tags of a span, and fields of a log record; 128 by default, and zero is no limit. Further ones are left
    /// out and counted ([`dropped_tags`](crate::Stats::dropped_tags)). A key that is set again keeps its last value,
    /// also then. The tags that mark a failure have a place in any case.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// let (_tracer, _guard) = fedtrace::Tracer::builder("example.org").max_tags_per_span(32).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_tags_per_span(mut self, tags: usize) -> Self {
        self.settings.limits.max_tags_per_span = tags;
        self
    }

    /// The most log records of a span; 1024 by default, and zero is no limit. When there are more, the first
    /// half of them and the newest ones are kept, and one record between them counts the others
    /// (`dropped_log_count`).
    pub fn max_logs_per_span(mut self, records: usize) -> Self {
        self.settings.limits.max_logs_per_span = records;
        self
    }

    /// How long a span may be open before it is reported as far as it is; ten minutes by default, and zero is never.
    ///
    /// Jaeger shows a span when it has ended. One around a loop that does not end never arrives, and those below it are shown
    /// without a parent. So a span that is open for this long is reported with its duration so far and the tag
    /// [`unfinished`](crate::tags::UNFINISHED), again whenever it is twice as old, and at last as it ended. Jaeger keeps all
    /// of these reports, as spans with one id. They are logged as a warning and counted
    /// ([`Stats::unfinished_reports`](crate::Stats::unfinished_reports)).
    ///
    /// A span is noticed when its future is polled, its [`DetachedSpan`](crate::DetachedSpan) is left, its context is read
    /// through a handle, or its thread has finished 256 spans below it. A span with which nothing happens is not.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = fedtrace::Tracer::builder("example.com").long_open_after(Duration::from_secs(60));
    /// # drop(builder);
    /// ```
    pub fn long_open_after(mut self, time: Duration) -> Self {
        self.settings.limits.long_open_after = time;
        self
    }

    /// Names of arguments whose tags (`ARG.name`) are `<redacted>`, in addition to those that
    /// [`#[tag_args]`](crate::tag_args) knows; none by default. The values are not formatted.
    ///
    /// Names are compared by their words: `email` is also for `userEmail` and `old_emails`, but not for `emailed`. They
    /// count even if the attribute says `reveal`.
    ///
    /// ```
    /// let builder = fedtrace::Tracer::builder("example.com").redacted_arguments(["email", "phone_number"]);
    /// # drop(builder);
    /// ```
    pub fn redacted_arguments<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.settings.redacted_arguments = RedactedArguments::new(names);
        self
    }

    /// The minimum level of spans with a level, by target; by default, spans of all levels start.
    ///
    /// ```
    /// let levels = "info,homeserver::db=debug".parse().expect("levels");
    /// let builder = fedtrace::Tracer::builder("example.com").levels(levels);
    /// # drop(builder);
    /// ```
    pub fn levels(mut self, levels: Levels) -> Self {
        self.settings.levels = Some(levels);
        self
    }

    /// Whether an `Err` of a traced function marks its span as failed; by default it does.
    ///
    /// With `false`, only those do of which something says so: `#[trace(err)]`, a closure as in
    /// `#[trace(err = |error| …)]`, or [`Failure`](crate::Failure) for the type of the error.
    ///
    /// ```
    /// let builder = fedtrace::Tracer::builder("example.com").errors_are_failures(false);
    /// # drop(builder);
    /// ```
    pub fn errors_are_failures(mut self, are_failures: bool) -> Self {
        self.settings.errors_are_failures = are_failures;
        self
    }

    /// Whether new traces have ids of 128 bits, as the W3C's Trace Context wants them; by default they have
    /// 64, as with Jaeger's clients. Ids of remote traces are kept in any case.
    pub fn generate_128bit_trace_id(mut self, is_128bit: bool) -> Self {
        self.settings.limits.generate_128bit_trace_id = is_128bit;
        self
    }

    /// Calls a method if there is a value for it.
    pub(crate) fn set_if<T>(self, value: Option<T>, method: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => method(self, value),
            None => self,
        }
    }

    pub(crate) fn check_header_names(&self, settings: &HeaderSettings) -> Result<(), ConfigError> {
        settings.check(&self.settings.propagation)
    }

    pub(crate) fn places_in_queue(&self) -> usize {
        self.settings.queue_size
    }

    pub(crate) fn spans_of_batch(&self) -> usize {
        self.settings.limits.batch_size
    }

    /// Starts the tracer. Spans are reported as long as the guard lives.
    ///
    /// Without the feature `enable` nothing is started: the tracer only has its whitelist and the names of
    /// the headers to remove.
    ///
    /// # Errors
    ///
    /// [`InitError`] if one header has two purposes, or if the worker thread cannot be started.
    pub fn build(self) -> Result<(Tracer, TracerGuard), InitError> {
        self.check_header_names(&HEADER_METHODS)?;
        if !ENABLED {
            return Ok((Tracer::new(self.settings), TracerGuard::noop()));
        }
        let reporter = self
            .reporter
            .unwrap_or_else(|| Box::new(UdpReporter::new("localhost", 6831)));
        let tracer = Tracer::new(self.settings);
        let guard = TracerGuard::start(tracer.clone(), self.process_tags, reporter, self.flush_interval)?;
        Ok((tracer, guard))
    }
}

impl fmt::Debug for TracerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerBuilder")
            .field("service_name", &self.settings.service_name)
            .finish_non_exhaustive()
    }
}
