//! The names of all variables of the environment. `docs/configuration.md` says what each of them does.

pub(crate) const DISABLED: &str = "JAEGER_DISABLED";
pub(crate) const SERVICE_NAME: &str = "JAEGER_SERVICE_NAME";
pub(crate) const TAGS: &str = "JAEGER_TAGS";
pub(crate) const TRACE_ID_128BIT: &str = "JAEGER_TRACEID_128BIT";
pub(crate) const PROPAGATION: &str = "JAEGER_PROPAGATION";
pub(crate) const RPC_METRICS: &str = "JAEGER_RPC_METRICS";

pub(crate) const CONSOLE: &str = "FEDTRACE_CONSOLE";
pub(crate) const LOG_SPANS: &str = "JAEGER_REPORTER_LOG_SPANS";
pub(crate) const QUEUE_SIZE: &str = "JAEGER_REPORTER_MAX_QUEUE_SIZE";
pub(crate) const FLUSH_INTERVAL: &str = "JAEGER_REPORTER_FLUSH_INTERVAL";

pub(crate) const AGENT_HOST: &str = "JAEGER_AGENT_HOST";
pub(crate) const AGENT_PORT: &str = "JAEGER_AGENT_PORT";
pub(crate) const RECONNECT_INTERVAL: &str = "JAEGER_REPORTER_ATTEMPT_RECONNECT_INTERVAL";
pub(crate) const RECONNECTING_DISABLED: &str = "JAEGER_REPORTER_ATTEMPT_RECONNECTING_DISABLED";

pub(crate) const SAMPLER_TYPE: &str = "JAEGER_SAMPLER_TYPE";
pub(crate) const SAMPLER_PARAM: &str = "JAEGER_SAMPLER_PARAM";
pub(crate) const SAMPLER_MAX_OPERATIONS: &str = "JAEGER_SAMPLER_MAX_OPERATIONS";
pub(crate) const SAMPLER_REFRESH_INTERVAL: &str = "JAEGER_SAMPLER_REFRESH_INTERVAL";

pub(crate) const ENDPOINT: &str = "JAEGER_ENDPOINT";
pub(crate) const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
pub(crate) const OTLP_TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

#[cfg(feature = "http-client")]
pub(crate) use http_client::*;

/// Nobody asks for these without HTTP.
#[cfg(feature = "http-client")]
mod http_client {
    pub(crate) const SAMPLING_ENDPOINT: &str = "JAEGER_SAMPLING_ENDPOINT";
    /// The older name of the same, for which the clients expect a URL or a host with a port.
    pub(crate) const SAMPLER_MANAGER: &str = "JAEGER_SAMPLER_MANAGER_HOST_PORT";

    pub(crate) const USER: &str = "JAEGER_USER";
    pub(crate) const PASSWORD: &str = "JAEGER_PASSWORD";
    pub(crate) const AUTH_TOKEN: &str = "JAEGER_AUTH_TOKEN";
    pub(crate) const REPORTER_TIMEOUT: &str = "JAEGER_REPORTER_TIMEOUT";

    /// Of each two, the one for traces and the one for everything. The first wins.
    pub(crate) const OTLP_HEADERS: [&str; 2] =
        ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
    pub(crate) const OTLP_TIMEOUT: [&str; 2] =
        ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
    pub(crate) const OTLP_COMPRESSION: [&str; 2] = [
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
    ];
    pub(crate) const OTLP_CERTIFICATE: [&str; 2] = [
        "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
    ];
}
