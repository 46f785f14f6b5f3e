//! The addresses of the agent and of the servers beside it, from variables.

use super::kubernetes;
use super::names;
use crate::config::jaeger::LocalAgentConfig;
#[cfg(feature = "http-client")]
use crate::config::opentracing::OpentracingConfig;
#[cfg(feature = "http-client")]
use crate::config::throttler::ThrottlerConfig;
use crate::config::value::section::PORT_RANGE;
use crate::model::error::config::ConfigError;
#[cfg(feature = "http-client")]
use crate::util::url::without_secrets;

#[cfg(feature = "http-client")]
const AGENT: &str = "opentracing.jaeger_config.local_agent";
#[cfg(feature = "http-client")]
const DEFAULT_HTTP_PORT: u16 = 5778;
const DEFAULT_HOST: &str = "localhost";

impl LocalAgentConfig {
    /// Host and port of the agent: from here, else from the environment, else the defaults.
    pub(crate) fn address(
        &self,
        default_port: u16,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(String, u16), ConfigError> {
        let host = self.host(&variable)?;
        if let Some(port) = self.reporting_port {
            return Ok((host, port));
        }
        let Some(text) = set_by_operator(&variable, names::AGENT_PORT) else {
            return Ok((host, default_port));
        };
        let port = text.parse().ok().filter(|port| *port != 0);
        let wrong = || ConfigError::value(names::AGENT_PORT, format_args!("{text:?}"), PORT_RANGE);
        Ok((host, port.ok_or_else(wrong)?))
    }

    fn host(&self, variable: impl Fn(&str) -> Option<String>) -> Result<String, ConfigError> {
        match (&self.reporting_host, set(variable, names::AGENT_HOST)) {
            (Some(host), _) => bare_host("opentracing.jaeger_config.local_agent.reporting_host", host),
            (None, Some(host)) => bare_host(names::AGENT_HOST, &host),
            (None, None) => Ok(DEFAULT_HOST.to_owned()),
        }
    }
}

#[cfg(feature = "http-client")]
impl LocalAgentConfig {
    /// The beginning of URLs of the agent.
    fn http(&self, port: u16, variable: impl Fn(&str) -> Option<String>) -> Result<String, ConfigError> {
        let host = self.host(variable)?;
        Ok(match host.contains(':') {
            true => format!("http://[{host}]:{port}"),
            false => format!("http://{host}:{port}"),
        })
    }

