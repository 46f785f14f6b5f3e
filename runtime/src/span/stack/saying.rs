//! What is said several times over a span with handles, under one lock.

use super::shared_span::SharedSpan;
use crate::delivery::entry::Key;
use crate::model::value::Value;
use crate::util::tick::Tick;

impl SharedSpan {
    /// Adds a log record with nothing but an event.
    pub(crate) fn log_event(&self, event: &'static str) {
        self.change_details("log_kv", |details, room| {
            details.log_event(event, Tick::now(), room);
        });
    }

    /// Sets a last tag, which no metrics of requests need, and adds a last event. Then the span finishes.
    pub(crate) fn finish_saying(&self, key: &'static str, value: &Value<'_>, event: &'static str) {
        let mut state = self.state();
        if state.finished {
            drop(state);
            // Both uses are counted.
            self.notice("set_tag");
            self.notice("log_kv");
            return;
        }
        let end = Tick::now();
        if let Some(room) = self.room() {
            let details = state.details();
            details.set_tag(Key::Static(key), value, room);
            details.log_event(event, end, room);
        }
        state.finished = true;
        self.submit(&mut state, end, None);
    }
}
