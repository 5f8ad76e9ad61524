//! Brings in what the log has and the cluster has not.

use super::Run;
use super::patience::patiently;
use anyhow::bail;
use std::sync::Arc;
use tracely_analytics::elastic::{Batch, Refused};
use tracely_store::consumer::{self, Consumer};
use tracely_store::log::{self, Entry, Payload};
use tracely_store::organization::DEFAULT;
use tracely_store::{StoreError, parked};

/// Points brought in at a time, as far as entries allow.
const POINTS_AT_ONCE: usize = 50_000;

impl Run<'_> {
    /// Fails when the cluster refused points of an entry that is still in the log: as long as they can be sent again from
    /// there, they must not be brought in from a segment.
    pub(super) async fn check_parked(&self) -> anyhow::Result<()> {
        let store = self.job.store;
        for entry in consumer::all_parked_by(store, DEFAULT, Consumer::Elastic).await? {
            let position = entry.position;
            let in_log = parked::entry(store, position).await?;
            if in_log.is_some_and(|entry| matches!(entry.payload, Payload::Points { .. })) {
                bail!(
                    "entry {position} of the log is parked ({}); put that right, take it up again with \
                     POST /api/system/parked/{position}/retry, and run this again",
                    entry.error
                );
            }
        }
        Ok(())
    }

    /// Brings in the points of the log that are in no segment or that the cluster has not come to yet, and moves the
    /// cluster's position in the log. Says what was done.
    pub(super) async fn bring_log_in(&mut self) -> anyhow::Result<String> {
        let store = self.job.store;
        let head = store.refresh_head().await?;
        let indexed = consumer::position(store, Consumer::Indexer).await?;
        let before = consumer::position(store, Consumer::Elastic).await?;
        // What is in segments, and behind the cluster's position, is brought in from there.
        let begin = indexed.min(before).max(self.log_checked);
        let (mut seen, mut first, mut points, mut brought) = (begin, None, 0, 0);
        while seen < head {
            let entries = self.next_entries(seen).await?;
            let (Some(start), Some(end)) = (entries.first(), entries.last()) else { break };
            let (start, end) = (start.position, end.position);
            first.get_or_insert(start);
            let of_entries = entries.iter().map(|entry| points_in(entry)).sum::<u64>();
            let there = self.count_entries(start, end).await?;
            if there < of_entries {
                self.send_entries(&entries).await?;
                let now = self.count_entries(start, end).await?;
                if now < of_entries {
                    bail!(
                        "the cluster has {now} of the {of_entries} points of entries {start} to {end} of the log after \
                         they were brought in"
                    );
                }
                brought += now.saturating_sub(there);
            }
            points += of_entries;
            seen = end;
            self.move_position(seen).await?;
        }
        self.log_checked = self.log_checked.max(seen);
        let first = first.unwrap_or(begin + 1);
        Ok(if seen < first {
            "log        nothing that segments do not hold".to_owned()
        } else {
            format!("log        entries {first} to {seen} with {points} points, {brought} brought in")
        })
    }

    async fn next_entries(&self, after: u64) -> Result<Vec<Arc<Entry>>, StoreError> {
        let (mut entries, mut points): (Vec<Arc<Entry>>, u64) = (Vec::new(), 0);
        while points < POINTS_AT_ONCE as u64 {
            let after = entries.last().map_or(after, |entry| entry.position);
            let more = log::after(self.job.store, after).await?;
            if more.is_empty() {
                break;
            }
            points += more.iter().map(|entry| points_in(entry)).sum::<u64>();
            entries.extend(more);
        }
        Ok(entries)
    }

    /// Counts the points of entries in the cluster, those included that were brought in just before.
    async fn count_entries(&self, first: u64, last: u64) -> anyhow::Result<u64> {
        let elastic = self.job.elastic;
        let count = async || {
            elastic.refresh().await?;
            elastic.count_entries(first, last).await
        };
        Ok(patiently(&self.job.pause, count).await?)
    }

    async fn send_entries(&mut self, entries: &[Arc<Entry>]) -> anyhow::Result<()> {
        let batches: Vec<Batch<'_>> = entries.iter().filter_map(|entry| batch_of(entry)).collect();
        for batch in &batches {
            self.subjects.learn(self.job.store, &batch.points.series).await?;
        }
        let subjects = &self.subjects;
        let elastic = self.job.elastic;
        let index = async || elastic.index(&batches, |series| subjects.describe(series)).await;
        let refused = patiently(&self.job.pause, index).await?;
        if let Some(Refused { position, reason, .. }) = refused.first() {
            bail!("the cluster refuses points of entry {position} of the log: {reason}");
        }
        Ok(())
    }

    /// Moves the cluster's position on, unless the server has.
    async fn move_position(&self, to: u64) -> Result<(), StoreError> {
        let tx = self.job.store.begin().await?;
        let from = consumer::position(&tx, Consumer::Elastic).await?;
        if from >= to {
            return Ok(());
        }
        consumer::advance(&tx, Consumer::Elastic, from, to).await?;
        match tx.commit().await {
            // Or the server has brought in the same, and moves it.
            Ok(_) | Err(StoreError::PositionMoved { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn batch_of(entry: &Entry) -> Option<Batch<'_>> {
    let Payload::Points { batch, .. } = &entry.payload else { return None };
    let Entry { position, organization_id, created_at, .. } = *entry;
    Some(Batch { position, accepted_at: created_at, organization_id, points: batch })
}

fn points_in(entry: &Entry) -> u64 {
    batch_of(entry).map_or(0, |batch| batch.points.len() as u64)
}
