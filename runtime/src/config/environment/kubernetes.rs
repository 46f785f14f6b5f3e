//! The variables that Kubernetes and Docker set for each service that a container may reach. A service named
//! `jaeger-agent` gives `JAEGER_AGENT_PORT=udp://10.0.0.7:5775`, which is the name of a variable of ours.

use std::sync::{Mutex, PoisonError};

use crate::util::diagnostics;

/// The value is such an address of a service, and not the port that the variable is for. The first time, a warning says
/// that it is ignored.
pub(crate) fn is_link(name: &str, value: &str) -> bool {
    let is_link = is_address(value);
    if is_link && is_new(name) {
        diagnostics::warn(format_args!(
            "{name}: {value:?} is ignored, because Kubernetes (or a link of Docker) sets it for a service named `{}`; \
             to be rid of it, rename the service, or write `enableServiceLinks: false` in the pod",
            service(name)
        ));
    }
    is_link
}

/// `tcp://HOST:PORT`
fn is_address(value: &str) -> bool {
    let mut protocols = ["tcp", "udp", "sctp"].iter();
    let place = protocols.find_map(|protocol| value.strip_prefix(protocol)?.strip_prefix("://"));
    let Some((host, port)) = place.and_then(|place| place.rsplit_once(':')) else {
        return false;
    };
    let is_port = port.parse::<u16>().is_ok_and(|port| port != 0);
    is_port && !host.is_empty() && !host.contains(['/', '@', ' '])
}

/// The service whose address has this variable.
fn service(name: &str) -> String {
    let name = name.strip_suffix("_PORT").unwrap_or(name);
    name.to_ascii_lowercase().replace('_', "-")
}

/// Nothing was said about this variable yet.
fn is_new(name: &str) -> bool {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let is_new = !said.iter().any(|known| known == name);
    if is_new {
        said.push(name.to_owned());
    }
    is_new
}
