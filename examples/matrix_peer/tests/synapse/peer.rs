//! A server of ours.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::json;

use crate::client::Client;
use crate::network::{Certificate, server_name};
use crate::program::{Failure, Program};
use crate::synapse::jaeger_config;

/// A running server with one user.
#[derive(Debug)]
pub(crate) struct Peer {
    program: Program,
    pub(crate) name: String,
    /// Of Bob.
    pub(crate) client: Client,
}

/// What differs from server to server.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    /// For homeservers and for clients.
    pub(crate) ports: [u16; 2],
    pub(crate) whitelist: &'a [&'a str],
    /// The parameter of a constant sampler.
    pub(crate) sampler: u8,
}

impl Peer {
    /// Starts it.
    pub(crate) fn start(folder: &Path, certificate: &Certificate, settings: &Settings<'_>) -> Self {
        let [port, client_port] = settings.ports;
        let folder = folder.join(format!("peer-{port}"));
        fs::create_dir_all(&folder).unwrap();
        let name = server_name(port);
        let configuration = json!({
            "server_name": name,
            "listeners": {
                "federation": format!("127.0.0.1:{port}"),
                "client": format!("127.0.0.1:{client_port}"),
            },
            "tls_certificate_path": certificate.certificate,
            "tls_private_key_path": certificate.private_key,
            "federation_custom_ca": certificate.certificate,
            "opentracing": {
                "enabled": true,
                "homeserver_whitelist": settings.whitelist,
                "jaeger_config": jaeger_config(settings.sampler),
                "fedtrace": { "trace_id_for_clients": true },
            },
        });
        let path = folder.join("homeserver.yaml");
        fs::write(&path, configuration.to_string()).unwrap();
        // `cargo check` of Rust 1.85 does not set it.
        let Some(program) = option_env!("CARGO_BIN_EXE_matrix-peer") else {
            panic!("these tests were compiled without the server");
        };
        let mut command = Command::new(program);
        command.arg(path);
        // What the tests are run with must not change the configuration.
        for (name, _) in env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"JAEGER_") {
                command.env_remove(name);
            }
        }
        Self {
            program: Program::start("our server", command, &folder),
            name,
            client: Client::new(client_port, None),
        }
    }

    /// Waits until it listens.
    pub(crate) fn wait(&mut self) -> Result<(), Failure> {
        let log = self.program.log_path();
        let is_ready = || fs::read_to_string(&log).is_ok_and(|log| log.contains("ready"));
        self.program.wait_until("said that it is ready", is_ready)
    }

    /// As Jaeger shows it.
    pub(crate) fn service(&self) -> String {
        format!("{} master", self.name)
    }

    pub(crate) fn bob(&self) -> String {
        format!("@bob:{}", self.name)
    }
}
