//! Writes the files that `.ci/browser` opens: traces of two homeservers and of a stranger, one of them slow, one hostile and
//! one large. The argument is the folder. All times are fixed, so that pictures of two runs are equal.

mod large;
mod other;
mod recording;
mod slow_sync;

use std::env;
use std::error::Error;
use std::path::Path;

use fedtrace::reporter::{HtmlReporter, JaegerJsonReporter, Reporter};

use recording::Recording;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("the argument is a folder")?;
    let folder = Path::new(&folder);
    let slow = slow_sync::record();
    let mut all = other::record();
    all.append(&slow);
    let files = [("trace", &slow), ("traces", &all), ("large", &large::record())];
    for (name, recording) in files {
        write(HtmlReporter::file(folder.join(format!("{name}.html"))), recording)?;
        write(
            JaegerJsonReporter::file(folder.join(format!("{name}.json"))),
            recording,
        )?;
    }
    write(HtmlReporter::folder(folder.join("by-trace")), &all)
}

fn write(mut reporter: impl Reporter, recording: &Recording) -> Result<(), Box<dyn Error>> {
    for (process, spans) in recording.services() {
        let report = reporter.report(process, spans.into());
        if report.failed > 0 {
            return Err(format!("{} spans of {} are lost", report.failed, process.service_name).into());
        }
    }
    reporter.flush();
    Ok(())
}
