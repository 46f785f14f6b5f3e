//! The ids of traces and spans.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};
use std::str::FromStr;

use super::error::id::ParseIdError;

/// Identifies a trace: 64 or 128 bits, never zero.
///
/// Shown as 16 or 32 lower-case hexadecimal digits, as Jaeger's clients write it. It is parsed from 1 to 32
/// hexadecimal digits of either case, without a sign. With the feature `serde` it is serialized as that text.
///
/// ```
/// use fedtrace::TraceId;
///
/// let id = TraceId::new(0xabc).unwrap();
/// assert_eq!(id.to_string(), "0000000000000abc");
/// assert_eq!("0000000000000abc".parse(), Ok(id));
/// assert!("0".parse::<TraceId>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(NonZeroU128);

impl TraceId {
    pub(crate) const MIN: Self = Self(NonZeroU128::MIN);

    /// An id from its number, or `None` for zero, which is not an id.
    pub fn new(id: u128) -> Option<Self> {
        NonZeroU128::new(id).map(Self)
    }

    pub(crate) fn from_low(low: u64) -> Self {
        Self(NonZeroU128::new(u128::from(low)).unwrap_or(NonZeroU128::MIN))
    }

    pub(crate) fn from_halves(high: u64, low: u64) -> Self {
        Self(NonZeroU128::new(u128::from(high) << 64 | u128::from(low)).unwrap_or(NonZeroU128::MIN))
    }

    /// The number.
    pub fn get(self) -> u128 {
        self.0.get()
    }

    /// The lower 64 bits, the part on which samplers decide.
    pub fn low(self) -> u64 {
        self.0.get() as u64
    }

    /// The upper 64 bits; zero in a 64-bit id.
    pub fn high(self) -> u64 {
        (self.0.get() >> 64) as u64
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.high() {
            0 => write!(f, "{:016x}", self.low()),
            high => write!(f, "{high:016x}{:016x}", self.low()),
        }
    }
}

impl fmt::LowerHex for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

impl From<NonZeroU128> for TraceId {
    fn from(id: NonZeroU128) -> Self {
        Self(id)
    }
}

impl FromStr for TraceId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let id = hexadecimal(text, 32).ok_or(ParseIdError::malformed(32))?;
        Self::new(id).ok_or(ParseIdError::ZERO)
    }
}

/// Identifies a span in its trace: 64 bits, never zero.
///
/// Shown as 16 lower-case hexadecimal digits. It is parsed from 1 to 16 hexadecimal digits of either case, without
/// a sign. With the feature `serde` it is serialized as that text.
///
/// ```
/// use fedtrace::SpanId;
///
/// let id: SpanId = "abc".parse()?;
/// assert_eq!(id.to_string(), "0000000000000abc");
/// assert_eq!(format!("{id:x}"), "abc");
/// # Ok::<(), fedtrace::ParseIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(NonZeroU64);

impl SpanId {
    pub(crate) const MIN: Self = Self(NonZeroU64::MIN);

    /// An id from its number, or `None` for zero, which is not an id.
    pub fn new(id: u64) -> Option<Self> {
        NonZeroU64::new(id).map(Self)
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::LowerHex for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}

impl From<NonZeroU64> for SpanId {
    fn from(id: NonZeroU64) -> Self {
        Self(id)
    }
}

impl FromStr for SpanId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let id = hexadecimal(text, 16)
            .and_then(|id| u64::try_from(id).ok())
            .ok_or(ParseIdError::malformed(16))?;
        Self::new(id).ok_or(ParseIdError::ZERO)
    }
}

/// The number in at most `max_digits` hexadecimal digits.
pub(crate) fn hexadecimal(digits: &str, max_digits: usize) -> Option<u128> {
    let is_number = digits.len() <= max_digits && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    // `from_str_radix` alone would take a sign.
    is_number.then(|| u128::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_parsed_as_it_is_printed() {
        for id in [1, 0xabc, u128::from(u64::MAX), 1 << 64, u128::MAX] {
            let id = TraceId::new(id).unwrap();
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(format!("{id:x}").parse(), Ok(id));
        }
        for id in [1, 0xabc, u64::MAX] {
            let id = SpanId::new(id).unwrap();
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(format!("{id:x}").parse(), Ok(id));
        }
        assert_eq!("ABC".parse(), Ok(SpanId::new(0xabc).unwrap()));
    }

    #[test]
    fn zero_a_sign_a_space_and_too_many_digits_are_no_id() {
        let (long, longer) = ("1".repeat(17), "1".repeat(33));
        for text in [
            "",
            "0",
            "0000000000000000",
            "+1",
            "-1",
            " 1",
            "1 ",
            "0x1",
            "g",
            longer.as_str(),
        ] {
            assert!(text.parse::<TraceId>().is_err(), "{text:?}");
            assert!(text.parse::<SpanId>().is_err(), "{text:?}");
        }
        assert!(long.parse::<TraceId>().is_ok());
        assert!(long.parse::<SpanId>().is_err());
    }

    #[test]
    fn the_error_says_what_an_id_looks_like() {
        let error = |text: &str| text.parse::<SpanId>().unwrap_err().to_string();
        assert_eq!(error("x"), "an id is written in 1 to 16 hexadecimal digits");
        assert_eq!(error("0"), "zero is not an id");
    }

    #[test]
    fn a_number_that_is_not_zero_is_an_id() {
        assert_eq!(TraceId::from(NonZeroU128::MIN).get(), 1);
        assert_eq!(SpanId::from(NonZeroU64::MAX).get(), u64::MAX);
    }
}
