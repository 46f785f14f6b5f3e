//! Panics in services and bodies.

use super::request_span::RequestSpan;
use crate::util::panic::PanicWatch;

/// Notes a panic that goes through a poll: who catches it may keep the future for long.
pub(super) struct PanicNote<'a> {
    watch: PanicWatch,
    request: Option<&'a mut RequestSpan>,
}

impl<'a> PanicNote<'a> {
    pub(super) fn new(request: Option<&'a mut RequestSpan>) -> Self {
        Self {
            watch: PanicWatch::new(1),
            request,
        }
    }
}

impl Drop for PanicNote<'_> {
    fn drop(&mut self) {
        if let Some(request) = self.request.take().filter(|_| self.watch.panicked()) {
            request.mark_panic();
        }
    }
}
