//! The operations of a Thrift protocol that Jaeger's structures need.

/// Writes Jaeger's structures into a buffer.
///
/// A structure is `begin_struct`, its fields with rising ids, and `end_struct`. The bytes of a structure do
/// not depend on its position, so it can be written separately and appended to `buffer()`.
pub(crate) trait Protocol: Default {
    /// The bytes written so far.
    fn buffer(&mut self) -> &mut Vec<u8>;

    /// Writes the header of a message without an answer; a structure with its arguments follows.
    fn oneway_message(&mut self, name: &str, sequence_id: u32);
    fn begin_struct(&mut self);
    fn end_struct(&mut self);

    fn bool_field(&mut self, id: i16, value: bool);
    fn i32_field(&mut self, id: i16, value: i32);
    fn i64_field(&mut self, id: i16, value: i64);
    fn double_field(&mut self, id: i16, value: f64);
    fn binary_field(&mut self, id: i16, value: &[u8]);
    /// Writes the header of a field; one structure follows.
    fn struct_field(&mut self, id: i16);
    /// Writes the header of a field; `length` structures follow. Jaeger has no other lists.
    fn struct_list_field(&mut self, id: i16, length: usize);

    /// The bytes of a list of structures before its elements, without the header of the field.
    fn struct_list_header_len(length: usize) -> usize;
}
