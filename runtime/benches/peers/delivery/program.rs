//! This program in further processes: senders, and sinks that tell what arrived.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::contender::Transport;
use crate::load::Sent;
use crate::sink::Arrived;

/// A process that receives spans until this is dropped.
pub(crate) struct Sink {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Sink {
    pub(crate) fn start(transport: Transport) -> Self {
        let mut process = again(&["sink", &transport.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts again");
        let questions = process.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(process.stdout.take().expect("a pipe"));
        let address = line(&mut answers).parse().expect("an address");
        Self {
            process,
            questions,
            answers,
            address,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What arrived since the last call, once nothing more does.
    pub(crate) fn arrived(&mut self) -> Arrived {
        writeln!(self.questions, "arrived?").expect("the sink runs");
        line(&mut self.answers).parse().expect("an answer")
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Lets this contender send so many bursts, in a process of its own.
pub(crate) fn send(contender: usize, sink: SocketAddr, bursts: u64) -> Sent {
    let output = again(&[
        "send",
        &contender.to_string(),
        &sink.to_string(),
        &bursts.to_string(),
    ])
    .stderr(Stdio::inherit())
    .output()
    .expect("this program starts again");
    assert!(output.status.success(), "a sender failed: {}", output.status);
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().expect("what a sender says")
}

fn again(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    // A proxy would not find the sink.
    command.args(arguments).env("NO_PROXY", "127.0.0.1");
    command
}

fn line(pipe: &mut impl BufRead) -> String {
    let mut line = String::new();
    pipe.read_line(&mut line).expect("a line");
    line.trim().to_owned()
}
