//! Durations and sizes as people write them.

use std::time::Duration;

#[cfg(feature = "serde")]
use super::section::Value;
#[cfg(feature = "serde")]
use crate::model::error::config::ConfigError;

/// As Go writes it (`1m30s`), or in milliseconds.
pub(crate) fn milliseconds_or_duration(text: &str) -> Option<Duration> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().ok().map(Duration::from_millis),
        false => duration(text),
    }
}

fn duration(text: &str) -> Option<Duration> {
    if text.is_empty() {
        return None;
    }
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let (number, behind) =
            rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?)?;
        let unit = behind.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, next) = behind.split_at_checked(unit.unwrap_or(behind.len()))?;
        let of_a_second = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            // Two signs that look alike: micro and the Greek letter.
            "us" | "\u{b5}s" | "\u{3bc}s" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * of_a_second;
        rest = next;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(feature = "serde")]
impl Value {
    /// As Go writes it (`1m30s`), or a number of seconds.
    pub(crate) fn duration(&self) -> Result<Duration, ConfigError> {
        let seconds = self.number().map(Duration::try_from_secs_f64);
        let read = match seconds {
            Some(seconds) => seconds.ok(),
            None => self.text().ok().and_then(|text| duration(text.trim())),
        };
        read.ok_or_else(|| self.wrong("is not a duration; write one such as 2s, 500ms or 1m30s, or seconds"))
    }

    /// A number of bytes above zero and below 4 GiB, or one with a unit (`16MiB`).
    pub(crate) fn bytes(&self) -> Result<usize, ConfigError> {
        let bytes = match self.number() {
            Some(bytes) => Some(bytes),
            None => self.text().ok().and_then(|text| size(text.trim())),
        };
        bytes
            .filter(|bytes| bytes.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(bytes))
            .map(|bytes| bytes as usize)
            .ok_or_else(|| {
                self.wrong("is not a size below 4GiB; write one such as 16MiB, or a number of bytes")
            })
    }
}

#[cfg(feature = "serde")]
fn size(text: &str) -> Option<f64> {
    let (number, unit) = text.split_at_checked(text.find(|c: char| c.is_ascii_alphabetic())?)?;
    let bytes = match unit {
        "B" => 1,
        "kB" | "KB" => 1_000,
        "KiB" | "K" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" | "M" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" | "G" => 1 << 30,
        _ => return None,
    };
    let number: f64 = number.trim_end().parse().ok()?;
    Some(number * f64::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::milliseconds_or_duration;

    #[test]
    fn an_interval_is_read_as_go_writes_it_or_in_milliseconds() {
        for (text, nanoseconds) in [
            ("1s", 1_000_000_000),
            ("1500", 1_500_000_000),
            ("1h0m1.5s", 3_601_500_000_000),
            (".5s", 500_000_000),
            ("250us", 250_000),
            ("250\u{b5}s", 250_000),
            ("250\u{3bc}s", 250_000),
            ("40ns", 40),
        ] {
            let read = milliseconds_or_duration(text).map(|read| read.as_nanos());
            assert_eq!(read, Some(nanoseconds), "{text}");
        }
        for text in [
            "",
            "s",
            "1.",
            "1x",
            "1s1",
            "+1s",
            "1e3s",
            "1d",
            "1 s",
            "99999999999999999999",
        ] {
            assert_eq!(milliseconds_or_duration(text), None, "{text}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_size_has_a_unit_of_thousands_or_of_1024() {
        use super::size;

        assert_eq!(size("16MiB"), Some(16.0 * 1024.0 * 1024.0));
        assert_eq!(size("1.5 kB"), Some(1500.0));
        assert_eq!(size("2G"), Some(2.0 * 1024.0 * 1024.0 * 1024.0));
        for text in ["MiB", "16 apples", "-", ""] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
