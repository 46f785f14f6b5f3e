//! Synapse and the servers that talk to it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use crate::peer::{Peer, Settings};
use crate::program::Failure;
use crate::shown::Jaeger;
use crate::synapse::Synapse;

/// One Synapse, and a server of ours for each relation that they may have.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) synapse: Synapse,
    /// Both list each other.
    pub(crate) listed: Peer,
    /// It lists Synapse, which does not list it.
    pub(crate) unlisted_there: Peer,
    /// Synapse lists it, and it lists nobody.
    pub(crate) unlisted_here: Peer,
    /// Both list each other, and its own sampler records nothing.
    pub(crate) unsampled: Peer,
    pub(crate) jaeger: Jaeger,
}

static NETWORK: LazyLock<Result<Network, String>> = LazyLock::new(|| {
    // Somebody may take a port between the choice and the start.
    let mut last = String::new();
    for _ in 0..3 {
        match Network::start() {
            Ok(network) => return Ok(network),
            Err(Failure::Ended(error)) => last = error,
            Err(Failure::Late(error)) => return Err(error),
        }
    }
    Err(last)
});

/// The network, which the first test starts.
pub(crate) fn network() -> &'static Network {
    NETWORK.as_ref().unwrap_or_else(|error| panic!("{error}"))
}

impl Network {
    fn start() -> Result<Self, Failure> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("synapse");
        let _ = fs::remove_dir_all(&folder);
        let certificate = Certificate::new(&folder);
        let [server, client, ports @ ..] = free_ports::<10>();
        let [listed, unlisted_there, unlisted_here, unsampled] =
            [0, 2, 4, 6].map(|first| [ports[first], ports[first + 1]]);
        let admitted = [listed, unlisted_here, unsampled].map(|[server, _]| server_name(server));
        let mut synapse = Synapse::start(&folder.join("synapse"), &certificate, [server, client], &admitted);
        let name = server_name(server);
        let peer = |ports, whitelist: &[&str], sampler| {
            let settings = Settings {
                ports,
                whitelist,
                sampler,
            };
            Peer::start(&folder, &certificate, &settings)
        };
        let mut network = Self {
            listed: peer(listed, &[&name], 1),
            unlisted_there: peer(unlisted_there, &[&name], 1),
            unlisted_here: peer(unlisted_here, &[], 1),
            unsampled: peer(unsampled, &[&name], 0),
            jaeger: Jaeger::new(),
            synapse: {
                synapse.wait()?;
                synapse
            },
        };
        for peer in [
            &mut network.listed,
            &mut network.unlisted_there,
            &mut network.unlisted_here,
            &mut network.unsampled,
        ] {
            peer.wait()?;
        }
        Ok(network)
    }
}

/// The name of a server on loopback. With a port, it is dialled directly.
pub(crate) fn server_name(port: u16) -> String {
    format!("localhost:{port}")
}

/// The address to which both send their spans.
pub(crate) fn agent_port() -> u16 {
    let address = env::var("FEDTRACE_JAEGER_V1_COMPACT").expect("`.ci/synapse run` sets it");
    let (_, port) = address.rsplit_once(':').expect("an address has a port");
    port.parse().expect("a port is a number")
}

/// The certificate of all servers here, which vouches for itself.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) private_key: PathBuf,
}

impl Certificate {
    fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let files = Self {
            certificate: folder.join("certificate.pem"),
            private_key: folder.join("private-key.pem"),
        };
        fs::write(&files.certificate, made.cert.pem()).unwrap();
        fs::write(&files.private_key, made.signing_key.serialize_pem()).unwrap();
        files
    }
}

fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let held: [TcpListener; COUNT] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}
