//! Integers of variable length, as Thrift's compact protocol and protobuf have them: seven bits in a byte, the lowest first,
//! and the highest bit of a byte says that another one follows.

/// The most bytes of an integer are ten; this many are copied at once.
const PADDED: usize = 16;

/// Writes an integer.
#[inline]
pub(crate) fn push_varint(buffer: &mut Vec<u8>, value: u64) {
    match digit_of(value) {
        Some(digit) => buffer.push(digit),
        None => push_digits(buffer, value),
    }
}

/// The byte of an integer that needs only one.
#[inline]
pub(crate) fn digit_of(value: u64) -> Option<u8> {
    u8::try_from(value).ok().filter(|digit| *digit < 0x80)
}

fn push_digits(buffer: &mut Vec<u8>, value: u64) {
    // A fixed number of bytes is copied faster than just those that are needed.
    let length = buffer.len() + varint_len(value);
    buffer.extend_from_slice(&padded(value));
    buffer.truncate(length);
}

/// The bytes of an integer.
#[cfg_attr(not(any(test, feature = "otlp")), expect(dead_code))]
pub(crate) fn digits_of(value: u64) -> impl ExactSizeIterator<Item = u8> {
    padded(value).into_iter().take(varint_len(value))
}

/// The bytes of an integer, and zeros behind them.
fn padded(value: u64) -> [u8; PADDED] {
    // Eight groups of seven bits are spread over eight bytes: first two halves, then four quarters, then eight.
    let halves = value & 0x0fff_ffff | (value & 0x00ff_ffff_f000_0000) << 4;
    let quarters = halves & 0x0000_3fff_0000_3fff | (halves & 0x0fff_c000_0fff_c000) << 2;
    let eighths = quarters & 0x007f_007f_007f_007f | (quarters & 0x3f80_3f80_3f80_3f80) << 1;
    let digits = u128::from(eighths) | u128::from(value >> 56 & 0x7f) << 64 | u128::from(value >> 63) << 72;
    let bits_before_last = 8 * (varint_len(value) - 1);
    let has_more = 0x8080_8080_8080_8080_8080 & !(u128::MAX << bits_before_last);
    (digits | has_more).to_le_bytes()
}

/// The number of bytes of an integer.
pub(crate) fn varint_len(value: u64) -> usize {
    (u64::BITS - (value | 1).leading_zeros()).div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_the_bytes_that_prost_gives_them() {
        let powers = (0..64).flat_map(|bit| [1 << bit, (1_u64 << bit) - 1]);
        for value in powers.chain([300, u64::MAX]) {
            let mut expected = Vec::new();
            prost::encoding::encode_varint(value, &mut expected);
            let mut written = Vec::new();
            push_varint(&mut written, value);
            assert_eq!(written, expected);
            assert_eq!(varint_len(value), expected.len());
            assert!(digits_of(value).eq(expected));
        }
    }
}
