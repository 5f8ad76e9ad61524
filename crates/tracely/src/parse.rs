//! Texts that people type: durations, sizes, switches.

use std::time::Duration;
use tracely_core::time::{DAY, Timestamp};

/// The longest duration that can be written, ten years: no instant overflows when it is added to another.
const LONGEST: Duration = Duration::from_hours(3650 * 24);

/// Reads a duration such as `15m`, `1h30m` or `500ms`; the units are `ms`, `s`, `m`, `h`, `d` and `w`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let problem = || "must be a duration such as 30s, 15m, 24h or 90d, at most 3650d".to_string();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, after) = split_at(rest, |c| !c.is_ascii_digit());
        let (unit, after) = split_at(after, |c| c.is_ascii_digit());
        let count: u32 = digits.parse().map_err(|_| problem())?;
        let unit = unit_of_time(unit).ok_or_else(problem)?;
        let part = unit.checked_mul(count).ok_or_else(problem)?;
        total = total.checked_add(part).filter(|total| *total <= LONGEST).ok_or_else(problem)?;
        rest = after;
    }
    if text.is_empty() { Err(problem()) } else { Ok(total) }
}

fn unit_of_time(text: &str) -> Option<Duration> {
    Some(match text {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_mins(1),
        "h" => Duration::from_hours(1),
        "d" => Duration::from_hours(24),
        "w" => Duration::from_hours(7 * 24),
        _ => return None,
    })
}

/// Reads a duration that is longer than nothing.
pub fn positive_duration(text: &str) -> Result<Duration, String> {
    duration(text).and_then(|duration| {
        if duration.is_zero() { Err("must be longer than 0".to_string()) } else { Ok(duration) }
    })
}

/// Reads a UTC day such as `2026-11-23`, in days since the epoch.
pub fn day(text: &str) -> Result<i64, String> {
    let start = Timestamp::parse(&format!("{text}T00:00:00Z"));
    start.map(|start| start.0.div_euclid(DAY)).map_err(|_| "must be a day such as 2026-11-23".to_string())
}

/// Reads a number of bytes: `8388608`, `8MiB`, `500 kB`.
pub fn bytes(text: &str) -> Result<u64, String> {
    let problem = || "must be a number of bytes such as 8388608 or 8MiB".to_string();
    let (digits, unit) = split_at(text, |c| !c.is_ascii_digit());
    let count: u64 = digits.parse().map_err(|_| problem())?;
    let unit: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(problem()),
    };
    count.checked_mul(unit).ok_or_else(problem)
}

/// Reads a switch: on or off, in the spellings that are common in environment files.
pub fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => Err("must be on or off (or true, false, yes, no, 1, 0)".to_string()),
    }
}

fn split_at(text: &str, at: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::{bytes, day, duration, positive_duration, switch};
    use std::time::Duration;

    #[test]
    fn a_duration_has_a_unit_for_each_number() {
        assert_eq!(duration("15m"), Ok(Duration::from_mins(15)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("90d"), Ok(Duration::from_hours(90 * 24)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for text in ["", "15", "m", "15 m", "-15m", "1.5h", "15min", "4000d", "99999999999s", "4294967295w"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(positive_duration("0s").is_err());
    }

    #[test]
    fn a_size_may_have_a_decimal_or_a_binary_unit() {
        assert_eq!(bytes("8388608"), Ok(8_388_608));
        assert_eq!(bytes("8MiB"), Ok(8_388_608));
        assert_eq!(bytes("8 mib"), Ok(8_388_608));
        assert_eq!(bytes("500kB"), Ok(500_000));
        for text in ["", "MiB", "8M", "-1", "8.5MiB", "99999999999999999999", "99999999999999999GiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_is_a_date_and_nothing_else() {
        assert_eq!(day("1970-01-02"), Ok(1));
        assert_eq!(day("2024-02-29"), Ok(19_782));
        for text in ["", "2023-02-29", "2024-2-29", "2024-02-29T00:00:00Z", "today"] {
            assert_eq!(day(text).unwrap_err(), "must be a day such as 2026-11-23", "{text}");
        }
    }

    #[test]
    fn a_switch_is_read_in_any_case() {
        assert_eq!(switch("ON"), Ok(true));
        assert_eq!(switch("false"), Ok(false));
        assert!(switch("maybe").is_err());
    }
}
