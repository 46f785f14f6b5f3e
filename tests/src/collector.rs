//! A collector as far as a client sees it: a server that takes batches by HTTP, in thrift or by OTLP.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use rustracing_jaeger::thrift::jaeger::Span;

use crate::emitted::EmittedBatch;

/// What a [`FakeCollector`] does with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Stores the spans and says so.
    Accept,
    /// Stores the spans, and says so after this time.
    AcceptAfter(Duration),
    /// Stores the spans of a body of at most so many bytes, and answers 413 to a larger one.
    AcceptUpTo(usize),
    /// Stores the spans and says, by OTLP, that it rejected so many of them, and why.
    Reject(i64, &'static str),
    /// Stores nothing and answers with this status and text.
    Status(u16, &'static str),
    /// Stores nothing and answers with this status and this header `Retry-After`.
    RetryAfter(u16, String),
    /// Answers with a redirect to this place.
    Redirect(String),
    /// Stores nothing and writes these bytes instead of an answer.
    Garbage(&'static [u8]),
    /// Never answers, and leaves the connection open.
    Never,
    /// Closes the connection without an answer.
    Close,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method and path.
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The values of all headers of this name.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let headers = self.headers.iter().filter(|(known, _)| known == name);
        headers.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as it was before it was compressed.
    pub fn unpacked(&self) -> io::Result<Vec<u8>> {
        if self.header("content-encoding") != ["gzip"] {
            return Ok(self.body.clone());
        }
        let mut body = Vec::new();
        GzDecoder::new(&*self.body).read_to_end(&mut body)?;
        Ok(body)
    }
}

/// Listens on 127.0.0.1 and does with each request what it is told. Dropping it closes its connections.
#[derive(Debug)]
pub struct FakeCollector {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    answers: VecDeque<Answer>,
    then: Option<Answer>,
    requests: Vec<Request>,
    stored: Vec<EmittedBatch>,
    stored_otlp: Vec<ExportTraceServiceRequest>,
    connections: Vec<TcpStream>,
    failure: Option<String>,
    stopping: bool,
}

impl FakeCollector {
    /// A collector on a port that was free, which accepts everything.
    pub fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port on the loopback interface")
    }

    /// A collector at an address of this machine, for one that starts again or that has IPv6.
    pub fn start_at(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let thread = std::thread::spawn({
            let shared = shared.clone();
            move || shared.listen(&listener)
        });
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }

    /// An address at which there is nobody and that no other socket is given, for [`start_at`](Self::start_at) later.
    pub fn nobody() -> SocketAddr {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let offset = (std::process::id() % 4_000) as u16;
        // Systems hand out higher ports than these.
        let ports =
            std::iter::repeat_with(|| 27_000 + offset + NEXT.fetch_add(1, Ordering::Relaxed)).take(1_000);
        ports
            .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
            .find(|address| TcpListener::bind(address).is_ok())
            .expect("a free port on the loopback interface")
    }

    /// A collector that gives these answers, one to a request, and then goes on with `then`.
    pub fn answering(answers: impl IntoIterator<Item = Answer>, then: Answer) -> Self {
        let collector = Self::start();
        let mut state = collector.shared.lock();
        state.answers = answers.into_iter().collect();
        state.then = Some(then);
        drop(state);
        collector
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it takes spans.
    pub fn endpoint(&self) -> String {
        format!("http://{}/api/traces", self.address)
    }

    /// Where it takes spans by OTLP.
    pub fn otlp_endpoint(&self) -> String {
        format!("http://{}/v1/traces", self.address)
    }

    /// All requests so far, whatever became of them.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// What was stored so far.
    pub fn batches(&self) -> Vec<EmittedBatch> {
        self.state().stored.clone()
    }

    /// What was stored so far of what came by OTLP.
    pub fn otlp_requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.state().stored_otlp.clone()
    }

    /// The spans of these.
    pub fn otlp_spans(&self) -> Vec<opentelemetry_proto::tonic::trace::v1::Span> {
        let requests = self.otlp_requests().into_iter();
        let resources = requests.flat_map(|request| request.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// The spans that were stored so far.
    pub fn spans(&self) -> Vec<Span> {
        self.batches().into_iter().flat_map(|batch| batch.spans).collect()
    }

    /// How many connections were made to it so far.
    pub fn connections(&self) -> usize {
        self.state().connections.len()
    }

    /// Panics if a batch arrived that cannot be decoded.
    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.shared.lock();
        if let Some(failure) = state.failure.clone() {
            drop(state);
            panic!("{failure}");
        }
        state
    }
}

impl Drop for FakeCollector {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.stopping = true;
        for connection in &state.connections {
            let _ = connection.shutdown(Shutdown::Both);
        }
        drop(state);
        // The thread sleeps in `accept`, which a connection ends.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(self: &Arc<Self>, listener: &TcpListener) {
        while let Ok((connection, _)) = listener.accept() {
            let mut state = self.lock();
            if state.stopping {
                return;
            }
            state.connections.extend(connection.try_clone());
            drop(state);
            let shared = self.clone();
            // It ends when its connection does.
            std::thread::spawn(move || shared.serve(connection));
        }
    }

    fn serve(&self, mut connection: TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(connection.try_clone()?);
        while let Some(request) = read_request(&mut reader)? {
            let batch = Batch::of(&request);
            let size = request.body.len();
            let mut state = self.lock();
            state.requests.push(request);
            let answer = state.answers.pop_front().or_else(|| state.then.clone());
            let answer = match answer.unwrap_or(Answer::Accept) {
                Answer::AcceptUpTo(most) if size <= most => Answer::Accept,
                Answer::AcceptUpTo(_) => Answer::Status(413, "too large"),
                answer => answer,
            };
            match (&answer, batch) {
                (_, Err(error)) => state.failure = Some(error),
                (Answer::Accept | Answer::AcceptAfter(_) | Answer::Reject(..), Ok(batch)) => match batch {
                    Batch::Thrift(batch) => state.stored.push(batch),
                    Batch::Otlp(request) => state.stored_otlp.push(request),
                },
                _ => {}
            }
            drop(state);
            let (status, headers, body) = match answer {
                Answer::Accept | Answer::AcceptUpTo(_) => (202, String::new(), Vec::new()),
                Answer::AcceptAfter(time) => {
                    std::thread::sleep(time);
                    (202, String::new(), Vec::new())
                }
                Answer::Reject(spans, why) => (200, String::new(), partial_success(spans, why)),
                Answer::Status(status, text) => (status, String::new(), text.into()),
                Answer::RetryAfter(status, when) => (status, format!("retry-after: {when}\r\n"), Vec::new()),
                Answer::Redirect(to) => (307, format!("location: {to}\r\n"), Vec::new()),
                Answer::Garbage(bytes) => {
                    connection.write_all(bytes)?;
                    return connection.shutdown(Shutdown::Both);
                }
                Answer::Never => continue,
                Answer::Close => return connection.shutdown(Shutdown::Both),
            };
            let length = body.len();
            let head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\n{headers}\r\n");
            connection.write_all(&[head.into_bytes(), body].concat())?;
        }
        Ok(())
    }
}

/// The body of a request, decoded.
enum Batch {
    Thrift(EmittedBatch),
    Otlp(ExportTraceServiceRequest),
}

impl Batch {
    fn of(request: &Request) -> Result<Self, String> {
        let body = request.unpacked().map_err(|error| error.to_string())?;
        match request.header("content-type")[..] {
            ["application/x-protobuf"] => ExportTraceServiceRequest::decode(&*body)
                .map(Self::Otlp)
                .map_err(|error| error.to_string()),
            _ => EmittedBatch::from_body(&body).map(Self::Thrift),
        }
    }
}

fn partial_success(rejected_spans: i64, why: &str) -> Vec<u8> {
    let partial_success = ExportTracePartialSuccess {
        rejected_spans,
        error_message: why.to_owned(),
    };
    let answer = ExportTraceServiceResponse {
        partial_success: Some(partial_success),
    };
    answer.encode_to_vec()
}

/// A request with a body of a known length; `None` at the end of the connection.
fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let line = lines.remove(0).trim_end_matches(" HTTP/1.1").to_owned();
    let headers: Vec<_> = lines
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { line, headers, body }))
}
