//! Brings in what the segments of a day hold and the cluster has not.

use super::difference::Difference;
use super::groups::{Groups, Key, Source};
use super::patience::patiently;
use super::{Listed, Run, date};
use anyhow::Context;
use tokio::task::block_in_place;
use tracely_analytics::elastic::{Refused, Stored};
use tracely_core::metric::PointBatch;
use tracely_store::organization::DEFAULT;

/// Points sent at a time; after them, the place is kept.
const POINTS_AT_ONCE: usize = 20_000;

/// What was brought in of a day.
#[derive(Debug, Default)]
struct Filled {
    points: u64,
    refused: u64,
    /// Why the first was refused.
    reason: Option<String>,
}

/// Points that are missing and not sent yet.
#[derive(Debug, Default)]
struct Missing {
    points: PointBatch,
    copies: Vec<u32>,
}

impl<'a> Run<'a> {
    /// Brings a day in and reports how that went; says how many points of the day have been dealt with.
    pub(super) async fn bring_day_in(
        &mut self,
        listed: &Listed,
        mut progress: impl FnMut(u64),
    ) -> anyhow::Result<()> {
        let name = date(listed.day);
        let rows: u64 = listed.segments.iter().map(|segment| segment.rows).sum();
        for file in &listed.lost {
            self.report.differences.push(format!("{name}: segment {file} is missing"));
        }
        let mut brought = 0;
        let mut held = self.count(listed).await?;
        let (mut missing, mut extra) = (0, 0);
        if held != rows {
            let after = self.place.of(listed.day);
            match self.bring_in_and_compare(listed, after, &mut progress).await {
                Ok((filled, found)) => {
                    brought = filled.points;
                    (missing, extra) = found;
                    if let Some(reason) = filled.reason {
                        let refused = filled.refused;
                        self.report.differences.push(format!(
                            "{name}: the cluster refuses {refused} points; the first: {reason}"
                        ));
                    }
                    held = self.count(listed).await?;
                }
                // A segment that cannot be read; the other days can.
                Err(error) if error.downcast_ref::<tracely_analytics::AnalyticsError>().is_some() => {
                    self.report.differences.push(format!("{name}: {error:#}"));
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        let beyond = match extra {
            0 => String::new(),
            _ => format!("; {extra} of the cluster are in no segment any more"),
        };
        let line =
            format!("{name} {rows} points in segments, {held} in the cluster, {brought} brought in{beyond}");
        self.report.lines.push(line);
        if missing > 0 {
            let difference = format!("{name}: {missing} of {rows} points in segments are not in the cluster");
            self.report.differences.push(difference);
        }
        Ok(())
    }

    /// Brings in what is missing after a place. When the counts differ even so, compares point by point, and begins the day
    /// anew if something is missing before the place. Returns what was brought in, and how many points are missing in the
    /// cluster and in segments.
    async fn bring_in_and_compare(
        &mut self,
        listed: &Listed,
        after: Option<Key>,
        progress: &mut impl FnMut(u64),
    ) -> anyhow::Result<(Filled, (u64, u64))> {
        let rows: u64 = listed.segments.iter().map(|segment| segment.rows).sum();
        let mut filled = self.bring_in(listed, after, progress).await?;
        if self.count(listed).await? == rows {
            return Ok((filled, (0, 0)));
        }
        let mut found = self.compare(listed).await?;
        if found.0 > 0 && after.is_some() {
            let again = self.bring_in(listed, None, progress).await?;
            let points = filled.points + again.points;
            filled = Filled { points, ..again };
            found = self.compare(listed).await?;
        }
        Ok((filled, found))
    }

    /// Counts the points of a day that stand for those of segments, those included that were brought in just before.
    async fn count(&self, listed: &Listed) -> anyhow::Result<u64> {
        let elastic = self.job.elastic;
        let count = async || {
            elastic.refresh().await?;
            elastic.count_held(&listed.holding, &[listed.day]).await
        };
        Ok(patiently(&self.job.pause, count).await?.first().copied().unwrap_or(0))
    }

    async fn bring_in(
        &mut self,
        listed: &Listed,
        after: Option<Key>,
        progress: &mut impl FnMut(u64),
    ) -> anyhow::Result<Filled> {
        let (mut filled, mut missing) = (Filled::default(), Missing::default());
        let mut walk = self.difference(listed, after, true).await?;
        let mut walked = 0;
        let mut reached = None;
        while let Some(step) = walk.next().await? {
            for (value, copy) in step.missing {
                missing.points.push_row(step.key.0, step.key.1, value);
                missing.copies.push(copy);
            }
            walked += step.points;
            reached = Some(step.key);
            if missing.copies.len() >= POINTS_AT_ONCE {
                self.send_missing(listed, &mut missing, &mut filled).await?;
                self.keep_place(listed, reached)?;
                progress(walked);
            }
        }
        self.send_missing(listed, &mut missing, &mut filled).await?;
        self.keep_place(listed, reached)?;
        progress(walked);
        Ok(filled)
    }

    fn keep_place(&mut self, listed: &Listed, reached: Option<Key>) -> anyhow::Result<()> {
        let Some(reached) = reached else { return Ok(()) };
        block_in_place(|| self.place.reach(listed.day, reached))
            .with_context(|| format!("cannot write in {}", self.job.data_dir.display()))
    }

    async fn send_missing(
        &mut self,
        listed: &Listed,
        missing: &mut Missing,
        filled: &mut Filled,
    ) -> anyhow::Result<()> {
        let Missing { points, copies } = std::mem::take(missing);
        if copies.is_empty() {
            return Ok(());
        }
        self.subjects.learn(self.job.store, &points.series).await?;
        let (points, copies) = (&points, &copies[..]);
        let stored = Stored { accepted_at: listed.accepted_at, organization_id: DEFAULT, points, copies };
        let (elastic, subjects) = (self.job.elastic, &self.subjects);
        let index = async || elastic.index_stored(stored, |series| subjects.describe(series)).await;
        let refused = patiently(&self.job.pause, index).await?;
        filled.points += (copies.len() - refused.len()) as u64;
        filled.refused += refused.len() as u64;
        if let Some(Refused { reason, .. }) = refused.into_iter().next() {
            filled.reason.get_or_insert(reason);
        }
        Ok(())
    }

    /// Compares a day point by point; returns how many are missing in the cluster, and how many in segments.
    async fn compare(&self, listed: &Listed) -> anyhow::Result<(u64, u64)> {
        let mut walk = self.difference(listed, None, false).await?;
        let mut missing = 0;
        while let Some(step) = walk.next().await? {
            missing += step.missing.len() as u64;
        }
        Ok((missing, walk.extra))
    }

    /// Begins to walk over the points of a day after a place. With `entries_only`, what was made of segments before is not
    /// counted as held: it is named by the same ids again.
    async fn difference(
        &self,
        listed: &Listed,
        after: Option<Key>,
        entries_only: bool,
    ) -> anyhow::Result<Difference<'a>> {
        let directory = self.links.directory().to_owned();
        let segments = Source::segments(directory, listed.segments.clone(), after);
        let held = self.job.elastic.held(&listed.holding, listed.day, after, entries_only);
        Difference::of(Groups::of(segments), Groups::of(Source::Cluster(held))).await
    }
}
