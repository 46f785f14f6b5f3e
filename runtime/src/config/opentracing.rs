//! The whole configuration.

use super::fedtrace::FedtraceConfig;
use super::jaeger::JaegerConfig;
use crate::model::error::config::ConfigError;

/// The `opentracing:` section of a server's configuration, with the keys that Synapse documents.
///
/// With the feature `serde` it can be read from YAML, TOML, JSON or any other self-describing format. An
/// unknown key or an invalid value is an error that names the key with its path, such as
/// `opentracing.jaeger_config.sampler.type`. `null` is the same as leaving the key out.
///
/// ```yaml
/// opentracing:
///   enabled: true                        # default: false
///   homeserver_whitelist:                # default: none
///     - "mytrustedhomeserver.org"
///     - "*.myotherhomeservers.com"
///   force_tracing_for_users:             # default: none
///     - "@alice:example.org"
///   jaeger_config:
///     sampler: { type: const, param: 1 } # 1 records every trace, 0 none; or `probabilistic` with a share of
///                                        # all traces, `ratelimiting` with a number per second, or `remote`,
///                                        # the default of a `jaeger_config` without a sampler
///     sampling_refresh_interval: 60      # seconds between two queries of the remote sampler
///     max_operations: 2000               # the most operations that have their own sampling strategy
///     logging: false                     # true also logs each span
///     local_agent:
///       reporting_host: localhost        # default: JAEGER_AGENT_HOST, else localhost
///       reporting_port: 6831             # default: JAEGER_AGENT_PORT, else 6831
///       sampling_port: 5778              # of the remote sampler; default: JAEGER_SAMPLING_ENDPOINT, else 5778
///     tags: { region: eu }               # on the process, that is on every span
///     reporter_queue_size: 65536         # spans that wait to be sent, at most
///     reporter_flush_interval: 1         # spans wait at most this many seconds
///     max_tag_value_length: 1024         # bytes
///     max_traceback_length: 4096         # bytes of a log field `stack`
///     service_name: example.org main     # default: server name and kind of instance
///     generate_128bit_trace_id: false    # true for ids of 128 bits instead of 64
///     propagation: jaeger                # or b3, w3c, or a list: written in each way, the first is taken
///     trace_id_header: uber-trace-id     # of requests, with propagation: jaeger
///     baggage_header_prefix: uberctx-
///     debug_id_header: jaeger-debug-id
///     # throttler:                       # a server that limits forced traces; no Jaeger server implements it, and
///     #   port: 5778                     # without such a server nothing can be forced
///     #   refresh_interval: 5            # seconds between two queries
///   fedtrace:                            # what Synapse does not have
///     console: false                     # true also prints traces on standard error; default: FEDTRACE_CONSOLE
///     # html: trace.html                 # also writes traces to this file, or to one each in a folder such as traces/;
///     # jaeger_json: traces/             # the same for Jaeger's UI; both need the feature `html`
///     max_remote_sampled_traces_per_second: { per_origin: 10, total: 100 } # or one for both; or unlimited
///     sampling:                          # of operations, by the name of a trace's first span
///       operations:
///         /sync: 0.001                   # this share of its traces
///         send_join: 1
///         /health: { probability: 0, lower_bound: 0 }
///       endpoint: http://jaeger:5778/sampling # of the remote sampler, instead of host and sampling_port
///       lower_bound: 0.01                # traces of each operation that are recorded per second, at least; default: 0
///     collector:                         # gets the spans over HTTP instead of the agent
///       protocol: thrift                 # or otlp, with the feature `otlp`; then the default of the endpoint is
///                                        # OTEL_EXPORTER_OTLP_ENDPOINT, or http://localhost:4318/v1/traces
///       endpoint: http://localhost:14268/api/traces # default: JAEGER_ENDPOINT, unless reporting_host or
///                                        # reporting_port say where the agent is
///       user: fedtrace                   # default: JAEGER_USER
///       password: secret                 # default: JAEGER_PASSWORD
///       # auth_token: secret             # instead of user and password; default: JAEGER_AUTH_TOKEN
///       headers: { X-Tenant: example }   # of each request; with the protocol otlp, default:
///                                        # OTEL_EXPORTER_OTLP_HEADERS
///       # root_certificates: /etc/ssl/jaeger-ca.pem # that sign its certificate, with the feature `tls`; default:
///                                        # OTEL_EXPORTER_OTLP_CERTIFICATE (otlp), or those that browsers trust
///       timeout: 5                       # seconds that a request may take; default: JAEGER_REPORTER_TIMEOUT
///       max_batch_size: 1048576          # bytes of a request, at most
///       compression: none                # or gzip, with the protocol otlp; default: OTEL_EXPORTER_OTLP_COMPRESSION
///     agent_protocol: compact            # or binary, for the agent's port 6832
///     max_packet_size: 65000             # bytes of a packet to the agent, at most
///     reporter_queue_bytes: 67108864     # of spans that are open or wait to be sent, at most
///     max_tags_per_span: 128             # and fields of a log record; 0 is no limit
///     max_logs_per_span: 1024            # the first and the newest are kept; 0 is no limit
///     long_open_after: 600               # a span that is open for so many seconds is reported; 0 is never
///     redacted_arguments: [email]        # whose tags are <redacted>, besides names of secrets
///     levels: "info,homeserver::db=debug" # the minimum level of spans with a level, by target; default: all
///     errors_are_failures: true          # false if an `Err` marks a span only where something says so
///     rpc_metrics: false                 # true for metrics of incoming requests; default: JAEGER_RPC_METRICS
///     prefix_match: false                # true reads the whitelist as Synapse does, see `Whitelist`
///     trace_id_header: Synapse-Trace-Id  # of responses
///     trace_id_for_clients: false        # true also tells clients the trace id
/// ```
///
/// Read it as a field of the configuration of your server, with the crate of your format:
///
/// ```
/// # #[cfg(feature = "serde")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// #[derive(serde::Deserialize)]
/// struct Config {
///     opentracing: fedtrace::OpentracingConfig,
/// }
///
/// let config: Config = yaml_serde::from_str("opentracing: { enabled: true }")?;
/// assert!(config.opentracing.enabled);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "serde"))]
/// # fn main() {}
/// ```
///
/// The keys `enabled` and `local_agent.enabled` of `jaeger_config` are checked and change nothing: they never
/// had an effect.
///
/// It can also be made without a file:
///
/// ```
/// use fedtrace::OpentracingConfig;
/// use fedtrace::config::SamplerConfig;
///
/// let mut config = OpentracingConfig::default();
/// config.enabled = true;
/// config.homeserver_whitelist = vec!["*.example.org".to_owned()];
/// config.jaeger_config.sampler = Some(SamplerConfig::Const(true));
/// config.jaeger_config.local_agent.reporting_host = Some("jaeger.internal".to_owned());
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct OpentracingConfig {
    /// Whether to trace at all. While it is false, only the names of the top-level keys are checked; a wrong
    /// value becomes an error of [`build`](Self::build) once this is true.
    pub enabled: bool,
    /// The homeservers that span contexts are sent to and accepted from. None, if empty.
    pub homeserver_whitelist: Vec<String>,
    /// The users whose requests are recorded whatever the sampler decides; see
    /// [`force_tracing_for_user`](crate::force_tracing_for_user).
    pub force_tracing_for_users: Vec<String>,
    /// The settings that Synapse does not have.
    pub fedtrace: FedtraceConfig,
    /// The settings of the Jaeger client. If left out, every trace is recorded and sent to the agent, unless the
    /// `JAEGER_*` variables say otherwise.
    pub jaeger_config: JaegerConfig,
    pub(crate) deferred_error: Option<ConfigError>,
}
