//! A logger that keeps what it is told.

use std::mem;
use std::sync::{Mutex, Once, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

/// The lines of the log. There is one log in a process, so a test looks for lines that only it causes, or runs
/// [`alone`](crate::alone).
#[derive(Debug)]
pub struct LogLines(Mutex<Vec<String>>);

impl LogLines {
    /// Becomes the logger of the process, of all levels, once. Panics if there is another one already.
    pub fn install() -> &'static Self {
        static LINES: LogLines = LogLines(Mutex::new(Vec::new()));
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            log::set_logger(&LINES).expect("there is no other logger");
            log::set_max_level(LevelFilter::Trace);
        });
        &LINES
    }

    /// The lines since the last call, each with its level in front.
    pub fn take(&self) -> Vec<String> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The lines that contain this text; they stay.
    pub fn containing(&self, text: &str) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| line.contains(text)).cloned().collect()
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
