//! Building the tracer and its guard.

use std::time::Duration;

use super::service::service_name;
use crate::config::builder::TracerBuilder;
use crate::config::environment::variables::env_variable;
use crate::config::opentracing::OpentracingConfig;
use crate::model::error::config::ConfigError;
use crate::model::error::init::InitError;
use crate::model::tag::tags;
use crate::reporter::composite::CompositeReporter;
use crate::reporter::logging::LoggingReporter;
use crate::reporter::report::Reporter;
use crate::tracer::core::Tracer;
use crate::tracer::global::set_global_tracer;
use crate::trust::header_conflicts::HeaderRoles;
use crate::trust::whitelist::list::Whitelist;
use crate::worker::guard::TracerGuard;

/// The keys that name the headers.
const HEADER_KEYS: HeaderRoles = HeaderRoles {
    trace_context: "opentracing.jaeger_config.trace_id_header",
    debug_id: "opentracing.jaeger_config.debug_id_header",
    baggage_prefix: "opentracing.jaeger_config.baggage_header_prefix",
    trace_id: "opentracing.fedtrace.trace_id_header",
};

impl OpentracingConfig {
    /// A tracer of this configuration, for an instance (a process, in Synapse's words a worker) of a server.
    ///
    /// Jaeger lists the spans under `"{server_name} {instance}"`, where a number at the end of the instance
    /// and `_` or `-` before it are left out; the tag `instance_name` of the process has the whole name.
    ///
    /// Without `enabled` the tracer does nothing. Otherwise it runs until the guard is dropped, which sends
    /// the remaining spans.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// let config = fedtrace::OpentracingConfig::default();
    /// let (tracer, _guard) = config.build("example.org", "federation_reader-1")?;
    /// # let _ = tracer;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Names the key and the value that cannot be used. It is not an error if no agent is listening.
    pub fn build(&self, server_name: &str, instance: &str) -> Result<(Tracer, TracerGuard), InitError> {
        self.build_with(server_name, instance, |builder| builder)
    }

    /// Like [`build`](Self::build), with a closure that may change the builder, for example to set another
    /// reporter. The closure is not called if `enabled` is false.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// use fedtrace::reporter::MemoryReporter;
    ///
    /// let mut config = fedtrace::OpentracingConfig::default();
    /// config.enabled = true;
    /// let memory = MemoryReporter::new();
    /// let (tracer, _guard) =
    ///     config.build_with("example.org", "main", |builder| builder.reporter(memory.clone()))?;
    /// # let _ = tracer;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`build`](Self::build).
    pub fn build_with(
        &self,
        server_name: &str,
        instance: &str,
        customize: impl FnOnce(TracerBuilder) -> TracerBuilder,
    ) -> Result<(Tracer, TracerGuard), InitError> {
        if !self.enabled {
            return Ok((Tracer::noop(), TracerGuard::noop()));
        }
        customize(self.builder(server_name, instance)?).build()
    }

    /// The reporter that this configuration asks for: the collector if it names one, else the agent, and the log if
    /// `logging` is set.
    ///
    /// Use it with [`CompositeReporter`] to add further reporters.
    ///
    /// # Errors
    ///
    /// Names the key or the environment variable whose value cannot be used.
    pub fn reporter(&self) -> Result<Box<dyn Reporter>, InitError> {
        let transport = self.transport(env_variable)?;
        Ok(match self.filled(env_variable)?.jaeger_config.logging {
            Some(true) => Box::new(
                CompositeReporter::new()
                    .with(transport)
                    .with(LoggingReporter::new()),
            ),
            Some(false) | None => transport,
        })
    }

