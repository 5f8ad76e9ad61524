//! The newest entries of the log, in memory.

use super::{Entry, Payload};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// How many points may be kept, about 20 bytes each.
const MAX_POINTS: usize = 1_000_000;
/// How many entries may be kept.
const MAX_ENTRIES: usize = 10_000;
/// How many entries a reader is given at a time.
const READ_AT_ONCE: usize = 256;

/// Entries that this process wrote, newest kept, and the position at which the log ends.
#[derive(Debug)]
pub(crate) struct RecentLog {
    kept: Mutex<Kept>,
    head: watch::Sender<u64>,
    /// Where the newest entry is that is, or may be, not points.
    events: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: BTreeMap<u64, Arc<Entry>>,
    points: usize,
}

impl RecentLog {
    pub(crate) fn new(head: watch::Sender<u64>) -> Self {
        Self { kept: Mutex::default(), head, events: watch::Sender::new(0) }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    pub(crate) fn watch_events(&self) -> watch::Receiver<u64> {
        self.events.subscribe()
    }

    /// Learns where the log ends; what is in it is not known, so there may be events.
    pub(crate) fn advance_head(&self, head: u64) {
        if advance(&self.head, head) {
            advance(&self.events, head);
        }
    }

    /// Keeps committed entries and wakes whoever follows the log. Returns the last position.
    pub(crate) fn publish(&self, entries: Vec<Arc<Entry>>) -> Option<u64> {
        let last = entries.last()?.position;
        let event = entries.iter().rev().find(|entry| !matches!(entry.payload, Payload::Points { .. }));
        let event = event.map(|entry| entry.position);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            kept.points += points_of(&entry);
            kept.entries.insert(entry.position, entry);
        }
        while kept.points > MAX_POINTS || kept.entries.len() > MAX_ENTRIES {
            let Some((_, oldest)) = kept.entries.pop_first() else { break };
            kept.points -= points_of(&oldest);
        }
        drop(kept);
        advance(&self.head, last);
        if let Some(event) = event {
            advance(&self.events, event);
        }
        Some(last)
    }

    /// Returns the entries that directly follow a position, up to the first one that is not kept.
    pub(crate) fn after(&self, position: u64) -> Vec<Arc<Entry>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = position + 1;
        let follows = |(own, _): &(&u64, &Arc<Entry>)| {
            let follows = **own == next;
            next += 1;
            follows
        };
        let found = kept.entries.range(position + 1..).take_while(follows).take(READ_AT_ONCE);
        found.map(|(_, entry)| Arc::clone(entry)).collect()
    }
}

/// Moves a position on, never back. Returns whether it moved.
fn advance(watched: &watch::Sender<u64>, position: u64) -> bool {
    watched.send_if_modified(|known| {
        let grows = position > *known;
        *known = position.max(*known);
        grows
    })
}

fn points_of(entry: &Entry) -> usize {
    match &entry.payload {
        Payload::Points { batch, .. } => batch.len(),
        Payload::Event(_) | Payload::Unreadable(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Payload, RecentLog};
    use std::sync::Arc;
    use tokio::sync::watch;
    use tracely_core::id::OrganizationId;
    use tracely_core::metric::PointBatch;
    use tracely_core::time::Timestamp;

    fn entry(position: u64, points: usize) -> Arc<Entry> {
        let batch =
            PointBatch { series: vec![0; points], instants: vec![0; points], values: vec![0.0; points] };
        Arc::new(Entry {
            position,
            organization_id: OrganizationId(uuid::Uuid::nil()),
            payload: Payload::Points { backfill: false, batch: Arc::new(batch) },
            created_at: Timestamp(0),
        })
    }

    fn positions(recent: &RecentLog, after: u64) -> Vec<u64> {
        recent.after(after).iter().map(|entry| entry.position).collect()
    }

    #[test]
    fn a_reader_is_never_led_across_a_gap() {
        let recent = RecentLog::new(watch::Sender::new(0));
        recent.publish(vec![entry(2, 1)]);
        recent.publish(vec![entry(5, 1), entry(6, 1)]);
        assert_eq!(positions(&recent, 0), Vec::<u64>::new());
        assert_eq!(positions(&recent, 1), [2]);
        assert_eq!(positions(&recent, 4), [5, 6]);
        recent.publish(vec![entry(3, 1), entry(4, 1)]);
        assert_eq!(positions(&recent, 1), [2, 3, 4, 5, 6]);
        assert_eq!(*recent.watch().borrow(), 6);
    }

    #[test]
    fn who_waits_for_events_is_not_woken_by_points() {
        let recent = RecentLog::new(watch::Sender::new(0));
        let (head, events) = (recent.watch(), recent.watch_events());
        recent.publish(vec![entry(1, 1)]);
        assert!(head.has_changed().unwrap() && !events.has_changed().unwrap());
        let unreadable = Entry { payload: Payload::Unreadable(String::new()), ..(*entry(2, 0)).clone() };
        recent.publish(vec![Arc::new(unreadable), entry(3, 1)]);
        assert_eq!((*head.borrow(), *events.borrow()), (3, 2));
        recent.advance_head(9);
        assert_eq!((*head.borrow(), *events.borrow()), (9, 9), "another process may have written events");
    }

    #[test]
    fn memory_is_bounded_by_points() {
        let recent = RecentLog::new(watch::Sender::new(0));
        for position in 1..=5 {
            recent.publish(vec![entry(position, 400_000)]);
        }
        assert_eq!(positions(&recent, 2), Vec::<u64>::new());
        assert_eq!(positions(&recent, 3), [4, 5]);
    }
}
