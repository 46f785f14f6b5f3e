//! What receives the spans and counts them.

mod http;
mod udp;

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::contender::Transport;

/// Nothing more comes after a silence as long as this.
const SILENCE: Duration = Duration::from_millis(200);

/// What a sink has counted.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    pub(crate) spans: u64,
    /// Of packets, and of the bodies of requests.
    pub(crate) bytes: u64,
}

/// Prints the address at which it listens, and then, for each line that it reads, what arrived since the last one.
pub(crate) fn run(transport: Transport) {
    let (arrivals, messages) = channel();
    // Who receives does not decode, so that no packet waits in the socket for that.
    let (address, spans): (_, fn(&[u8]) -> usize) = match transport {
        Transport::Udp => (udp::listen(arrivals), udp::spans),
        Transport::Otlp => (http::listen(arrivals), http::spans),
    };
    println!("{address}");
    for _question in io::stdin().lines() {
        let mut arrived = Arrived::default();
        loop {
            match messages.recv_timeout(SILENCE) {
                Ok(message) => arrived.add(&message, spans),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        println!("{arrived}");
    }
}

impl Arrived {
    fn add(&mut self, message: &[u8], spans: fn(&[u8]) -> usize) {
        self.spans += spans(message) as u64;
        self.bytes += message.len() as u64;
    }
}

impl fmt::Display for Arrived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.spans, self.bytes)
    }
}

impl FromStr for Arrived {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let wrong = || format!("not what a sink says: {line}");
        let (spans, bytes) = line.split_once(' ').ok_or_else(wrong)?;
        Ok(Self {
            spans: spans.parse().map_err(|_| wrong())?,
            bytes: bytes.parse().map_err(|_| wrong())?,
        })
    }
}
