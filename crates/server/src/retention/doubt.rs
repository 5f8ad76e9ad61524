//! Whether the clock is believed when it says that something is old.
//!
//! A clock that is put ahead makes everything old at once, and what was deleted then does not come back when the mistake
//! is noticed. So when the clock has gone further ahead than time has passed, nothing is deleted for its age for a day. A
//! person has that day to put it right. How much time has passed is known from a clock that cannot be put anywhere while
//! the process runs, and is taken as little while it did not run.

use tracely_core::time::{DAY, Timestamp};
use tracely_store::belief::Belief;

/// How far the clock may get ahead unexplained. A weekend without the process is nothing unusual.
const UNEXPLAINED: i64 = 3 * DAY;
/// How long the clock is doubted.
const DOUBT: i64 = DAY;

/// Judges what the clock says now. `passed` is how much time has passed since the last look, in microseconds.
pub(super) fn judge(before: Option<Belief>, passed: i64, now: Timestamp) -> Belief {
    let Some(Belief { looked_at, mut doubted_until }) = before else {
        return Belief { looked_at: now, doubted_until: Timestamp::EPOCH };
    };
    if now.0.saturating_sub(looked_at.0).saturating_sub(passed) > UNEXPLAINED {
        doubted_until = now.plus(DOUBT);
    } else if doubted_until.0.saturating_sub(now.0) > DOUBT {
        // No doubt is longer than a day: the clock was put back to before the doubt.
        doubted_until = Timestamp::EPOCH;
    }
    Belief { looked_at: now, doubted_until }
}

#[cfg(test)]
mod tests {
    use super::judge;
    use tracely_core::time::{DAY, HOUR, MINUTE, Timestamp};
    use tracely_store::belief::Belief;

    /// Looks at these instants, with this much time between them, and tells after each whether the clock is doubted.
    fn check(looks: &[(i64, i64)], expected: &[bool]) {
        let start = 20_000 * DAY;
        let mut belief: Option<Belief> = None;
        let mut doubted = Vec::new();
        for (passed, at) in looks {
            let now = Timestamp(start + at);
            let judged = judge(belief, *passed, now);
            doubted.push(now < judged.doubted_until);
            belief = Some(judged);
        }
        assert_eq!(doubted, expected);
    }

    #[test]
    fn a_clock_that_goes_with_time_is_believed() {
        check(&[(0, 0), (MINUTE, MINUTE), (100 * DAY, 100 * DAY + MINUTE)], &[false, false, false]);
    }

    #[test]
    fn a_process_that_was_down_for_a_weekend_believes_the_clock() {
        check(&[(0, 0), (0, 62 * HOUR)], &[false, false]);
    }

    #[test]
    fn a_clock_that_jumps_ahead_is_doubted_for_a_day() {
        let jump = 100 * DAY;
        let looks = [(0, 0), (MINUTE, jump), (DAY - MINUTE, jump + DAY - MINUTE), (MINUTE, jump + DAY)];
        check(&looks, &[false, true, true, false]);
    }

    #[test]
    fn a_clock_that_is_put_right_again_is_believed_at_once() {
        check(
            &[(0, 0), (MINUTE, 100 * DAY), (HOUR, 2 * HOUR), (MINUTE, 3 * HOUR)],
            &[false, true, false, false],
        );
    }

    #[test]
    fn a_clock_that_is_put_back_is_believed() {
        check(&[(0, 0), (MINUTE, -5 * HOUR), (MINUTE, MINUTE - 5 * HOUR)], &[false, false, false]);
    }
}
