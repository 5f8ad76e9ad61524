//! When a request is repeated, and after how long.

use reqwest::StatusCode;
use std::time::Duration;

/// How often a request is sent at most; the waits between add up to about half a minute.
const ATTEMPTS: u32 = 8;
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// What a server may ask for at most.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(2);

/// Whether a request that got no answer may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Repeating changes nothing.
    Always,
    /// Only if it surely did not reach the server.
    UnlessItMayHaveArrived,
    /// It is not repeated, not even when the server puts it off.
    Never,
}

/// Counts the attempts of one request.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failed: u32,
}

impl Backoff {
    /// Returns how long to wait after a refusal, given what `Retry-After` asked for; none when repeating it is of
    /// no use.
    pub(super) fn after_refusal(
        &mut self,
        repeat: Repeat,
        status: StatusCode,
        retry_after: Option<&str>,
    ) -> Option<Duration> {
        let is_put_off = matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        if !is_put_off || repeat == Repeat::Never {
            return None;
        }
        let asked = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let own = self.next()?;
        Some(asked.map_or(own, |asked| asked.min(LONGEST_RETRY_AFTER)))
    }

    /// Returns how long to wait after a request without an answer; none when it must not be repeated.
    pub(super) fn after_failure(&mut self, repeat: Repeat, error: &reqwest::Error) -> Option<Duration> {
        let may_repeat = match repeat {
            Repeat::Always => !error.is_builder(),
            Repeat::UnlessItMayHaveArrived => error.is_connect(),
            Repeat::Never => false,
        };
        if may_repeat { self.next() } else { None }
    }

    fn next(&mut self) -> Option<Duration> {
        self.failed += 1;
        if self.failed == ATTEMPTS {
            return None;
        }
        Some(FIRST_WAIT.saturating_mul(1 << (self.failed - 1)).min(LONGEST_WAIT))
    }
}
