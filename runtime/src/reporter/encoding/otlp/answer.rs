//! The answers to requests.

/// The number of spans that an answer rejects, and its reason.
///
/// An answer that is not in the protocol rejects nothing, and neither does one with a warning only.
pub(crate) fn rejection(answer: &[u8]) -> Option<(u64, String)> {
    let mut partial_success = PartialSuccess::default();
    let mut rest = answer;
    while !rest.is_empty() {
        if let (1, value) = next_field(&mut rest)? {
            partial_success.read(value.as_bytes()?)?;
        }
    }
    let rejected = u64::try_from(partial_success.rejected_spans).ok()?;
    (rejected > 0).then(|| (rejected, partial_success.error_message.to_owned()))
}

#[derive(Debug, Default)]
struct PartialSuccess<'a> {
    rejected_spans: i64,
    error_message: &'a str,
}

impl<'a> PartialSuccess<'a> {
    /// A field that is repeated has its last value.
    fn read(&mut self, mut message: &'a [u8]) -> Option<()> {
        while !message.is_empty() {
            match next_field(&mut message)? {
                (1, Value::Varint(rejected)) => self.rejected_spans = rejected as i64,
                (2, value) => self.error_message = std::str::from_utf8(value.as_bytes()?).ok()?,
                (1, _) => return None,
                _ => {}
            }
        }
        Some(())
    }
}

#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    Fixed,
}

impl<'a> Value<'a> {
    fn as_bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Reads a field, and its number, from the beginning of a message.
fn next_field<'a>(message: &mut &'a [u8]) -> Option<(u32, Value<'a>)> {
    let key = u32::try_from(varint(message)?).ok()?;
    let value = match key & 7 {
        0 => Value::Varint(varint(message)?),
        1 => take(message, 8).map(|_| Value::Fixed)?,
        2 => {
            let length = usize::try_from(varint(message)?).ok()?;
            Value::Bytes(take(message, length)?)
        }
        5 => take(message, 4).map(|_| Value::Fixed)?,
        _ => return None,
    };
    let number = key >> 3;
    (number > 0).then_some((number, value))
}

fn take<'a>(message: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = message.split_at_checked(length)?;
    *message = rest;
    Some(taken)
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let digit = *take(message, 1)?.first()?;
        // The last digit has room for one bit.
        if shift == 63 && digit > 1 {
            return None;
        }
        value |= u64::from(digit & 0x7f) << shift;
        if digit < 0x80 {
            return Some(value);
        }
    }
    None
}