    /// The URL of the throttling server, and the key that it comes from.
    pub(crate) fn throttling_endpoint(
        &self,
        throttler: ThrottlerConfig,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(&'static str, String), ConfigError> {
        let port = throttler.port.unwrap_or(DEFAULT_HTTP_PORT);
        Ok((AGENT, format!("{}/credits", self.http(port, variable)?)))
    }
}

#[cfg(feature = "http-client")]
impl OpentracingConfig {
    /// The URL of the sampling server, and the key or variable that it comes from. The host of the agent is
    /// the last choice, because it is meant for the spans.
    pub(crate) fn sampling_endpoint(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(&'static str, String), ConfigError> {
        let agent = &self.jaeger_config.local_agent;
        if let Some(url) = &self.fedtrace.sampling.endpoint {
            return Ok(("opentracing.fedtrace.sampling.endpoint", url.clone()));
        }
        if let (None, Some(url)) = (agent.sampling_port, set(&variable, names::SAMPLING_ENDPOINT)) {
            return Ok((names::SAMPLING_ENDPOINT, url));
        }
        let manager = || set_by_operator(&variable, names::SAMPLER_MANAGER);
        if let Some(place) = agent.sampling_port.is_none().then(manager).flatten() {
            if place.contains("://") {
                return Ok((names::SAMPLER_MANAGER, place));
            }
            let port = place.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
            if !matches!(port, Some(Ok(_))) {
                return Err(ConfigError::value(
                    names::SAMPLER_MANAGER,
                    format_args!("{:?}", without_secrets(&place)),
                    "is not a URL, nor a host with a port; write one such as localhost:5778",
                ));
            }
            return Ok((names::SAMPLER_MANAGER, format!("http://{place}/sampling")));
        }
        let port = agent.sampling_port.unwrap_or(DEFAULT_HTTP_PORT);
        Ok((AGENT, format!("{}/sampling", agent.http(port, variable)?)))
    }
}

/// A variable that is there, not empty, and not written by Kubernetes for a service.
fn set_by_operator(variable: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    set(variable, name).filter(|value| !kubernetes::is_link(name, value))
}

/// A variable that is there and not empty.
fn set(variable: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    variable(name)
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

/// The host without the brackets that an IPv6 address may have.
fn bare_host(key: &str, host: &str) -> Result<String, ConfigError> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let bare = bare.unwrap_or(host);
    let colons = bare.matches(':').count();
    if bare.is_empty() || bare.contains(['/', ' ', '[', ']']) || colons == 1 {
        return Err(ConfigError::value(
            key,
            format_args!("{host:?}"),
            "is not a host; write a name or an address only, the port has its own key",
        ));
    }
    Ok(bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::names::{AGENT_HOST as HOST, AGENT_PORT as PORT};
    #[cfg(feature = "http-client")]
    use super::names::{SAMPLER_MANAGER, SAMPLING_ENDPOINT};
    use super::*;

    fn environment(name: &str) -> Option<String> {
        match name {
            HOST => Some("jaeger".to_owned()),
            PORT => Some("7000".to_owned()),
            _ => None,
        }
    }

    fn agent(host: Option<&str>, port: Option<u16>) -> LocalAgentConfig {
        LocalAgentConfig {
            reporting_host: host.map(str::to_owned),
            reporting_port: port,
            sampling_port: None,
        }
    }

    #[cfg(feature = "http-client")]
    #[test]
    fn the_sampling_endpoint_is_the_most_special_setting_and_the_file_wins_over_the_environment() {
        let all = |name: &str| match name {
            SAMPLING_ENDPOINT => Some("http://variable/x".to_owned()),
            other => environment(other),
        };
        let nothing = |_: &str| None;
        let mut config = OpentracingConfig::default();
        let url = |config: &OpentracingConfig, variable: &dyn Fn(&str) -> Option<String>| {
            config.sampling_endpoint(variable).unwrap().1
        };
        assert_eq!(url(&config, &nothing), "http://localhost:5778/sampling");
        assert_eq!(url(&config, &environment), "http://jaeger:5778/sampling");
        assert_eq!(url(&config, &all), "http://variable/x");
        for (older, expected) in [
            ("old:1", "http://old:1/sampling"),
            ("http://old:1/", "http://old:1/"),
        ] {
            let manager = |name: &str| (name == SAMPLER_MANAGER).then(|| older.to_owned());
            assert_eq!(url(&config, &manager), expected);
            let both = |name: &str| all(name).or_else(|| manager(name));
            assert_eq!(url(&config, &both), "http://variable/x");
        }
        for older in ["old", "[::1]", "old:", "old:x", "user:hunter2@old"] {
            let manager = |name: &str| (name == SAMPLER_MANAGER).then(|| older.to_owned());
            let error = config.sampling_endpoint(manager).unwrap_err().to_string();
            assert!(error.starts_with(SAMPLER_MANAGER), "{error}");
            assert!(
                error.contains("is not a URL, nor a host with a port") && !error.contains("hunter2"),
                "{error}"
            );
        }
        config.jaeger_config.local_agent.reporting_host = Some("::1".to_owned());
        assert_eq!(url(&config, &environment), "http://[::1]:5778/sampling");
        assert_eq!(url(&config, &all), "http://variable/x");
        config.jaeger_config.local_agent.sampling_port = Some(7);
        assert_eq!(url(&config, &all), "http://[::1]:7/sampling");
        config.fedtrace.sampling.endpoint = Some("http://file/".to_owned());
        assert_eq!(url(&config, &all), "http://file/");
    }

    #[test]
    fn the_file_wins_over_the_environment_and_that_over_the_default() {
        let address = agent(Some("a"), Some(1)).address(6831, environment).unwrap();
        assert_eq!(address, ("a".to_owned(), 1));
        let address = agent(None, None).address(6831, environment).unwrap();
        assert_eq!(address, ("jaeger".to_owned(), 7000));
        let address = agent(None, None).address(6831, |_| None).unwrap();
        assert_eq!(address, ("localhost".to_owned(), 6831));
        let address = agent(None, None).address(6831, |_| Some(" ".to_owned())).unwrap();
        assert_eq!(address, ("localhost".to_owned(), 6831));
    }

    #[cfg(feature = "http-client")]
    #[test]
    fn the_throttler_asks_the_host_of_the_agent_at_a_port_of_its_own() {
        let throttler = |port| ThrottlerConfig {
            port,
            ..ThrottlerConfig::default()
        };
        for (host, port, variable, url) in [
            (None, None, false, "http://localhost:5778/credits"),
            (None, None, true, "http://jaeger:5778/credits"),
            (Some("::1"), Some(7002), true, "http://[::1]:7002/credits"),
        ] {
            let mut agent = agent(host, Some(7000));
            agent.sampling_port = Some(7001);
            let variable = |name: &str| environment(name).filter(|_| variable);
            let endpoint = agent.throttling_endpoint(throttler(port), variable);
            assert_eq!(endpoint.unwrap().1, url);
        }
    }

    #[test]
    fn a_wrong_port_in_the_environment_is_an_error_that_names_the_variable() {
        for port in ["x", "0", "65536", "-1"] {
            let error = agent(Some("a"), None).address(6831, |_| Some(port.to_owned()));
            assert_eq!(
                error.unwrap_err().to_string(),
                format!("JAEGER_AGENT_PORT: {port:?} is not a port; write a number from 1 to 65535")
            );
        }
    }

    #[test]
    fn the_address_that_kubernetes_writes_for_a_service_is_no_port_of_ours() {
        for link in [
            "udp://100.67.30.30:5775",
            "tcp://10.0.0.1:6831",
            "sctp://[fd00::1]:1",
            " tcp://jaeger:65535 ",
        ] {
            let linked = |name: &str| (name == PORT).then(|| link.to_owned());
            let address = agent(None, None).address(6831, linked).unwrap();
            assert_eq!(address, ("localhost".to_owned(), 6831), "{link:?}");
            #[cfg(feature = "http-client")]
            {
                let linked = |name: &str| (name == SAMPLER_MANAGER).then(|| link.to_owned());
                let (key, url) = OpentracingConfig::default().sampling_endpoint(linked).unwrap();
                assert_eq!(
                    (key, &*url),
                    (AGENT, "http://localhost:5778/sampling"),
                    "{link:?}"
                );
            }
        }
        for other in [
            "udp://100.67.30.30",
            "udp://:5775",
            "udp://a:0",
            "udp://a:65536",
            "http://a:1",
            "udp:5775",
        ] {
            let error = agent(None, None).address(6831, |name| (name == PORT).then(|| other.to_owned()));
            assert_eq!(error.unwrap_err().path(), PORT, "{other:?}");
        }
    }

    #[test]
    fn a_host_has_neither_a_scheme_nor_a_port() {
        for host in ["jaeger:6831", "http://jaeger", "", "[::1]:6831", "a b"] {
            let error = agent(Some(host), None).address(6831, |_| None).unwrap_err();
            assert_eq!(
                error.path(),
                "opentracing.jaeger_config.local_agent.reporting_host"
            );
        }
        for (host, bare) in [("[::1]", "::1"), ("::1", "::1"), ("127.0.0.1", "127.0.0.1")] {
            assert_eq!(agent(Some(host), None).address(6831, |_| None).unwrap().0, bare);
        }
    }
}
