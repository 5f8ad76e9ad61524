//! How entries are brought in: how many at a time, and when the cluster is left alone.

use super::ClusterError;
use crate::http::problem::chain;
use tracely_core::time::SECOND;

/// Points brought in at a time, as far as entries allow; whoever waits for the cluster gets a turn in between. At the end
/// of each time only one request is under way, so it should be a dozen requests long.
const MOST_POINTS: usize = 250_000;
/// Points brought in at a time at least: about what the smallest bulk request has.
const LEAST_POINTS: usize = 250;
/// How long a cluster that fails is left alone at first and at most, in microseconds.
const PAUSES: (i64, i64) = (SECOND, 30 * SECOND);

/// How entries are brought in.
#[derive(Debug)]
pub(super) struct Sending {
    /// How many points at a time. All of them are sent again when one request fails, so there are fewer after the cluster
    /// had too much to do, and some are through before it has again.
    points: usize,
    /// Until when the cluster is left alone, in steady time.
    until: i64,
    /// How long the last time, in microseconds; 0 when the cluster went well.
    pause: i64,
    /// Why.
    reason: String,
}

impl Default for Sending {
    fn default() -> Self {
        Self { points: MOST_POINTS, until: 0, pause: 0, reason: String::new() }
    }
}

impl Sending {
    /// Fails while the cluster is left alone.
    pub(super) fn check(&self, now: i64) -> Result<(), ClusterError> {
        if now < self.until { Err(ClusterError::Paused(self.reason.clone())) } else { Ok(()) }
    }

    /// Says whether so many points are enough for one time.
    pub(super) fn is_enough(&self, points: usize) -> bool {
        points >= self.points
    }

    /// Says whether entries that were read with others may be left for the next time. It costs reading them again.
    pub(super) fn is_careful(&self) -> bool {
        self.points < MOST_POINTS
    }

    /// Takes down that entries were brought in.
    pub(super) fn went_well(&mut self) {
        *self = Self { points: (self.points * 2).min(MOST_POINTS), ..Self::default() };
    }

    /// Takes down that entries could not be brought in.
    pub(super) fn failed(&mut self, error: &ClusterError, now: i64) {
        if matches!(error, ClusterError::Elastic(error) if error.is_overload()) {
            self.points = (self.points / 2).max(LEAST_POINTS);
        }
        self.pause = (self.pause * 2).clamp(PAUSES.0, PAUSES.1);
        self.until = now + self.pause;
        self.reason = chain(error);
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST_POINTS, MOST_POINTS, PAUSES, Sending};
    use crate::analytics::ClusterError;
    use tracely_analytics::elastic::ElasticError;
    use tracely_core::time::SECOND;

    fn answered(status: u16) -> ClusterError {
        ElasticError::Status { attempt: "bring points in", status, reason: "why".to_owned() }.into()
    }

    #[test]
    fn less_is_sent_at_a_time_after_an_overload_and_more_again_when_it_goes_well() {
        let mut sending = Sending::default();
        assert!(sending.is_enough(MOST_POINTS) && !sending.is_enough(MOST_POINTS - 1));
        assert!(!sending.is_careful());
        sending.failed(&answered(403), 0);
        assert!(!sending.is_careful(), "less would not help");
        sending.failed(&answered(429), 0);
        assert!(sending.is_careful());
        assert!(sending.is_enough(MOST_POINTS / 2) && !sending.is_enough(MOST_POINTS / 2 - 1));
        for _ in 0..20 {
            sending.failed(&answered(429), 0);
        }
        assert!(sending.is_enough(LEAST_POINTS) && !sending.is_enough(LEAST_POINTS - 1));
        sending.went_well();
        assert!(sending.is_enough(2 * LEAST_POINTS) && !sending.is_enough(2 * LEAST_POINTS - 1));
        for _ in 0..20 {
            sending.went_well();
        }
        assert!(sending.is_enough(MOST_POINTS) && !sending.is_careful());
    }

    #[test]
    fn a_cluster_that_fails_is_left_alone_for_longer_and_longer() {
        let mut sending = Sending::default();
        sending.check(0).unwrap();
        sending.failed(&answered(403), 0);
        let paused = sending.check(SECOND - 1).unwrap_err().to_string();
        assert!(paused.ends_with("the search cluster answered 403 (bring points in): why"), "{paused}");
        sending.check(SECOND).unwrap();
        sending.failed(&answered(403), 0);
        sending.check(2 * SECOND - 1).unwrap_err();
        for _ in 0..10 {
            sending.failed(&answered(403), 0);
        }
        sending.check(PAUSES.1 - 1).unwrap_err();
        sending.check(PAUSES.1).unwrap();
        sending.went_well();
        sending.failed(&answered(403), 0);
        sending.check(SECOND).unwrap();
    }
}
