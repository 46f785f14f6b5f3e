//! The place before the spans of a message, which is filled once the message is complete.

/// The number of bytes that are left free before the spans in the buffer of a message.
///
/// What stands before the spans depends on their number, so it is written last. With a gap, the spans are at their final
/// place from the beginning.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Gap(usize);

impl Gap {
    /// Empties the buffer, and leaves this number of bytes free for the head of the message.
    pub(crate) fn begin(buffer: &mut Vec<u8>, largest_head: usize) -> Self {
        buffer.clear();
        buffer.resize(largest_head, 0);
        Self(largest_head)
    }

    /// The bytes of the spans.
    pub(crate) fn spans_len(self, buffer: &[u8]) -> usize {
        buffer.len().saturating_sub(self.0)
    }

    /// Removes all spans.
    pub(crate) fn clear(self, buffer: &mut Vec<u8>) {
        buffer.truncate(self.0);
    }

    /// The message with the first `spans_len` bytes of the spans. What follows them stands behind the tail.
    pub(crate) fn complete<'a>(
        self,
        buffer: &'a mut Vec<u8>,
        spans_len: usize,
        head: &[u8],
        tail: &[u8],
    ) -> &'a [u8] {
        let (start, end) = (self.0.saturating_sub(head.len()), self.0 + spans_len);
        if let Some(place) = buffer.get_mut(start..start + head.len()) {
            place.copy_from_slice(head);
        }
        drop(buffer.splice(end..end, tail.iter().copied()));
        buffer.get(start..end + tail.len()).unwrap_or_default()
    }

    /// Removes the spans and the tail of a message that was sent. What follows them begins the next message.
    pub(crate) fn keep_rest(self, buffer: &mut Vec<u8>, spans_len: usize, tail_len: usize) {
        buffer.drain(self.0..self.0 + spans_len + tail_len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_complete_and_the_span_that_did_not_fit_begins_the_next_one() {
        let mut buffer = b"of another message".to_vec();
        let gap = Gap::begin(&mut buffer, 4);
        buffer.extend(b"abcd");
        assert_eq!(gap.spans_len(&buffer), 4);
        assert_eq!(gap.complete(&mut buffer, 3, b"<-", b"->!"), b"<-abc->!");

        gap.keep_rest(&mut buffer, 3, 3);
        buffer.extend(b"ef");
        assert_eq!(gap.complete(&mut buffer, 3, b"1234", b""), b"1234def");

        gap.keep_rest(&mut buffer, 3, 0);
        assert_eq!(gap.spans_len(&buffer), 0);
        assert_eq!(gap.complete(&mut buffer, 0, b"", b""), b"");
    }
}
