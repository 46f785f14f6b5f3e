//! A program that we did not write, which does what it is asked, one JSON object a line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// A running peer. It ends when it is dropped or when this process ends, since its input ends then.
#[derive(Debug)]
pub struct Peer(Mutex<Pipes>);

#[derive(Debug)]
struct Pipes {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts the program with `config` as one more argument.
    pub fn start(mut command: Command, config: &Value) -> Self {
        let mut child = command
            .arg(config.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Self(Mutex::new(Pipes { child, stdin, stdout }))
    }

    /// Its answer to one request. Panics if there is none, or if it has a `failure`.
    pub fn ask(&self, request: &Value) -> Value {
        let mut pipes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = pipes.ask(request);
        drop(pipes);
        let answer = answer.unwrap_or_else(|error| panic!("no answer to {request}: {error}"));
        if let Some(failure) = answer.get("failure").and_then(Value::as_str) {
            panic!("{request}: {failure}");
        }
        answer
    }
}

impl Pipes {
    fn ask(&mut self, request: &Value) -> std::io::Result<Value> {
        let stdin = self.stdin.as_mut().expect("it is open until the end");
        stdin.write_all(format!("{request}\n").as_bytes())?;
        let mut answer = String::new();
        self.stdout.read_line(&mut answer)?;
        Ok(serde_json::from_str(&answer)?)
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        self.stdin.take();
        let _ = self.child.wait();
    }
}
