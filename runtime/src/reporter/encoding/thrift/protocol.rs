//! What the encodings of Thrift have in common, as far as Jaeger's structures need it.

/// Writes Jaeger's structures into a buffer.
///
/// A structure is `begin_struct`, its fields with rising ids, `end_struct`. An encoded structure reads the same
/// wherever it stands, so it can be written apart and put in its place with `buffer().extend_from_slice(…)`.
pub(crate) trait Protocol: Default {
    /// All that was written.
    fn buffer(&mut self) -> &mut Vec<u8>;

    /// The header of a message without an answer; a structure with its arguments follows.
    fn oneway_message(&mut self, name: &str, sequence_id: u32);
    fn begin_struct(&mut self);
    fn end_struct(&mut self);

    fn bool_field(&mut self, id: i16, value: bool);
    fn i32_field(&mut self, id: i16, value: i32);
    fn i64_field(&mut self, id: i16, value: i64);
    fn double_field(&mut self, id: i16, value: f64);
    fn binary_field(&mut self, id: i16, value: &[u8]);
    /// The header of a field; one structure follows.
    fn struct_field(&mut self, id: i16);
    /// The header of a field; `length` structures follow. Jaeger has no lists of anything else.
    fn struct_list_field(&mut self, id: i16, length: usize);

    /// How many bytes of a list of structures are not its elements, without the header of the field.
    fn struct_list_header_len(length: usize) -> usize;
}
