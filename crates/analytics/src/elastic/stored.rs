//! Which points of segments a cluster has.
//!
//! A point that segments hold is in the cluster as a document of its entry of the log, when the entry was still in the log
//! as the cluster came into use, or as a document that was made of the segment. The former have a `position`, the latter
//! have none. Documents whose entries went into no segment are points that only the cluster has.

use super::Elastic;
use super::answer::{Exact, Nothing, search};
use super::error::ElasticError;
use super::filter;
use crate::segment::Entries;
use serde::Deserialize;
use serde_json::{Value, json};
use tracely_core::metric::PointBatch;
use tracely_core::time::{DAY, Timestamp};

/// Documents read with one request.
const AT_ONCE: usize = 10_000;
/// Spans of positions that a condition has at most; a condition may have 1 024 parts.
const SPANS: usize = 500;
/// Days that are asked about with one request.
const DAYS: usize = 100;

/// Which documents stand for points of segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The entries of the log that went into segments, at most 500 spans.
    spans: Vec<(u64, u64)>,
}

impl Holding {
    /// Makes it of the entries of all segments that there are, of which the newest is `last`.
    ///
    /// When it is not known of one of them where its points come from, every entry up to `last` counts. So do entries
    /// between two spans when there are too many spans; the widest gaps are kept.
    pub fn of<'a>(entries: impl Iterator<Item = &'a Entries>, last: u64) -> Self {
        let mut spans: Vec<(u64, u64)> = Vec::new();
        for entries in entries {
            if entries.spans().is_empty() {
                return Self { spans: vec![(0, last)] };
            }
            spans.extend_from_slice(entries.spans());
        }
        spans.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (first, last) in spans {
            match joined.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                Some(_) | None => joined.push((first, last)),
            }
        }
        let mut gaps: Vec<u64> = joined.windows(2).map(|pair| pair[1].0 - pair[0].1).collect();
        gaps.sort_unstable_by_key(|gap| std::cmp::Reverse(*gap));
        // Gaps as wide as the last one that may stay go too, so that there are not more.
        let narrowest = gaps.get(SPANS - 1).map_or(0, |gap| gap + 1);
        let mut spans: Vec<(u64, u64)> = Vec::new();
        for (first, last) in joined {
            match spans.last_mut() {
                Some((_, end)) if first - *end < narrowest => *end = last,
                Some(_) | None => spans.push((first, last)),
            }
        }
        Self { spans }
    }

    /// Returns the condition that a document was made of an entry that went into segments.
    fn of_entries(&self) -> Value {
        json!({"bool": {"should": self.ranges(), "minimum_should_match": 1}})
    }

    /// Returns the condition that a document stands for a point of a segment.
    fn of_all(&self) -> Value {
        let mut parts = self.ranges();
        parts.push(json!({"bool": {"must_not": [{"exists": {"field": "position"}}]}}));
        json!({"bool": {"should": parts, "minimum_should_match": 1}})
    }

    fn ranges(&self) -> Vec<Value> {
        if self.spans.is_empty() {
            // A condition without parts would let everything through.
            return vec![json!({"match_none": {}})];
        }
        let range = |(first, last): &(u64, u64)| json!({"range": {"position": {"gte": first, "lte": last}}});
        self.spans.iter().map(range).collect()
    }
}

#[derive(Debug, Deserialize)]
struct Days {
    days: DayBuckets,
}

#[derive(Debug, Deserialize)]
struct DayBuckets {
    buckets: Vec<DayBucket>,
}

#[derive(Debug, Deserialize)]
struct DayBucket {
    doc_count: u64,
}

/// The points of a day that a cluster has in place of segments', while they are read.
#[derive(Debug)]
pub struct Held<'a> {
    engine: &'a Elastic,
    query: Value,
    after: Option<Vec<Value>>,
    is_over: bool,
}

impl Elastic {
    /// Counts, of each of some days, the points that stand for those of segments. Days are counted since the epoch.
    pub async fn count_held(&self, holding: &Holding, days: &[i64]) -> Result<Vec<u64>, ElasticError> {
        self.connect().await?;
        let mut counts = Vec::with_capacity(days.len());
        for some in days.chunks(DAYS) {
            let filters: Vec<Value> = some
                .iter()
                .filter_map(|day| filter::within(Some(day * DAY), Some((day + 1) * DAY)))
                .collect();
            let body = json!({
                "size": 0,
                "track_total_hits": false,
                "query": filter::all([holding.of_all()]),
                "aggs": { "days": { "filters": { "filters": filters } } },
            });
            let attempt = "count the points of days";
            let answer = search::<Days>(&self.client, &self.config.prefix, attempt, &body).await?;
            match answer.aggregations {
                Some(Days { days }) => counts.extend(days.buckets.iter().map(|bucket| bucket.doc_count)),
                // There is no index yet.
                None => counts.extend(some.iter().map(|_| 0)),
            }
        }
        Ok(counts)
    }

