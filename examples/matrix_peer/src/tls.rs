//! A listener with TLS.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::configuration::Configuration;

/// Whoever connects and says nothing is dropped.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

type Connection = (TlsStream<TcpStream>, SocketAddr);

/// Accepts connections whose handshake is done. One that is slow holds up no other.
pub(crate) struct TlsListener {
    ready: mpsc::Receiver<Connection>,
    address: SocketAddr,
}

impl TlsListener {
    pub(crate) fn new(listener: TcpListener, configuration: &Configuration) -> Result<Self, Box<dyn Error>> {
        let certificates = CertificateDer::pem_file_iter(&configuration.tls_certificate_path)?;
        let certificates = certificates.collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_file(&configuration.tls_private_key_path)?;
        let tls = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(certificates, key)?;
        let address = listener.local_addr()?;
        let (done, ready) = mpsc::channel(16);
        tokio::spawn(accept_all(listener, TlsAcceptor::from(Arc::new(tls)), done));
        Ok(Self { ready, address })
    }
}

async fn accept_all(listener: TcpListener, acceptor: TlsAcceptor, done: mpsc::Sender<Connection>) {
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            // Too many files are open; others may be closed soon.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (acceptor, done) = (acceptor.clone(), done.clone());
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await {
                let _ = done.send((stream, address)).await;
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Connection {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
