//! Fields of messages in protobuf's encoding.

use crate::reporter::encoding::varint::{digits_of, push_varint, varint_len};

const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const LENGTH: u64 = 2;

/// Writes messages field by field. As protobuf demands, a message gives its fields by their numbers; all that are used here
/// are below 16.
#[derive(Debug, Default)]
pub(super) struct Writer {
    buffer: Vec<u8>,
}

impl Writer {
    /// The bytes written so far.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// An integer, a boolean or an enumeration, also if it is zero.
    pub(super) fn varint(&mut self, field: u64, value: u64) {
        self.key(field, VARINT);
        push_varint(&mut self.buffer, value);
    }

    /// A floating point number, also if it is zero.
    pub(super) fn double(&mut self, field: u64, value: f64) {
        self.key(field, FIXED_64);
        self.buffer.extend(value.to_le_bytes());
    }

    /// A time. Zero is left out: a reader takes it for a field that is missing.
    pub(super) fn fixed64(&mut self, field: u64, value: u64) {
        if value != 0 {
            self.key(field, FIXED_64);
            self.buffer.extend(value.to_le_bytes());
        }
    }

    /// Text or bytes, also if there are none.
    pub(super) fn bytes(&mut self, field: u64, value: &[u8]) {
        self.begin_message(field, value.len());
        self.buffer.extend_from_slice(value);
    }

    /// Text. An empty one is left out: a reader takes it for a field that is missing.
    pub(super) fn text(&mut self, field: u64, value: &str) {
        if !value.is_empty() {
            self.bytes(field, value.as_bytes());
        }
    }

    /// What `write` writes, as a message in a field.
    pub(super) fn message(&mut self, field: u64, write: impl FnOnce(&mut Self)) {
        self.key(field, LENGTH);
        let at = self.buffer.len();
        // Most messages are shorter than 128 bytes, and their length is one byte.
        self.buffer.push(0);
        write(self);
        let length = self.buffer.len() - at - 1;
        match (u8::try_from(length), self.buffer.get_mut(at)) {
            (Ok(digit @ ..0x80), Some(place)) => *place = digit,
            _ => drop(self.buffer.splice(at..=at, digits_of(length as u64))),
        }
    }

    /// The beginning of a field with a message of this length.
    pub(super) fn begin_message(&mut self, field: u64, length: usize) {
        self.key(field, LENGTH);
        push_varint(&mut self.buffer, length as u64);
    }

    fn key(&mut self, field: u64, wire_type: u64) {
        push_varint(&mut self.buffer, field << 3 | wire_type);
    }
}

/// The bytes of a field below 16 with a message of this length.
pub(super) fn message_len(length: usize) -> usize {
    1 + varint_len(length as u64) + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_message_is_known_before_it_is_written() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
            let mut out = Writer::default();
            out.message(1, |out| out.buffer.resize(out.buffer.len() + length, b'x'));
            assert_eq!(out.len(), message_len(length), "{length}");
            let mut bytes = Writer::default();
            bytes.bytes(1, &vec![b'x'; length]);
            assert_eq!(out.buffer, bytes.buffer, "{length}");
        }
    }
}
