//! Thrift's compact protocol.

use super::protocol::Protocol;
use crate::reporter::encoding::varint::{digit_of, push_varint, varint_len};

const PROTOCOL_ID: u8 = 0x82;
const VERSION: u8 = 1;
const ONEWAY: u8 = 4;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// From this length on, the length of a list is written in separate bytes.
const LONG_LIST: usize = 15;

#[derive(Debug, Default)]
pub(crate) struct Compact {
    buffer: Vec<u8>,
    /// The id of the last field of the open structure, because ids are written as differences.
    last_id: i16,
    /// The same for the structures around it.
    outer_ids: Vec<i16>,
}

impl Compact {
    fn varint(&mut self, value: u64) {
        push_varint(&mut self.buffer, value);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.varint(bytes.len() as u64);
        self.buffer.extend_from_slice(bytes);
    }

    fn field(&mut self, id: i16, kind: u8) {
        match self.short_header(id, kind) {
            Some(header) => self.buffer.push(header),
            None => {
                self.buffer.push(kind);
                self.varint(zigzag(i64::from(id)));
            }
        }
        self.last_id = id;
    }

    /// The header of a field, if its id follows soon after the last one.
    #[inline]
    fn short_header(&self, id: i16, kind: u8) -> Option<u8> {
        match id.saturating_sub(self.last_id) {
            delta @ 1..=15 => Some((delta as u8) << 4 | kind),
            _ => None,
        }
    }

    /// A field that begins with an integer. Both are mostly a byte, and two bytes at once take half of the time.
    #[inline]
    fn integer(&mut self, id: i16, kind: u8, value: u64) {
        match (self.short_header(id, kind), digit_of(value)) {
            (Some(header), Some(digit)) => {
                self.buffer.extend_from_slice(&[header, digit]);
                self.last_id = id;
            }
            _ => {
                self.field(id, kind);
                self.varint(value);
            }
        }
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

impl Protocol for Compact {
    fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    fn oneway_message(&mut self, name: &str, sequence_id: u32) {
        self.buffer.extend([PROTOCOL_ID, ONEWAY << 5 | VERSION]);
        self.varint(u64::from(sequence_id));
        self.bytes(name.as_bytes());
    }

    fn begin_struct(&mut self) {
        self.outer_ids.push(std::mem::take(&mut self.last_id));
    }

    fn end_struct(&mut self) {
        self.last_id = self.outer_ids.pop().unwrap_or_default();
        self.buffer.push(0);
    }

    fn bool_field(&mut self, id: i16, value: bool) {
        self.field(id, if value { TRUE } else { FALSE });
    }

    fn i32_field(&mut self, id: i16, value: i32) {
        self.integer(id, I32, zigzag(i64::from(value)));
    }

    fn i64_field(&mut self, id: i16, value: i64) {
        self.integer(id, I64, zigzag(value));
    }

    fn double_field(&mut self, id: i16, value: f64) {
        self.field(id, DOUBLE);
        // Thrift's specification says big-endian, but all its implementations write little-endian.
        self.buffer.extend(value.to_le_bytes());
    }

    fn binary_field(&mut self, id: i16, value: &[u8]) {
        self.integer(id, BINARY, value.len() as u64);
        self.buffer.extend_from_slice(value);
    }

    fn struct_field(&mut self, id: i16) {
        self.field(id, STRUCT);
    }

    fn struct_list_field(&mut self, id: i16, length: usize) {
        self.field(id, LIST);
        if length < LONG_LIST {
            self.buffer.push((length as u8) << 4 | STRUCT);
        } else {
            self.buffer.push(0xf0 | STRUCT);
            self.varint(length as u64);
        }
    }

    fn struct_list_header_len(length: usize) -> usize {
        if length < LONG_LIST {
            1
        } else {
            1 + varint_len(length as u64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_list_header_is_known_before_it_is_written() {
        for length in (0..300).chain([16_383, 16_384, 2_097_151, 2_097_152]) {
            let mut out = Compact::default();
            out.struct_list_field(1, length);
            let field_header_len = 1;
            let header_len = out.buffer.len() - field_header_len;
            assert_eq!(header_len, Compact::struct_list_header_len(length), "{length}");
        }
    }

    #[test]
    fn ids_far_apart_or_falling_are_written_whole() {
        let mut out = Compact::default();
        out.begin_struct();
        out.bool_field(1, true);
        out.bool_field(17, false);
        out.bool_field(2, true);
        out.end_struct();
        assert_eq!(out.buffer, [0x11, 0x02, 0x22, 0x01, 0x04, 0x00]);
    }
}
