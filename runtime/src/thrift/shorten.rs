//! What becomes of a span or a process that is too large for one packet.

use super::jaeger::{write_process, write_span};
use super::protocol::Protocol;
use crate::finished::FinishedSpan;
use crate::reporter::Process;
use crate::tag::{Tag, TagValue, tags};

/// The tag, always `true`, on spans and processes that lost something to the size of a packet.
const SHORTENED: &str = "fedtrace.shortened";

/// The lengths to which values are cut, one after the other, until it is enough.
const VALUE_LIMITS: [usize; 4] = [4096, 1024, 256, 64];

/// Appends the span to `out` in at most `room` bytes; `false` if that cannot be done.
///
/// First the name and the long values are cut, then the older logs go, then tags and references.
pub(super) fn write_shortened_span<P: Protocol>(out: &mut P, span: &FinishedSpan, room: usize) -> bool {
    let mut span = span.clone();
    span.tags.insert(0, Tag::new(SHORTENED, true));

    for limit in VALUE_LIMITS {
        cut(&mut span, limit);
        if fits(out, room, |out| write_span(out, &span)) {
            return true;
        }
    }
    while !span.logs.is_empty() {
        // The last log is the one that most often tells of an error.
        span.logs.drain(..span.logs.len().div_ceil(2));
        if fits(out, room, |out| write_span(out, &span)) {
            return true;
        }
    }
    let mut kept = span.tags.len().max(span.references.len());
    while kept > 0 {
        kept /= 2;
        keep_tags(&mut span.tags, kept);
        span.references.truncate(kept);
        if fits(out, room, |out| write_span(out, &span)) {
            return true;
        }
    }
    false
}

/// Appends the process to `out`, without its long values or its tags if it takes more than `room` bytes.
pub(super) fn write_process_within<P: Protocol>(out: &mut P, process: &Process, room: usize) {
    if fits(out, room, |out| write_process(out, process)) {
        return;
    }
    let mut process = process.clone();
    process.tags.insert(0, Tag::new(SHORTENED, true));
    for limit in VALUE_LIMITS {
        for tag in &mut process.tags {
            tag.value.truncate(limit);
        }
        if fits(out, room, |out| write_process(out, &process)) {
            return;
        }
    }
    keep_tags(&mut process.tags, 0);
    write_process(out, &process);
}

/// Writes, and takes back what is longer than `room`.
fn fits<P: Protocol>(out: &mut P, room: usize, write: impl FnOnce(&mut P)) -> bool {
    let start = out.buffer().len();
    write(out);
    let fits = out.buffer().len() - start <= room;
    if !fits {
        out.buffer().truncate(start);
    }
    fits
}

fn cut(span: &mut FinishedSpan, limit: usize) {
    if span.operation_name.len() > limit {
        let mut name = TagValue::String(std::mem::take(&mut span.operation_name));
        name.truncate(limit);
        if let TagValue::String(name) = name {
            span.operation_name = name;
        }
    }
    let fields = span.logs.iter_mut().flat_map(|log| &mut log.fields);
    for tag in span.tags.iter_mut().chain(fields) {
        tag.value.truncate(limit);
    }
}

/// Keeps the first tags, and those that must not be lost.
fn keep_tags(tags: &mut Vec<Tag>, count: usize) {
    let mut index = 0;
    tags.retain(|tag| {
        index += 1;
        index <= count || tag.key == SHORTENED || tag.key == tags::ERROR
    });
}
