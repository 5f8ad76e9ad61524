//! How often changes wake a connection.

use std::time::Duration;
use tokio::time::Instant;

/// So many wakes of a connection may follow each other at once.
const AT_ONCE: u32 = 10;
/// Afterwards one is allowed after this long for each connection that there is: changes wake all together ten thousand
/// times a second.
const EVERY: Duration = Duration::from_micros(100);

/// Lets some changes wake a connection at once and makes more of them wait for each other, so that a server under load is
/// not woken by each of its commits for each of its listeners, and who listens to a quiet one never waits.
///
/// It is the generic cell rate algorithm (ITU-T I.371, annex A); see ADR 24.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// From when the next wake does not have to wait.
    free_from: Option<Instant>,
}

impl Pace {
    /// Returns from when the next wake may be; at once if there was none yet.
    pub(super) fn free_from(&self) -> Option<Instant> {
        self.free_from
    }

    /// Counts a wake, while there are so many connections.
    pub(super) fn woke(&mut self, now: Instant, connections: usize) {
        let every = EVERY * u32::try_from(connections).unwrap_or(u32::MAX);
        // Who was quiet for long has saved no more than this.
        let saved = now.checked_sub(every * (AT_ONCE - 1)).unwrap_or(now);
        let from = self.free_from.map_or(saved, |from| from.max(saved));
        self.free_from = Some(from + every);
    }
}

#[cfg(test)]
mod tests {
    use super::{AT_ONCE, Pace};
    use std::time::Duration;
    use tokio::time::Instant;

    const MANY: usize = 500;
    const TURN: Duration = Duration::from_millis(50);

    /// Wakes as often as it may at an instant, and returns how often.
    fn wakes(pace: &mut Pace, now: Instant, connections: usize) -> u32 {
        let mut count = 0;
        while pace.free_from().is_none_or(|from| from <= now) {
            pace.woke(now, connections);
            count += 1;
        }
        count
    }

    #[test]
    fn some_wakes_come_at_once_and_further_ones_in_turn() {
        let start = Instant::now() + Duration::from_hours(1);
        let mut pace = Pace::default();
        assert_eq!(wakes(&mut pace, start, MANY), AT_ONCE);
        assert_eq!(pace.free_from(), Some(start + TURN));
        assert_eq!(wakes(&mut pace, start + TURN, MANY), 1);
        assert_eq!(wakes(&mut pace, start + 4 * TURN, MANY), 3);
        assert_eq!(wakes(&mut pace, start + Duration::from_hours(1), MANY), AT_ONCE, "no more are saved");
    }

    #[test]
    fn the_fewer_listen_the_shorter_the_turn() {
        let start = Instant::now() + Duration::from_hours(1);
        let mut pace = Pace::default();
        assert_eq!(wakes(&mut pace, start, 1), AT_ONCE);
        assert_eq!(pace.free_from(), Some(start + TURN / 500));
    }
}
