//! Building the tracer and its guard.

use std::time::Duration;

use crate::config::builder::TracerBuilder;
use crate::config::environment::variables::env_variable;
use crate::config::opentracing::OpentracingConfig;
use crate::config::service::Service;
use crate::model::error::config::ConfigError;
use crate::model::error::init::InitError;
use crate::model::error::whitelist::WhitelistError;
use crate::model::tag::tags;
use crate::tracer::core::{ARE_METRICS_READ, Tracer};
use crate::tracer::global::set_global_tracer;
use crate::trust::header_conflicts::HeaderSettings;
use crate::trust::whitelist::list::Whitelist;
use crate::util::diagnostics;
use crate::worker::guard::TracerGuard;

/// The keys that name the headers.
const HEADER_KEYS: HeaderSettings = HeaderSettings {
    trace_context: "opentracing.jaeger_config.trace_id_header",
    debug_id: "opentracing.jaeger_config.debug_id_header",
    baggage_prefix: "opentracing.jaeger_config.baggage_header_prefix",
    trace_id: "opentracing.fedtrace.trace_id_header",
};

impl OpentracingConfig {
    /// A tracer of this configuration, for a process of a server.
    ///
    /// A [`Service`] names the process; a text is the name of a server with one process.
    ///
    /// Without `enabled` the tracer does nothing. Otherwise it runs until the guard is dropped, which sends
    /// the remaining spans.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// let config = fedtrace::OpentracingConfig::default();
    /// let (tracer, _guard) = config.build("example.org")?;
    /// # let _ = tracer;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Names the key and the value that cannot be used. It is not an error if no agent is listening.
    pub fn build(&self, service: impl Into<Service>) -> Result<(Tracer, TracerGuard), InitError> {
        self.build_with(service, |builder| builder)
    }

