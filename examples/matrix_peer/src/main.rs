//! A small Matrix homeserver with tracing, to talk to Synapse: real TLS, real keys, real signatures.
//!
//! It has one user and keeps nothing. Clients need no token, so let it listen for them on loopback only.
//!
//! `matrix-peer homeserver.yaml` writes `ready` when it listens, and ends with its standard input.

mod authentication;
mod client_api;
mod configuration;
mod error;
mod federation_api;
mod federation_client;
mod homeserver;
mod json;
mod remote_keys;
mod room_join;
mod server;
mod signing;
mod tls;
mod to_device;

use std::error::Error;
use std::{env, fs};

use fedtrace::{Service, init_tracer};
use tokio::io::AsyncReadExt as _;

use crate::configuration::Configuration;
use crate::homeserver::Homeserver;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: matrix-peer homeserver.yaml")?;
    let configuration: Configuration = yaml_serde::from_str(&fs::read_to_string(path)?)?;
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "rustls has a provider already")?;
    // Synapse calls its main process so.
    let service = Service::new(configuration.server_name.as_str()).instance("master");
    let _guard = init_tracer(&configuration.opentracing, service)?;
    server::start(&configuration, Homeserver::new(&configuration)?).await?;
    println!("ready");
    // Whoever has started it may be killed, and cannot end it then.
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}
