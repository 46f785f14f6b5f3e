//! A logger that keeps what it is told.

use std::mem;
use std::sync::{Mutex, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

/// The lines of the log. There is one log in a process, so a test that needs it has a file of its own.
#[derive(Debug)]
pub struct LogLines(Mutex<Vec<String>>);

impl LogLines {
    /// Becomes the logger of the process, of all levels. Panics if there is one already.
    pub fn install() -> &'static Self {
        static LINES: LogLines = LogLines(Mutex::new(Vec::new()));
        log::set_logger(&LINES).expect("there is no other logger");
        log::set_max_level(LevelFilter::Trace);
        &LINES
    }

    /// The lines since the last call, each with its level in front.
    pub fn take(&self) -> Vec<String> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Log for LogLines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("{} {}", record.level(), record.args());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn flush(&self) {}
}
