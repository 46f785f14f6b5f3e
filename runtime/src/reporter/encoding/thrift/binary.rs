//! Thrift's binary protocol, in its strict form.

use super::protocol::Protocol;

const VERSION: u16 = 0x8001;
const ONEWAY: u16 = 4;

const BOOL: u8 = 2;
const DOUBLE: u8 = 4;
const I32: u8 = 8;
const I64: u8 = 10;
const STRING: u8 = 11;
const STRUCT: u8 = 12;
const LIST: u8 = 15;

#[derive(Debug, Default)]
pub(crate) struct Binary {
    buffer: Vec<u8>,
}

impl Binary {
    fn field(&mut self, id: i16, kind: u8) {
        self.buffer.push(kind);
        self.buffer.extend(id.to_be_bytes());
    }

    fn length(&mut self, length: usize) {
        // A packet is far smaller than `u32::MAX`.
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.buffer.extend(length.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.buffer.extend_from_slice(bytes);
    }
}

impl Protocol for Binary {
    fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    fn oneway_message(&mut self, name: &str, sequence_id: u32) {
        self.buffer.extend(VERSION.to_be_bytes());
        self.buffer.extend(ONEWAY.to_be_bytes());
        self.bytes(name.as_bytes());
        self.buffer.extend(sequence_id.to_be_bytes());
    }

    fn begin_struct(&mut self) {}

    fn end_struct(&mut self) {
        self.buffer.push(0);
    }

    fn bool_field(&mut self, id: i16, value: bool) {
        self.field(id, BOOL);
        self.buffer.push(u8::from(value));
    }

    fn i32_field(&mut self, id: i16, value: i32) {
        self.field(id, I32);
        self.buffer.extend(value.to_be_bytes());
    }

    fn i64_field(&mut self, id: i16, value: i64) {
        self.field(id, I64);
        self.buffer.extend(value.to_be_bytes());
    }

    fn double_field(&mut self, id: i16, value: f64) {
        self.field(id, DOUBLE);
        self.buffer.extend(value.to_be_bytes());
    }

    fn binary_field(&mut self, id: i16, value: &[u8]) {
        self.field(id, STRING);
        self.bytes(value);
    }

    fn struct_field(&mut self, id: i16) {
        self.field(id, STRUCT);
    }

    fn struct_list_field(&mut self, id: i16, length: usize) {
        self.field(id, LIST);
        self.buffer.push(STRUCT);
        self.length(length);
    }

    fn struct_list_header_len(_length: usize) -> usize {
        5
    }
}
