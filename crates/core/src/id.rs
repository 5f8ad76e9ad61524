//! Typed identifiers.
//!
//! Every entity has a `UUIDv7` (RFC 9562, section 5.7): ordered by the instant it was made, so that an index on
//! it grows at one end. The instant and the random bits are given by the caller, which keeps this crate pure.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A tenant; every row belongs to one.
    OrganizationId,
    /// A monitored thing.
    ServiceId,
    /// The team an incident is routed to.
    DepartmentId,
    /// A quality check.
    RuleId,
    /// What people work on.
    IncidentId,
    /// An entry in an incident's history.
    TimelineEventId,
    /// What a person wrote under an incident.
    CommentId,
    /// An inbox entry of a department.
    NotificationId,
    /// A list as a person keeps it.
    SavedViewId,
}

/// A series, numbered densely over the whole installation so that hot paths can index arrays by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesId(pub u32);

impl fmt::Display for SeriesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Composes a `UUIDv7` from milliseconds since the epoch, a 12-bit counter that orders ids of one millisecond,
/// and 62 random bits. Higher bits of each argument are cut off.
pub fn uuid_v7(millis: u64, counter: u16, random: u64) -> Uuid {
    let high = (millis & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | u64::from(counter & 0x0FFF);
    let low = 0x8000_0000_0000_0000 | (random & 0x3FFF_FFFF_FFFF_FFFF);
    Uuid::from_u64_pair(high, low)
}

#[cfg(test)]
mod tests {
    use super::uuid_v7;

    #[test]
    fn ids_are_version_7_and_ordered_by_instant_then_counter() {
        let first = uuid_v7(1_700_000_000_000, 1, u64::MAX);
        let second = uuid_v7(1_700_000_000_000, 2, 0);
        let third = uuid_v7(1_700_000_000_001, 0, 0);
        assert_eq!(first.get_version_num(), 7);
        assert!(first < second && second < third);
    }
}