    /// Like [`build`](Self::build), but passes the configured builder to a closure first, for example to replace its
    /// reporter. The closure is not called if `enabled` is false.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// use fedtrace::reporter::MemoryReporter;
    ///
    /// let mut config = fedtrace::OpentracingConfig::default();
    /// config.enabled = true;
    /// let memory = MemoryReporter::new();
    /// let (tracer, _guard) = config.build_with("example.org", |builder| builder.reporter(memory.clone()))?;
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
        service: impl Into<Service>,
        customize: impl FnOnce(TracerBuilder) -> TracerBuilder,
    ) -> Result<(Tracer, TracerGuard), InitError> {
        if !self.enabled {
            return Ok((Tracer::noop(), TracerGuard::noop()));
        }
        if cfg!(not(feature = "enable")) {
            diagnostics::warn(format_args!(
                "nothing is traced although `opentracing.enabled` is true: the program is built without the feature \
                 `enable` of fedtrace"
            ));
        }
        let builder = customize(self.builder(&service.into())?);
        self.check_batch_size(&builder)?;
        builder.build()
    }

    fn builder(&self, service: &Service) -> Result<TracerBuilder, InitError> {
        if let Some(error) = &self.deferred_error {
            return Err(error.clone().into());
        }
        self.filled(env_variable)?.filled_builder(service)
    }

    /// The same for a configuration that variables have filled already.
    fn filled_builder(&self, service: &Service) -> Result<TracerBuilder, InitError> {
        if let Some(problem) = self.problem_of_rpc_metrics() {
            diagnostics::warn(format_args!("{problem}"));
        }
        let name = self.service_name(service)?;
        let builder = Tracer::builder(name.clone())
            .homeserver_whitelist(self.whitelist()?)
            .sampler(self.sampler(&name)?)
            .set_if(self.throttler(&name)?, TracerBuilder::throttler)
            .set_if(self.fedtrace.keep.clone(), TracerBuilder::keep)
            .reporter(self.filled_reporter(env_variable)?)
            .process_tag(tags::INSTANCE_NAME, service.instance_name().to_owned());
        let tags = self.jaeger_config.tags.iter();
        let builder = tags.fold(builder, |builder, tag| {
            builder.process_tag(tag.key.clone(), tag.value.clone())
        });
        let builder = self.with_limits(self.with_delivery(self.with_propagation(builder)));
        builder.check_header_names(&HEADER_KEYS)?;
        Ok(builder)
    }

    /// Not an error, because the variable may be meant for other programs, too.
    fn problem_of_rpc_metrics(&self) -> Option<&'static str> {
        (self.fedtrace.rpc_metrics == Some(true) && !ARE_METRICS_READ).then_some(
            "no incoming requests are counted although `opentracing.fedtrace.rpc_metrics` or JAEGER_RPC_METRICS is true: \
             the program is built without the features `metrics` and `prometheus` of fedtrace",
        )
    }

    /// At last, because the size of the queue may be that of a variable, of the program or the default.
    fn check_batch_size(&self, builder: &TracerBuilder) -> Result<(), ConfigError> {
        let (batch, places) = (builder.spans_of_batch(), builder.places_in_queue());
        match self.jaeger_config.reporter_batch_size {
            Some(spans) if spans == batch && spans > places => Err(ConfigError::value(
                "opentracing.jaeger_config.reporter_batch_size",
                spans,
                format!("is more than reporter_queue_size, which is {places}"),
            )),
            _ => Ok(()),
        }
    }

    fn service_name(&self, service: &Service) -> Result<String, ConfigError> {
        let Some(name) = &self.jaeger_config.service_name else {
            return match service.problem() {
                Some(problem) => {
                    let (server_name, instance) = service.server_and_instance();
                    let names = format!("{server_name:?} with the instance {instance:?}");
                    Err(ConfigError::value("Service", names, problem))
                }
                None => Ok(service.jaeger_name()),
            };
        };
        if name.trim().is_empty() {
            return Err(ConfigError::value(
                "opentracing.jaeger_config.service_name",
                format_args!("{name:?}"),
                "is not a name; write one, or leave it out",
            ));
        }
        Ok(name.clone())
    }

    fn whitelist(&self) -> Result<Whitelist, WhitelistError> {
        match self.fedtrace.prefix_match {
            true => Whitelist::prefix_match(&self.homeserver_whitelist),
            false => Whitelist::new(&self.homeserver_whitelist),
        }
    }

    /// What leaves with messages, and what is accepted from them.
    fn with_propagation(&self, builder: TracerBuilder) -> TracerBuilder {
        let (jaeger, fedtrace) = (&self.jaeger_config, &self.fedtrace);
        builder
            .force_tracing_for_users(&self.force_tracing_for_users)
            .max_remote_sampled_traces_per_second(fedtrace.max_remote_sampled_traces_per_second)
            .trace_id_for_clients(fedtrace.trace_id_for_clients)
            .set_if(fedtrace.trace_id_header.clone(), TracerBuilder::trace_id_header)
            .set_if(jaeger.propagation.clone(), TracerBuilder::propagation)
            .set_if(
                jaeger.trace_id_header.clone(),
                TracerBuilder::trace_context_header,
            )
            .set_if(
                jaeger.baggage_header_prefix.clone(),
                TracerBuilder::baggage_header_prefix,
            )
            .set_if(jaeger.debug_id_header.clone(), TracerBuilder::debug_id_header)
    }

    /// When finished spans are sent, and what is counted.
    fn with_delivery(&self, builder: TracerBuilder) -> TracerBuilder {
        let (jaeger, fedtrace) = (&self.jaeger_config, &self.fedtrace);
        let never_if_zero = |interval: Duration| {
            if interval.is_zero() {
                Duration::MAX
            } else {
                interval
            }
        };
        builder
            .set_if(jaeger.reporter_queue_size, TracerBuilder::queue_size)
            .set_if(fedtrace.reporter_queue_bytes, TracerBuilder::queue_bytes)
            .set_if(
                jaeger.reporter_flush_interval.map(never_if_zero),
                TracerBuilder::flush_interval,
            )
            .set_if(jaeger.metrics, TracerBuilder::publish_metrics)
            .set_if(fedtrace.rpc_metrics, TracerBuilder::rpc_metrics)
    }

    fn with_limits(&self, builder: TracerBuilder) -> TracerBuilder {
        let (jaeger, fedtrace) = (&self.jaeger_config, &self.fedtrace);
        builder
            .set_if(jaeger.max_tag_value_length, TracerBuilder::max_tag_value_length)
            .set_if(jaeger.max_traceback_length, TracerBuilder::max_traceback_length)
            .set_if(fedtrace.max_tags_per_span, TracerBuilder::max_tags_per_span)
            .set_if(fedtrace.max_logs_per_span, TracerBuilder::max_logs_per_span)
            .set_if(fedtrace.long_open_after, TracerBuilder::long_open_after)
            .redacted_arguments(&fedtrace.redacted_arguments)
            .set_if(fedtrace.levels.clone(), TracerBuilder::levels)
            .set_if(fedtrace.errors_are_failures, TracerBuilder::errors_are_failures)
            .set_if(jaeger.reporter_batch_size, TracerBuilder::batch_size)
            .set_if(
                jaeger.generate_128bit_trace_id,
                TracerBuilder::generate_128bit_trace_id,
            )
    }
}

/// Builds the tracer of a configuration and installs it for the whole process.
///
/// Keep the guard until the process ends: dropping it sends the remaining spans and stops the tracer. So write
/// `let _guard = …`: with `let _ = …` the tracer ends in the same line, which is logged. If `config.enabled` is false
/// nothing is installed, and the guard does nothing. After a shutdown, it can be called again.
///
/// ```
/// # fn main() -> Result<(), fedtrace::InitError> {
/// let config = fedtrace::OpentracingConfig::default();
/// let _guard = fedtrace::init_tracer(&config, "example.org")?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As for [`OpentracingConfig::build`], and if there is a global tracer that is not shut down.
pub fn init_tracer(
    config: &OpentracingConfig,
    service: impl Into<Service>,
) -> Result<TracerGuard, InitError> {
    let (tracer, mut guard) = config.build(service)?;
    if config.enabled {
        if let Err(error) = set_global_tracer(tracer) {
            guard.end();
            return Err(error.into());
        }
    }
    Ok(guard)
}

#[cfg(test)]
mod tests {
    use crate::config::opentracing::OpentracingConfig;
    use crate::tracer::core::ARE_METRICS_READ;

    #[test]
    fn metrics_of_requests_that_nothing_can_read_are_a_problem() {
        let mut config = OpentracingConfig::default();
        for asked in [None, Some(false), Some(true)] {
            config.fedtrace.rpc_metrics = asked;
            let is_problem = asked == Some(true) && !ARE_METRICS_READ;
            assert_eq!(config.problem_of_rpc_metrics().is_some(), is_problem, "{asked:?}");
        }
    }
}
