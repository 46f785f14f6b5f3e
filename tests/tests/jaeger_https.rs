//! Spans on their way to a collector by HTTPS. The certificates in `tls/` are for this test only.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use fedtrace::reporter::{HttpReporter, HttpReporterError, Process, Report, Reporter};
use fedtrace::{FinishedSpan, SpanId, TraceId};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const AUTHORITY: &[u8] = include_bytes!("../tls/ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("../tls/server.pem");
const KEY: &[u8] = include_bytes!("../tls/server.key");

/// A server that accepts what comes, and tells the beginning of each request.
fn start() -> (SocketAddr, Receiver<String>) {
    let certificates = vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let connection = connection.unwrap();
            connection
                .set_read_timeout(Some(Duration::from_secs(10)))
                .unwrap();
            let tls = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(tls, connection);
            let mut buffer = [0; 4096];
            // A client that does not trust us goes before it says anything.
            let Ok(length @ 1..) = stream.read(&mut buffer) else {
                continue;
            };
            let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).unwrap();
            stream.flush().unwrap();
            if sender.send(request).is_err() {
                return;
            }
        }
    });
    (address, requests)
}

fn report(mut reporter: HttpReporter) -> Report {
    let process = Process {
        service_name: "svc".to_owned(),
        tags: Vec::new(),
    };
    let (trace_id, span_id) = (TraceId::new(1).unwrap(), SpanId::new(2).unwrap());
    let span = FinishedSpan::new(trace_id, span_id, "op", UNIX_EPOCH, Duration::ZERO);
    reporter.report(&process, &[span])
}

fn reporter(address: SocketAddr) -> HttpReporter {
    let endpoint = format!("https://localhost:{}/api/traces", address.port());
    let reporter = HttpReporter::new(&endpoint).unwrap().retry_for(Duration::ZERO);
    reporter.bearer_auth("t0ken").unwrap()
}

#[test]
fn a_collector_whose_certificate_is_vouched_for_gets_the_spans() {
    let (address, requests) = start();
    let reporter = reporter(address).root_certificates(AUTHORITY).unwrap();
    assert_eq!(report(reporter).sent, 1);
    let request = requests.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(request.starts_with("POST /api/traces HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("Bearer t0ken"), "{request}");
}

#[test]
fn a_collector_whose_certificate_nobody_vouches_for_gets_neither_spans_nor_credentials() {
    let (address, requests) = start();
    assert_eq!(report(reporter(address)).failed, 1);
    assert!(requests.try_recv().is_err());
}

#[test]
fn what_has_no_certificate_in_it_is_refused() {
    let reporter = || HttpReporter::new("https://localhost/").unwrap();
    for text in [&b""[..], b"-----BEGIN CERTIFICATE-----\n", KEY] {
        let error = reporter().root_certificates(text).err();
        assert_eq!(error, Some(HttpReporterError::Certificates));
    }
}
