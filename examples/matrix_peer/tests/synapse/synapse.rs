//! A running Synapse with one user.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::{Value, json};

use crate::client::Client;
use crate::network::{Certificate, agent_port, server_name};
use crate::program::{Failure, Program};

/// A running Synapse.
#[derive(Debug)]
pub(crate) struct Synapse {
    program: Program,
    pub(crate) name: String,
    /// Of Alice.
    pub(crate) client: Client,
    client_port: u16,
}

impl Synapse {
    /// Starts it with a whitelist.
    pub(crate) fn start(
        folder: &Path,
        certificate: &Certificate,
        [port, client_port]: [u16; 2],
        whitelist: &[String],
    ) -> Self {
        fs::create_dir_all(folder).unwrap();
        let name = server_name(port);
        let configuration = configuration(folder, certificate, [port, client_port], whitelist);
        fs::write(folder.join("homeserver.yaml"), configuration.to_string()).unwrap();
        let python = env::var_os("FEDTRACE_INTEROP_PYTHON").expect("`.ci/synapse run` sets it");
        let mut command = Command::new(python);
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/synapse/run_synapse.py"))
            .arg(folder)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        Self {
            program: Program::start("Synapse", command, folder),
            name,
            client: Client::new(client_port, None),
            client_port,
        }
    }

    /// Waits until it answers, and makes Alice's account.
    pub(crate) fn wait(&mut self) -> Result<(), Failure> {
        let client = Client::new(self.client_port, None);
        let answers = || {
            client
                .ask("GET", "/client/versions", &Value::Null)
                .is_ok_and(|answer| answer.status == 200)
        };
        self.program.wait_until("answered a client", answers)?;
        let account = json!({
            "auth": { "type": "m.login.dummy" },
            "username": "alice",
            "password": "not a secret",
        });
        let answer = client.request("POST", "/client/v3/register", &account);
        let token = answer.body["access_token"].as_str();
        let token =
            token.ok_or_else(|| Failure::Late(format!("Synapse has not registered Alice: {answer:?}")))?;
        self.client = Client::new(self.client_port, Some(token));
        Ok(())
    }

    /// As Jaeger shows it.
    pub(crate) fn service(&self) -> String {
        format!("{} master", self.name)
    }

    /// A client that has proven nothing.
    pub(crate) fn stranger(&self) -> Client {
        Client::new(self.client_port, None)
    }

    pub(crate) fn alice(&self) -> String {
        format!("@alice:{}", self.name)
    }

    pub(crate) fn log(&self) -> String {
        self.program.log()
    }
}

/// JSON is YAML too.
fn configuration(
    folder: &Path,
    certificate: &Certificate,
    [port, client_port]: [u16; 2],
    whitelist: &[String],
) -> Value {
    let listener = |port, tls, names: &[&str]| {
        json!({
            "port": port, "bind_addresses": ["127.0.0.1"], "type": "http", "tls": tls,
            "resources": [{ "names": names, "compress": false }],
        })
    };
    json!({
        "server_name": server_name(port),
        "report_stats": false,
        "listeners": [listener(port, true, &["client", "federation"]), listener(client_port, false, &["client", "federation"])],
        "tls_certificate_path": certificate.certificate,
        "tls_private_key_path": certificate.private_key,
        "federation_custom_ca_list": [certificate.certificate],
        "signing_key_path": folder.join("signing.key"),
        "media_store_path": folder.join("media"),
        "database": { "name": "sqlite3", "args": { "database": folder.join("homeserver.db") } },
        "macaroon_secret_key": "of a test",
        "form_secret": "of a test",
        "enable_registration": true,
        "enable_registration_without_verification": true,
        "trusted_key_servers": [],
        "suppress_key_server_warning": true,
        // All servers are on loopback. With the newer spelling of these names, Synapse ignores them.
        "ip_range_blacklist": [],
        "federation_ip_range_blacklist": [],
        "opentracing": {
            "enabled": true,
            "homeserver_whitelist": whitelist,
            "jaeger_config": jaeger_config(1),
        },
    })
}

/// Both programs read it.
pub(crate) fn jaeger_config(sampler: u8) -> Value {
    json!({
        "sampler": { "type": "const", "param": sampler },
        "logging": false,
        "local_agent": { "reporting_host": "127.0.0.1", "reporting_port": agent_port() },
    })
}
