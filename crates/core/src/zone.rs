//! Time zones: what the clocks of people show.
//!
//! The IANA database is in the binary, so that the answer does not depend on the machine.

use crate::time::{HOUR, SECOND, Timestamp};
use jiff::tz::{Offset, TimeZone};

/// How many hours a week has.
pub const HOURS_OF_WEEK: usize = 7 * 24;

/// A time zone.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// Returns UTC.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Finds the zone with this name in the IANA database, such as `Europe/Istanbul`; none when there is none.
    pub fn find(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// Returns the name, as the IANA database spells it.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Returns which hour of the week the clocks show, 0 for Monday at 0 o'clock.
    pub fn hour_of_week(&self, instant: Timestamp) -> usize {
        let micros = instant.0;
        let offset = jiff::Timestamp::from_microsecond(micros).map_or(Offset::UTC, |at| self.0.to_offset(at));
        let hours = (micros + i64::from(offset.seconds()) * SECOND).div_euclid(HOUR);
        // The epoch was a Thursday.
        (hours + 3 * 24).rem_euclid(HOURS_OF_WEEK as i64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::Zone;
    use crate::time::Timestamp;

    #[test]
    fn the_hour_of_the_week_is_what_clocks_show() {
        for (zone, instant, day, hour) in [
            ("UTC", "1970-01-01T00:00:00Z", 3, 0),
            ("UTC", "2024-01-15T10:30:00Z", 0, 10),
            ("UTC", "2024-01-14T23:59:59.999999Z", 6, 23),
            ("Europe/Istanbul", "2024-01-14T21:00:00Z", 0, 0),
            // Summer time begins in Berlin on 2024-03-31 at 01:00 UTC: two o'clock does not exist.
            ("Europe/Berlin", "2024-03-31T00:59:00Z", 6, 1),
            ("Europe/Berlin", "2024-03-31T01:00:00Z", 6, 3),
            ("Asia/Kathmandu", "2024-01-15T10:15:00Z", 0, 16),
            ("America/Los_Angeles", "1969-12-31T23:00:00Z", 2, 15),
        ] {
            let found = Zone::find(zone).unwrap().hour_of_week(Timestamp::parse(instant).unwrap());
            assert_eq!((found / 24, found % 24), (day, hour), "{zone} {instant}");
        }
    }

    #[test]
    fn only_zones_of_the_database_are_found() {
        assert_eq!(Zone::find("europe/istanbul").unwrap().name(), "Europe/Istanbul");
        assert_eq!(Zone::utc().name(), "UTC");
        assert!(Zone::find("Mars/Olympus").is_none() && Zone::find("").is_none());
        assert!(Zone::find("../../etc/passwd").is_none());
    }
}
