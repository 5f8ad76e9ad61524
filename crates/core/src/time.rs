//! Instants: integer microseconds since the Unix epoch, UTC.
//!
//! One integer orders, compares and buckets the same way in Rust, `SQLite`, `PostgreSQL` and Parquet.

use jiff::fmt::StdFmtWrite;
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Microseconds of one second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds of one minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds of one hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds of one day.
pub const DAY: i64 = 24 * HOUR;

/// An instant in microseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// Says that a text is no RFC 3339 instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 instant such as 2024-01-15T10:30:00Z")]
pub struct TimestampError;

impl Timestamp {
    /// The epoch, which is also the oldest instant a point may have.
    pub const EPOCH: Self = Self(0);
    /// The last instant that RFC 3339 can write: 9999-12-31T23:59:59.999999Z, less a day for zone offsets.
    pub const MAX: Self = Self(253_402_207_200_000_000 - 1);

    /// Parses an RFC 3339 instant (section 5.6): date, `T`, time with seconds, optional fraction, zone offset.
    /// Digits below a microsecond are cut off.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        if !has_rfc3339_shape(text.as_bytes()) {
            return Err(TimestampError);
        }
        let parsed: jiff::Timestamp = text.parse().map_err(|_| TimestampError)?;
        Ok(Self(parsed.as_microsecond()))
    }

    /// Returns the instant moved by some microseconds; saturates at the ends.
    #[must_use]
    pub fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Returns the start of the bucket of this width (microseconds, positive) that holds the instant.
    #[must_use]
    pub fn floor(self, width: i64) -> Self {
        Self(self.0 - self.0.rem_euclid(width))
    }

    /// Returns whole milliseconds since the epoch; zero before it.
    pub fn as_millis(self) -> u64 {
        u64::try_from(self.0 / 1_000).unwrap_or(0)
    }
}

/// Checks the outline that RFC 3339 fixes; the values inside are the parser's to judge.
fn has_rfc3339_shape(text: &[u8]) -> bool {
    let digits = |range: std::ops::Range<usize>| text[range].iter().all(u8::is_ascii_digit);
    if text.len() < 20 || text.len() > 40 {
        return false;
    }
    let date = digits(0..4) && text[4] == b'-' && digits(5..7) && text[7] == b'-' && digits(8..10);
    let time = matches!(text[10], b'T' | b't')
        && digits(11..13)
        && text[13] == b':'
        && digits(14..16)
        && text[16] == b':'
        && digits(17..19);
    if !date || !time {
        return false;
    }
    let mut rest = &text[19..];
    if rest[0] == b'.' {
        let count = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 || count > 9 {
            return false;
        }
        rest = &rest[1 + count..];
    }
    match rest {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        static PRINTER: DateTimePrinter = DateTimePrinter::new();
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => PRINTER.print_timestamp(&instant, StdFmtWrite(f)).map_err(|_| fmt::Error),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{MINUTE, Timestamp};
    use proptest::prelude::*;

    #[test]
    fn rfc_3339_is_read_with_offset_and_fraction() {
        assert_eq!(Timestamp::parse("1970-01-01T00:00:00Z"), Ok(Timestamp(0)));
        assert_eq!(Timestamp::parse("1970-01-01T02:00:00.000001+02:00"), Ok(Timestamp(1)));
        assert_eq!(Timestamp::parse("2024-01-15T10:30:00Z").unwrap().to_string(), "2024-01-15T10:30:00Z");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "now",
            "2024-01-15",
            "2024-01-15 10:30:00Z",
            "2024-01-15T10:30Z",
            "2024-01-15T10:30:00",
            "2024-13-15T10:30:00Z",
            "2024-01-15T10:30:00.Z",
            "2024-01-15T10:30:00+0200",
            "2024-01-15T10:30:00Z[UTC]",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn buckets_before_the_epoch_start_at_their_lower_end() {
        assert_eq!(Timestamp(-1).floor(MINUTE), Timestamp(-MINUTE));
        assert_eq!(Timestamp(MINUTE).floor(MINUTE), Timestamp(MINUTE));
    }

    proptest! {
        #[test]
        fn a_printed_instant_is_read_back(micros in 0..Timestamp::MAX.0) {
            let instant = Timestamp(micros);
            prop_assert_eq!(Timestamp::parse(&instant.to_string()), Ok(instant));
        }
    }
}
