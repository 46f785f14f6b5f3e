//! An OTLP collector, as far as it counts spans.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

const DONE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";

pub(super) fn listen(arrivals: Sender<Vec<u8>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let arrivals = arrivals.clone();
            thread::spawn(move || serve(stream, &arrivals));
        }
    });
    address
}

/// How many spans are in the body of a request.
pub(super) fn spans(body: &[u8]) -> usize {
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
    let scopes = request.resource_spans.iter().flat_map(|spans| &spans.scope_spans);
    scopes.map(|scope| scope.spans.len()).sum()
}

/// Until the client closes the connection.
fn serve(stream: TcpStream, arrivals: &Sender<Vec<u8>>) {
    let mut writer = stream.try_clone().expect("the same stream");
    let mut reader = BufReader::new(stream);
    while let Some(length) = read_head(&mut reader) {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the whole body");
        if arrivals.send(body).is_err() || writer.write_all(DONE).is_err() {
            return;
        }
    }
}

/// The length of the body that follows, or nothing if no request does.
fn read_head(reader: &mut impl BufRead) -> Option<usize> {
    let mut length = None;
    for line in reader.lines() {
        let line = line.ok()?.to_ascii_lowercase();
        if line.is_empty() {
            return Some(length.expect("a request with a length"));
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = Some(value.trim().parse().expect("a length"));
        }
    }
    None
}