    /// Counts the points that came with entries of the log, from one position up to and with another.
    pub async fn count_entries(&self, first: u64, last: u64) -> Result<u64, ElasticError> {
        self.connect().await?;
        let body = json!({
            "size": 0,
            "track_total_hits": true,
            "query": filter::all([json!({"range": {"position": {"gte": first, "lte": last}}})]),
        });
        let attempt = "count the points of entries";
        let answer = search::<Nothing>(&self.client, &self.config.prefix, attempt, &body).await?;
        Ok(answer.hits.total.map_or(0, |total| total.value))
    }

    /// Reads the points of a day that stand for those of segments, ordered by series and instant, those after a place
    /// only. With `entries_only`, those that were made of segments are left out.
    pub fn held(
        &self,
        holding: &Holding,
        day: i64,
        after: Option<(u32, i64)>,
        entries_only: bool,
    ) -> Held<'_> {
        let standing = if entries_only { holding.of_entries() } else { holding.of_all() };
        let of_day = filter::within(Some(day * DAY), Some((day + 1) * DAY));
        let query = filter::all([standing].into_iter().chain(of_day));
        // Behind every document of that series and instant.
        let after = after.map(|(series, instant)| {
            vec![series.into(), instant.into(), i64::MAX.into(), i64::MAX.into(), f64::MAX.into()]
        });
        Held { engine: self, query, after, is_over: false }
    }
}

impl Held<'_> {
    /// Returns the next points; none at the end. Points that are brought in meanwhile may or may not be among them.
    pub async fn next_points(&mut self) -> Result<Option<PointBatch>, ElasticError> {
        if self.is_over {
            return Ok(None);
        }
        let Elastic { client, config, .. } = self.engine;
        let mut body = json!({
            "size": AT_ONCE,
            "track_total_hits": false,
            "_source": false,
            "query": self.query,
            // The first two order; the others tell points apart that have them in common, and the value is told.
            "sort": [{ "series": "asc" }, { "instant": "asc" }, filter::by_position("asc"), { "row": "asc" }, { "value": "asc" }],
        });
        if let Some(after) = self.after.take() {
            body["search_after"] = after.into();
        }
        let answer = search::<Nothing>(client, &config.prefix, "read the points of a day", &body).await?;
        let mut points = PointBatch::default();
        for hit in &answer.hits.hits {
            let [series, instant, _, _, Exact(value)] = *hit.sort else { continue };
            points.push_row(series.whole() as u32, Timestamp(instant.whole()).0, value);
        }
        match answer.hits.hits.last() {
            Some(last) if answer.hits.hits.len() == AT_ONCE => {
                self.after = Some(last.sort.iter().map(|key| key.json()).collect());
            }
            _ => self.is_over = true,
        }
        Ok((!points.is_empty()).then_some(points))
    }
}

#[cfg(test)]
mod tests {
    use super::{Holding, SPANS};
    use crate::segment::Entries;

    fn holding(texts: &[&str], last: u64) -> Vec<(u64, u64)> {
        let entries: Vec<Entries> = texts.iter().map(|text| Entries::parse(text)).collect();
        Holding::of(entries.iter(), last).spans
    }

    #[test]
    fn entries_of_all_segments_are_joined() {
        assert_eq!(holding(&["1-5 20-30", "6-9", "25-40"], 50), [(1, 9), (20, 40)]);
        assert_eq!(holding(&["1-5", ""], 50), [(0, 50)], "where one comes from is not known");
        assert_eq!(holding(&[], 0), []);
    }

    #[test]
    fn only_the_widest_gaps_are_kept() {
        let mut texts: Vec<String> = (0..2_000_u64).map(|place| format!("{0}-{0}", place * 3)).collect();
        texts.push("9000-9010".to_owned());
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let spans = holding(&texts, 10_000);
        assert!(spans.len() <= SPANS, "{}", spans.len());
        assert_eq!(spans, [(0, 5_997), (9_000, 9_010)]);
    }
}
