//! The ways in which files write instants.

use tracely_core::time::{SECOND, Timestamp};

/// From here on a whole number counts milliseconds; in seconds it would lie in the year 5138.
const FIRST_MILLIS: i64 = 100_000_000_000;
/// From here on a whole number counts microseconds; in milliseconds it would lie in the year 5138.
const FIRST_MICROS: i64 = 1_000 * FIRST_MILLIS;

/// Reads an instant: RFC 3339, `YYYY-MM-DD HH:MM:SS[.fff]` in UTC, or a number of seconds, milliseconds or
/// microseconds since 1970, told apart by its size.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    let problem = || {
        format!(
            "{:?} is no instant; must be RFC 3339, YYYY-MM-DD HH:MM:SS (UTC), or seconds or milliseconds since 1970",
            text.chars().take(40).collect::<String>()
        )
    };
    let instant = number(text).or_else(|| date(text)).ok_or_else(problem)?;
    if !(Timestamp::EPOCH..=Timestamp::MAX).contains(&instant) {
        return Err(format!("{instant} is before 1970 or after the year 9999"));
    }
    Ok(instant)
}

fn number(text: &str) -> Option<Timestamp> {
    if let Ok(whole) = text.parse::<i64>() {
        let unit = match whole {
            ..FIRST_MILLIS => SECOND,
            FIRST_MILLIS..FIRST_MICROS => 1_000,
            FIRST_MICROS.. => 1,
        };
        return whole.checked_mul(unit).map(Timestamp);
    }
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds: f64 = if is_plain { text.parse().ok()? } else { return None };
    Some(Timestamp((seconds * SECOND as f64).round() as i64))
}

fn date(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = Timestamp::parse(text) {
        return Some(instant);
    }
    let (day, time) = text.split_once([' ', 'T'])?;
    let is_local = !time.contains(['Z', 'z', '+', '-']);
    let zone = if is_local { "Z" } else { "" };
    Timestamp::parse(&format!("{day}T{time}{zone}")).ok()
}
