//! What one connection has been told, and what it is told next. Makes messages out of digests; does not wait.

use super::Digest;
use super::digest::{Content, PointsHint};
use super::message::{self, LiveHeartbeat};
use std::collections::BTreeMap;
use std::time::Duration;
use tracely_core::id::OrganizationId;
use tracely_core::time::{SECOND, Timestamp};

/// How long a hint about points is held back after another, in microseconds.
const POINTS_EVERY: i64 = SECOND;
/// How often it is told that nothing is wrong, in microseconds.
const HEARTBEAT_EVERY: i64 = 10 * SECOND;

/// How a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// With what comes next.
    AtHead(u64),
    /// With what was missed since a position.
    After(u64),
    /// What was missed is not known; with what comes next.
    Reset(u64),
}

/// What one connection has been told.
#[derive(Debug)]
pub(crate) struct Session {
    organization_id: OrganizationId,
    /// Up to where everything was told or is held back.
    position: u64,
    /// Points that were not told yet.
    held_back: Option<PointsHint>,
    points_told_at: Option<Timestamp>,
    heartbeat_at: Timestamp,
}

impl Session {
    /// Begins and returns the first messages.
    pub(crate) fn begin(
        organization_id: OrganizationId,
        beginning: Beginning,
        now: Timestamp,
    ) -> (Self, Vec<u8>) {
        let (Beginning::AtHead(position) | Beginning::After(position) | Beginning::Reset(position)) =
            beginning;
        let mut session =
            Self { organization_id, position, held_back: None, points_told_at: None, heartbeat_at: now };
        let mut out = message::hello(position);
        match beginning {
            Beginning::AtHead(_) => {}
            // Points may have been held back when the connection before this one broke.
            Beginning::After(_) => session.held_back = Some(PointsHint::of_any_service()),
            Beginning::Reset(_) => message::reset(position, &mut out),
        }
        (session, out)
    }

    /// Returns up to where the log was told.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Tells changes and gathers points, after which everything up to a position is done.
    pub(crate) fn take(&mut self, digests: &[Digest], up_to: u64, out: &mut Vec<u8>) {
        let organization_id = self.organization_id;
        for digest in digests.iter().filter(|digest| digest.audience.includes(organization_id)) {
            match &digest.content {
                Content::Change(message) => out.extend_from_slice(message),
                Content::Points(hint) => self.held_back.get_or_insert_default().add(hint),
            }
        }
        self.position = up_to;
    }

    /// Says that what follows is not known, and goes on after a position.
    pub(crate) fn reset(&mut self, position: u64, out: &mut Vec<u8>) {
        self.position = position;
        self.held_back = None;
        message::reset(position, out);
    }

    /// Tells what is due by now. `lag` says how far behind the workers are.
    pub(crate) fn tell_due(
        &mut self,
        now: Timestamp,
        lag: impl FnOnce() -> BTreeMap<&'static str, u64>,
        out: &mut Vec<u8>,
    ) {
        if self.points_due_in(now) == Some(0)
            && let Some(hint) = self.held_back.take()
        {
            message::points(self.position, &hint, out);
            self.points_told_at = Some(now);
        }
        if due_in(self.heartbeat_at, HEARTBEAT_EVERY, now) == 0 {
            message::heartbeat(&LiveHeartbeat { position: self.position, now, lag: lag() }, out);
            self.heartbeat_at = now;
        }
    }

    /// Returns how long it is until something is due, if nothing happens before.
    pub(crate) fn next_due(&self, now: Timestamp) -> Duration {
        let heartbeat = due_in(self.heartbeat_at, HEARTBEAT_EVERY, now);
        let micros = self.points_due_in(now).map_or(heartbeat, |points| points.min(heartbeat));
        Duration::from_micros(micros as u64)
    }

    fn points_due_in(&self, now: Timestamp) -> Option<i64> {
        self.held_back.as_ref()?;
        Some(self.points_told_at.map_or(0, |told_at| due_in(told_at, POINTS_EVERY, now)))
    }
}

/// Returns when something is due that was last done at an instant. A clock that was put back makes it due at once.
fn due_in(last: Timestamp, every: i64, now: Timestamp) -> i64 {
    let passed = now.0 - last.0;
    if passed < 0 { 0 } else { (every - passed).max(0) }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
