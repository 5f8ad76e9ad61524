//! The newest digests, in memory.

use super::digest::Content;
use super::{Digest, KEPT};
use std::collections::VecDeque;
use std::sync::{PoisonError, RwLock};
use tokio::sync::watch;

/// How many digests a reader is given at a time.
const READ_AT_ONCE: usize = 256;

/// The digests of the newest entries of the log, and which part of the log they are of.
#[derive(Debug)]
pub(crate) struct Ring {
    kept: RwLock<Kept>,
    covered: watch::Sender<u64>,
    /// Up to where the log was covered when something else than points came.
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    digests: VecDeque<Digest>,
    /// Which part of the log is covered; none before the first entry was looked at.
    span: Option<Span>,
}

/// The entries after `from`, up to and with `to`.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: u64,
    to: u64,
}

/// What a reader finds.
#[derive(Debug)]
pub(crate) enum Read {
    /// There is nothing after its position yet.
    Nothing,
    /// These digests follow, and up to this position there is nothing else.
    Some(Vec<Digest>, u64),
    /// What follows its position is not kept; this is where the ring ends.
    Gone(u64),
}

impl Default for Ring {
    fn default() -> Self {
        Self { kept: RwLock::default(), covered: watch::Sender::new(0), changes: watch::Sender::new(0) }
    }
}

impl Ring {
    /// Returns up to where the log is covered; none before the first entry was looked at.
    pub(crate) fn end(&self) -> Option<u64> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).span.map(|span| span.to)
    }

    /// Returns a watch that changes when there is more to read.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.covered.subscribe()
    }

    /// Returns a watch that changes when there is something else than points to read.
    pub(crate) fn watch_changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Forgets everything and goes on after a position.
    pub(crate) fn restart(&self, position: u64) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Kept { digests: VecDeque::new(), span: Some(Span { from: position, to: position }) };
        drop(kept);
        self.covered.send_replace(position);
        self.changes.send_replace(position);
    }

    /// Adds digests in order, after which everything up to a position is covered.
    pub(crate) fn add(&self, digests: Vec<Digest>, up_to: u64) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let Kept { digests: own, span } = &mut *kept;
        let Some(span) = span else { return };
        let has_changes = digests.iter().any(|digest| matches!(digest.content, Content::Change(_)));
        own.extend(digests);
        span.to = span.to.max(up_to);
        span.from = span.from.max(span.to.saturating_sub(KEPT));
        while own.front().is_some_and(|oldest| oldest.position <= span.from) {
            own.pop_front();
        }
        drop(kept);
        self.covered.send_replace(up_to);
        if has_changes {
            self.changes.send_replace(up_to);
        }
    }

    /// Reads what follows a position.
    pub(crate) fn after(&self, position: u64) -> Read {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let Some(span) = kept.span else { return Read::Nothing };
        if position < span.from {
            return Read::Gone(span.to);
        }
        if position >= span.to {
            return Read::Nothing;
        }
        let first = kept.digests.partition_point(|digest| digest.position <= position);
        let found: Vec<Digest> = kept.digests.range(first..).take(READ_AT_ONCE).cloned().collect();
        let is_all = first + found.len() == kept.digests.len();
        let seen = if is_all { span.to } else { found.last().map_or(position, |last| last.position) };
        Read::Some(found, seen)
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Read, Ring};
    use crate::live::{Digest, KEPT};
    use bytes::Bytes;

    fn positions(ring: &Ring, after: u64) -> (Vec<u64>, u64) {
        match ring.after(after) {
            Read::Some(found, seen) => (found.iter().map(|digest| digest.position).collect(), seen),
            Read::Nothing => (Vec::new(), after),
            Read::Gone(end) => panic!("{after} is gone, the ring ends at {end}"),
        }
    }

    #[test]
    fn a_change_is_told_from_points() {
        let ring = Ring::default();
        ring.restart(0);
        let changes = ring.watch_changes();
        ring.add(digests([1]), 1);
        assert!(!changes.has_changed().unwrap());
        let change = Digest { content: Content::Change(Bytes::new()), ..Digest::of_unread_points(2) };
        ring.add(vec![change, Digest::of_unread_points(3)], 3);
        assert_eq!(*changes.borrow(), 3);
        ring.add(digests([4]), 4);
        assert_eq!(*changes.borrow(), 3);
    }

    fn digests(positions: impl IntoIterator<Item = u64>) -> Vec<Digest> {
        positions.into_iter().map(Digest::of_unread_points).collect()
    }

    #[test]
    fn a_reader_gets_what_follows_and_learns_what_was_passed_over() {
        let ring = Ring::default();
        assert!(matches!(ring.after(0), Read::Nothing), "nothing is known yet");
        ring.restart(10);
        ring.add(digests([11, 13]), 15);
        assert!(matches!(ring.after(9), Read::Gone(15)));
        assert_eq!(positions(&ring, 10), (vec![11, 13], 15));
        assert_eq!(positions(&ring, 11), (vec![13], 15));
        assert_eq!(positions(&ring, 14), (vec![], 15));
        assert_eq!(positions(&ring, 15), (vec![], 15));
        assert_eq!(positions(&ring, 20), (vec![], 20), "ahead of the ring, which follows a little later");
    }

    #[test]
    fn a_slow_reader_reads_in_parts_and_is_left_behind_at_last() {
        let ring = Ring::default();
        ring.restart(0);
        ring.add(digests(1..=600), 600);
        let (first, seen) = positions(&ring, 0);
        assert_eq!((first.len(), seen), (256, 256));
        assert_eq!(positions(&ring, 256).1, 512);
        assert_eq!(positions(&ring, 512).1, 600);
        for position in 601..=KEPT + 300 {
            ring.add(digests([position]), position);
        }
        assert!(matches!(ring.after(299), Read::Gone(_)));
        assert_eq!(positions(&ring, 300).0[0], 301);
    }
}
