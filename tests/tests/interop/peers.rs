//! The peers that the tests share. Each is started when it is first asked.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use fedtrace_tests::Peer;
use serde_json::{Value, json};

/// The servers that both sides list.
pub(crate) const LISTED: &str = "trusted.example";
pub(crate) const UNLISTED: &str = "evil.example";

#[derive(Debug, Clone, Copy)]
pub(crate) enum Client {
    Python,
    Node,
}

/// How a peer begins its own traces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roots {
    pub(crate) sampled: bool,
    pub(crate) trace_id_bits: u32,
}

impl Roots {
    pub(crate) const SAMPLED: Self = Self {
        sampled: true,
        trace_id_bits: 64,
    };
}

impl Client {
    /// The peer that begins its traces like this.
    pub(crate) fn with(self, roots: Roots) -> &'static Peer {
        static PEERS: [OnceLock<Peer>; 8] = [const { OnceLock::new() }; 8];
        let number = [
            matches!(self, Self::Node),
            roots.sampled,
            roots.trace_id_bits == 128,
        ]
        .into_iter()
        .fold(0, |number, bit| number * 2 + usize::from(bit));
        // Nobody listens on the port for discarding.
        PEERS[number].get_or_init(|| self.start(roots, 9))
    }

    pub(crate) fn peer(self) -> &'static Peer {
        self.with(Roots::SAMPLED)
    }

    /// A peer of its own, which sends its spans to this port.
    pub(crate) fn start(self, roots: Roots, agent_port: u16) -> Peer {
        self.start_with(&Self::config(roots, agent_port))
    }

    /// A peer of its own that forces nothing without the credit of the server at this port.
    pub(crate) fn throttled(self, roots: Roots, throttler_port: u16) -> Peer {
        let mut config = Self::config(roots, 9);
        config["throttler_port"] = json!(throttler_port);
        self.start_with(&config)
    }

    fn config(roots: Roots, agent_port: u16) -> Value {
        json!({
            "homeserver_whitelist": [LISTED.replace('.', "\\.")],
            "sampled": roots.sampled,
            "trace_id_bits": roots.trace_id_bits,
            "agent_host": "127.0.0.1",
            "agent_port": agent_port,
        })
    }

    fn start_with(self, config: &Value) -> Peer {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("interop");
        let mut command;
        match self {
            Self::Python => {
                command = Command::new(installed("FEDTRACE_INTEROP_PYTHON"));
                command.arg("-B").arg(folder.join("python/peer.py"));
            }
            Self::Node => {
                installed("FEDTRACE_INTEROP_NODE");
                command = Command::new("node");
                command.arg(folder.join("node/peer.js"));
            }
        }
        Peer::start(command, config)
    }
}

fn installed(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run this with `.ci/interop run`"))
}

/// A request, which `do`es something with some arguments.
pub(crate) fn request(what: &str, mut arguments: Value) -> Value {
    arguments["do"] = json!(what);
    arguments
}
