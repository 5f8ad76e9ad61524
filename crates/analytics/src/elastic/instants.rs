//! The newest instants of groups of series.
//!
//! A `terms` aggregation ordered by key holds every instant that differs in the memory of each shard, and returns the
//! first hundred. So only the end of each group's span is asked about, as much of it as would have a few hundred points
//! if they were spread evenly, then eight times as much, until there are enough.

use super::Elastic;
use super::answer::{Buckets, Exact, search};
use super::error::ElasticError;
use super::filter;
use crate::question::SAMPLED_INSTANTS;
use crate::series_set::SeriesSet;
use serde::Deserialize;
use serde_json::json;

/// How many points the first part that is asked about would have.
const POINTS: i64 = 4 * SAMPLED_INSTANTS as i64;
/// How much longer each part is than the one before.
const LONGER: i64 = 8;

/// A group, and what is known of it.
#[derive(Debug)]
pub(super) struct Sampled<'a> {
    series: &'a SeriesSet,
    oldest: i64,
    newest: i64,
    /// How far before the newest instant the next part begins.
    back: i64,
    /// The end of the next part.
    end: i64,
    /// The newest instants that differ, newest first.
    pub(super) instants: Vec<i64>,
}

#[derive(Debug, Deserialize)]
struct Parts {
    groups: Buckets<Part>,
}

#[derive(Debug, Deserialize)]
struct Part {
    instants: Buckets<Instant>,
}

#[derive(Debug, Deserialize)]
struct Instant {
    key: Exact,
}

impl<'a> Sampled<'a> {
    /// Makes it of a group with so many points, between two instants.
    pub(super) fn new(series: &'a SeriesSet, points: u64, oldest: i64, newest: i64) -> Self {
        let span = i128::from(newest) - i128::from(oldest) + 1;
        let back = span * i128::from(POINTS) / i128::from(points.max(1)) + 1;
        let back = i64::try_from(back).unwrap_or(i64::MAX);
        Self { series, oldest, newest, back, end: newest.saturating_add(1), instants: Vec::new() }
    }

    /// Returns the next part to ask about; none when nothing more is wanted.
    fn part(&self) -> Option<(i64, i64)> {
        let start = self.newest.saturating_sub(self.back).max(self.oldest);
        (self.instants.len() < SAMPLED_INSTANTS && start < self.end).then_some((start, self.end))
    }

    /// Takes the newest instants of the part that was asked about.
    fn found(&mut self, instants: impl Iterator<Item = i64>) {
        let (start, _) = self.part().unwrap_or((self.end, self.end));
        self.instants.extend(instants.take(SAMPLED_INSTANTS - self.instants.len()));
        self.end = start;
        self.back = self.back.saturating_mul(LONGER);
    }
}

impl Elastic {
    /// Finds the newest instants of some groups that differ, as many of each as an interval is inferred from.
    pub(super) async fn sample(&self, groups: &mut [Sampled<'_>]) -> Result<(), ElasticError> {
        loop {
            let mut asked: Vec<&mut Sampled<'_>> =
                groups.iter_mut().filter(|group| group.part().is_some()).collect();
            if asked.is_empty() {
                return Ok(());
            }
            let mut parts = self.newest_instants(&asked).await?.into_iter();
            for group in &mut asked {
                let instants = parts.next().map(|part| part.instants.buckets).unwrap_or_default();
                group.found(instants.iter().map(|instant| instant.key.whole()));
            }
        }
    }

    async fn newest_instants(&self, groups: &[&mut Sampled<'_>]) -> Result<Vec<Part>, ElasticError> {
        let parts: Vec<(i64, i64)> = groups.iter().filter_map(|group| group.part()).collect();
        let filters: Vec<_> = groups
            .iter()
            .zip(&parts)
            .map(|(group, (start, end))| {
                let within = filter::within(Some(*start), Some(*end));
                filter::all([filter::of_series(group.series)].into_iter().chain(within))
            })
            .collect();
        let all: Vec<&SeriesSet> = groups.iter().map(|group| group.series).collect();
        let from = parts.iter().map(|(start, _)| *start).min();
        let to = parts.iter().map(|(_, end)| *end).max();
        let body = json!({
            "size": 0,
            "track_total_hits": false,
            "query": filter::all([filter::of_groups(&all)].into_iter().chain(filter::within(from, to))),
            "aggs": { "groups": { "filters": { "filters": filters }, "aggs": { "instants": {
                "terms": { "field": "instant", "size": SAMPLED_INSTANTS, "order": { "_key": "desc" } },
            } } } },
        });
        let attempt = "find the newest instants";
        let answer = search::<Parts>(&self.client, &self.config.prefix, attempt, &body).await?;
        // There are none when every index has gone meanwhile.
        Ok(answer.aggregations.map(|parts| parts.groups.buckets).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGER, POINTS, Sampled};
    use crate::question::SAMPLED_INSTANTS;
    use crate::series_set::SeriesSet;
    use tracely_core::id::SeriesId;

    #[test]
    fn parts_follow_each_other_until_there_are_enough_instants_or_no_more_points() {
        let series = SeriesSet::new([SeriesId(1)]);
        let mut few = Sampled::new(&series, POINTS as u64, 1_000, 9_000);
        assert_eq!(few.part(), Some((1_000, 9_001)), "all at once");
        few.found([9_000, 1_000].into_iter());
        assert_eq!(few.part(), None);

        let mut many = Sampled::new(&series, 80 * POINTS as u64, 1, 80_000);
        assert_eq!(many.part(), Some((78_999, 80_001)));
        many.found(0..10);
        assert_eq!(many.part(), Some((80_000 - 1_001 * LONGER, 78_999)));
        many.found(0..SAMPLED_INSTANTS as i64);
        assert_eq!((many.instants.len(), many.part()), (SAMPLED_INSTANTS, None));

        let mut crowded = Sampled::new(&series, u64::MAX, i64::MIN, i64::MAX);
        while crowded.part().is_some() {
            crowded.found(0..1);
        }
        assert!(crowded.instants.len() < 25, "{} requests", crowded.instants.len());
    }
}
