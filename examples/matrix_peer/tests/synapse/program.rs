//! A program that runs for the tests.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take to start. The machine may be busy.
const START: Duration = Duration::from_secs(90);

/// A program. It ends with its standard input: when this is dropped, and when the test program is killed.
#[derive(Debug)]
pub(crate) struct Program {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

/// Why a program is not ready.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It has ended, such as because somebody has taken its port.
    Ended(String),
    /// It runs, and does not do what it should.
    Late(String),
}

impl Program {
    pub(crate) fn start(name: &'static str, mut command: Command, folder: &Path) -> Self {
        let log = folder.join("log");
        let output = File::create(&log).unwrap();
        command
            .stdin(Stdio::piped())
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        let child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name, child, log }
    }

    /// Waits until it is ready. If it is not, says so with the end of its log.
    pub(crate) fn wait_until(&mut self, what: &str, is_ready: impl Fn() -> bool) -> Result<(), Failure> {
        let deadline = Instant::now() + START;
        loop {
            if is_ready() {
                return Ok(());
            }
            let ended = self.child.try_wait().unwrap();
            let late = Instant::now() > deadline;
            if ended.is_some() || late {
                let (name, log) = (self.name, self.end_of_log());
                return Err(match ended {
                    Some(status) => {
                        Failure::Ended(format!("{name} has ended ({status}) before it {what}\n{log}"))
                    }
                    None => Failure::Late(format!("{name} has not {what} within {START:?}\n{log}")),
                });
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.log.clone()
    }

    fn end_of_log(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
