//! The configuration of the server, with the names of Synapse's.

use std::net::SocketAddr;
use std::path::PathBuf;

use fedtrace::OpentracingConfig;
use ruma_common::OwnedServerName;
use serde::Deserialize;

/// What `homeserver.yaml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// With its port, so that others dial it without asking for `.well-known` or an SRV record.
    pub(crate) server_name: OwnedServerName,
    pub(crate) listeners: Listeners,
    /// The certificate that other homeservers see, in PEM.
    pub(crate) tls_certificate_path: PathBuf,
    pub(crate) tls_private_key_path: PathBuf,
    /// The only certificate that vouches for other homeservers, in PEM.
    pub(crate) federation_custom_ca: PathBuf,
    pub(crate) opentracing: OpentracingConfig,
}

/// Where it listens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listeners {
    /// For homeservers, with TLS.
    pub(crate) federation: SocketAddr,
    /// For clients, without TLS.
    pub(crate) client: SocketAddr,
}
