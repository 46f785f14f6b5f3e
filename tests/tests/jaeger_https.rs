//! Spans on their way to a collector by HTTPS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use fedtrace::reporter::{HttpReporter, HttpReporterError, Process, Report, Reporter};
use fedtrace::{
    FinishedSpan, OpentracingConfig, SpanId, TraceId, Tracer, TracerGuard, start_active_span, with_tracer,
};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// An authority, and a server for which it vouches.
struct Certificates {
    /// PEM.
    authority: String,
    certificate: Certificate,
    key: KeyPair,
}

fn certificates() -> &'static Certificates {
    static CERTIFICATES: OnceLock<Certificates> = OnceLock::new();
    CERTIFICATES.get_or_init(|| {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let issuer = Issuer::from_params(&authority, &authority_key);
        Certificates {
            certificate: server.signed_by(&key, &issuer).unwrap(),
            authority: authority.self_signed(&authority_key).unwrap().pem(),
            key,
        }
    })
}

/// A server that accepts what comes, and tells the beginning of each request.
fn start() -> (SocketAddr, Receiver<String>) {
    let Certificates { certificate, key, .. } = certificates();
    let certificates = vec![certificate.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
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
    let process = Process::new("svc", Vec::new());
    let (trace_id, span_id) = (TraceId::new(1).unwrap(), SpanId::new(2).unwrap());
    let span = FinishedSpan::new(trace_id, span_id, "op", UNIX_EPOCH, Duration::ZERO);
    reporter.report(&process, (&[span]).into())
}

fn reporter(address: SocketAddr) -> HttpReporter {
    let endpoint = format!("https://localhost:{}/api/traces", address.port());
    let reporter = HttpReporter::new(&endpoint).unwrap().retry_for(Duration::ZERO);
    reporter.bearer_auth("t0ken").unwrap()
}

#[test]
fn a_collector_whose_certificate_is_vouched_for_gets_the_spans() {
    let (address, requests) = start();
    let reporter = reporter(address)
        .root_certificates(certificates().authority.as_bytes())
        .unwrap();
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
    let key = certificates().key.serialize_pem();
    for text in ["", "-----BEGIN CERTIFICATE-----\n", &key] {
        let error = reporter().root_certificates(text.as_bytes()).err();
        assert_eq!(error, Some(HttpReporterError::Certificates));
    }
}

/// A tracer with this collector and what is in a file of this name.
fn configured(endpoint: &str, name: &str, text: &str) -> Result<(Tracer, TracerGuard), String> {
    let file = std::env::temp_dir().join(format!("fedtrace-{}-{name}", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let config: OpentracingConfig = yaml_serde::from_str(&format!(
        "{{ enabled: true, fedtrace: {{ collector: {{ endpoint: '{endpoint}', root_certificates: '{}' }} }} }}",
        file.display()
    ))
    .unwrap();
    let built = config.build("example.org");
    std::fs::remove_file(&file).unwrap();
    built.map_err(|error| error.to_string())
}

#[test]
fn the_configuration_names_the_file_with_the_certificates_that_vouch_for_the_collector() {
    let (address, requests) = start();
    let endpoint = format!("https://localhost:{}/api/traces", address.port());
    let (tracer, guard) = configured(&endpoint, "ca.pem", &certificates().authority).unwrap();
    with_tracer(&tracer, || drop(start_active_span("work")));
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_eq!(tracer.stats().reported_spans, 1);
    assert!(requests.recv().unwrap().starts_with("POST /api/traces"));
}

#[test]
fn a_file_without_a_certificate_or_that_cannot_be_read_is_an_error_with_key_and_value() {
    let key = "opentracing.fedtrace.collector.root_certificates: \"";
    let error = configured("https://localhost/", "none.pem", "hunter2")
        .err()
        .unwrap();
    assert!(
        error.starts_with(key) && error.contains("none.pem\" contains no certificate"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");

    let config: OpentracingConfig = yaml_serde::from_str(
        "{ enabled: true, fedtrace: { collector: { endpoint: 'https://c/', root_certificates: /nowhere/ca.pem } } }",
    )
    .unwrap();
    let error = config.build("example.org").err().unwrap().to_string();
    assert!(
        error.starts_with(&format!("{key}/nowhere/ca.pem\" cannot be read: ")),
        "{error}"
    );
}