    fn builder(&self, server_name: &str, instance: &str) -> Result<TracerBuilder, InitError> {
        if let Some(error) = &self.deferred_error {
            return Err(error.clone().into());
        }
        let filled = self.filled(env_variable)?;
        let jaeger = &filled.jaeger_config;
        let service = match &jaeger.service_name {
            Some(name) => name.clone(),
            None => service_name(server_name, instance),
        };
        if service.trim().is_empty() {
            return Err(ConfigError::value(
                "opentracing.jaeger_config.service_name",
                format_args!("{service:?}"),
                "is not a name; write one, or give the name of the server",
            )
            .into());
        }
        let whitelist = match self.fedtrace.prefix_match {
            true => Whitelist::prefix_match(&self.homeserver_whitelist)?,
            false => Whitelist::new(&self.homeserver_whitelist)?,
        };
        let sampler = filled.sampler(&service)?;
        let throttler = filled.throttler(&service)?;
        let mut builder = Tracer::builder(service)
            .homeserver_whitelist(whitelist)
            .force_tracing_for_users(&self.force_tracing_for_users)
            .max_remote_sampled_traces_per_second(self.fedtrace.max_remote_sampled_traces_per_second)
            .trace_id_for_clients(self.fedtrace.trace_id_for_clients)
            .sampler(sampler)
            .reporter(self.reporter()?)
            .process_tag(tags::INSTANCE_NAME, instance.to_owned());
        if let Some(throttler) = throttler {
            builder = builder.throttler(throttler);
        }
        if let Some(name) = &self.fedtrace.trace_id_header {
            builder = builder.trace_id_header(name.clone());
        }
        for tag in &jaeger.tags {
            builder = builder.process_tag(tag.key.clone(), tag.value.clone());
        }
        if let Some(spans) = jaeger.reporter_queue_size {
            builder = builder.queue_size(spans);
        }
        if let Some(bytes) = self.fedtrace.reporter_queue_bytes {
            builder = builder.queue_bytes(bytes);
        }
        if let Some(records) = self.fedtrace.max_logs_per_span {
            builder = builder.max_logs_per_span(records);
        }
        if let Some(interval) = jaeger.reporter_flush_interval {
            let is_timed = !interval.is_zero();
            builder = builder.flush_interval(if is_timed { interval } else { Duration::MAX });
        }
        if let Some(spans) = jaeger.reporter_batch_size {
            builder = builder.batch_size(spans);
        }
        if let Some(is_published) = jaeger.metrics {
            builder = builder.publish_metrics(is_published);
        }
        if let Some(are_counted) = filled.fedtrace.rpc_metrics {
            builder = builder.rpc_metrics(are_counted);
        }
        if let Some(bytes) = jaeger.max_tag_value_length {
            builder = builder.max_tag_value_length(bytes);
        }
        if let Some(bytes) = jaeger.max_traceback_length {
            builder = builder.max_traceback_length(bytes);
        }
        if let Some(is_long) = jaeger.generate_128bit_trace_id {
            builder = builder.generate_128bit_trace_id(is_long);
        }
        if let Some(propagation) = &jaeger.propagation {
            builder = builder.propagation(propagation.iter().copied());
        }
        if let Some(name) = &jaeger.trace_id_header {
            builder = builder.trace_context_header(name.clone());
        }
        if let Some(prefix) = &jaeger.baggage_header_prefix {
            builder = builder.baggage_header_prefix(prefix.clone());
        }
        if let Some(name) = &jaeger.debug_id_header {
            builder = builder.debug_id_header(name.clone());
        }
        builder.check_header_names(&HEADER_KEYS)?;
        Ok(builder)
    }
}

/// Builds the tracer of a configuration and installs it for the whole process.
///
/// Keep the guard until the process ends: dropping it sends the remaining spans and stops the tracer. If
/// `config.enabled` is false nothing is installed, and the guard does nothing.
///
/// ```
/// # fn main() -> Result<(), fedtrace::InitError> {
/// let config = fedtrace::OpentracingConfig::default();
/// let _guard = fedtrace::init_tracer(&config, "example.org", "main")?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As for [`OpentracingConfig::build`], and if a global tracer was set before.
pub fn init_tracer(
    config: &OpentracingConfig,
    server_name: &str,
    instance: &str,
) -> Result<TracerGuard, InitError> {
    let (tracer, guard) = config.build(server_name, instance)?;
    if config.enabled {
        set_global_tracer(tracer)?;
    }
    Ok(guard)
}
