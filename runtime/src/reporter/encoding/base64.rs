//! Bytes as text.

use std::fmt::{self, Write};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Shows bytes in base64 with padding.
pub(crate) struct Base64<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.chunks(3) {
            let byte = |index| chunk.get(index).copied().map_or(0, usize::from);
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for (nth, shift) in [18, 12, 6, 0].into_iter().enumerate() {
                let digit = DIGITS.get(bits >> shift & 63).filter(|_| nth <= chunk.len());
                f.write_char(digit.copied().map_or('=', char::from))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Base64;

    /// The examples of RFC 4648, section 10.
    #[test]
    fn bytes_are_written_as_the_rfc_writes_them() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(Base64(bytes.as_bytes()).to_string(), text);
        }
        assert_eq!(Base64(&[0xfb, 0xff, 0xfe]).to_string(), "+//+");
    }
}
