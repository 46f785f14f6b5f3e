//! A sampling server that does what a test asks of it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// Answers with this status and body.
    Answer(u16, String),
    /// Answers one request with this body, and does that with the next ones.
    Once(String, Box<Behaviour>),
    /// Takes the request and keeps silent.
    Never,
    /// Sends the right answer, a byte at a time and with such pauses.
    Slowly(String, Duration),
    /// Sends this, which need not be HTTP.
    Raw(Vec<u8>),
    /// Sends a body that does not end.
    Endless,
}

/// Waits until something is so. Panics if it takes longer than ten seconds.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} within ten seconds");
        thread::sleep(Duration::from_millis(2));
    }
}

/// A server on a port of its own of the loopback interface.
#[derive(Debug)]
pub struct FakeSamplingServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    behaviour: Behaviour,
    requests: Vec<String>,
    stopping: bool,
}

impl FakeSamplingServer {
    /// Answers with status 200 and this body.
    pub fn start(body: &str) -> Self {
        Self::start_with(Behaviour::Answer(200, body.to_owned()))
    }

    pub fn start_with(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port of the loopback interface");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                behaviour,
                requests: Vec::new(),
                stopping: false,
            }),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if accepting.lock().stopping {
                    break;
                }
                let shared = Arc::clone(&accepting);
                // That the client goes away in the middle is part of some tests.
                thread::spawn(move || drop(shared.serve(stream)));
            }
        });
        Self { address, shared }
    }

    /// The URL to ask at.
    pub fn url(&self) -> String {
        format!("http://{}/sampling", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it does with requests from now on.
    pub fn set(&self, behaviour: Behaviour) {
        self.shared.lock().behaviour = behaviour;
        self.shared.changed.notify_all();
    }

    /// The requests so far: their lines, as they came.
    pub fn requests(&self) -> Vec<String> {
        self.shared.lock().requests.clone()
    }

    /// Waits for so many requests and returns them. Panics if they do not come in time.
    pub fn requests_within(&self, count: usize, timeout: Duration) -> Vec<String> {
        let deadline = Instant::now() + timeout;
        let mut state = self.shared.lock();
        while state.requests.len() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{count} requests, and not {:?}", state.requests);
            let outcome = self.shared.changed.wait_timeout(state, left);
            state = outcome.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.requests.clone()
    }
}

impl Drop for FakeSamplingServer {
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.changed.notify_all();
        // The thread waits for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut request = String::new();
        while reader.read_line(&mut request)? > 2 {}
        let mut state = self.lock();
        state.requests.push(request);
        let behaviour = state.behaviour.clone();
        if let Behaviour::Once(_, next) = &behaviour {
            state.behaviour = (**next).clone();
        }
        self.changed.notify_all();
        drop(state);
        match behaviour {
            Behaviour::Answer(status, body) => stream.write_all(answer(status, &body).as_bytes()),
            Behaviour::Once(body, _) => stream.write_all(answer(200, &body).as_bytes()),
            Behaviour::Raw(bytes) => stream.write_all(&bytes),
            Behaviour::Never => {
                let mut state = self.lock();
                while !state.stopping && matches!(state.behaviour, Behaviour::Never) {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                Ok(())
            }
            Behaviour::Slowly(body, pause) => {
                for byte in answer(200, &body).bytes() {
                    stream.write_all(&[byte])?;
                    thread::sleep(pause);
                }
                Ok(())
            }
            Behaviour::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
                loop {
                    stream.write_all(&[b' '; 1 << 16])?;
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(status: u16, body: &str) -> String {
    let location = match status {
        300..400 => "location: /elsewhere\r\n",
        _ => "",
    };
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\n{location}connection: close\r\n\r\n{body}"
    )
}
