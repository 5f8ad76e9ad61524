//! Tries a rule on points that are there already.
//!
//! The buckets come from one aggregation. Episodes need the order of points, so the points are read, but only those of
//! series that violate the rule at all: the others change no episode.

use super::Elastic;
use super::answer::{Buckets, Exact, Nothing, Single, search};
use super::error::ElasticError;
use super::filter;
use crate::error::AnalyticsError;
use crate::groups::Groups;
use crate::question::{TrialAnswer, TrialBucket, TrialQuestion};
use crate::series_set::SeriesSet;
use crate::trial::{Sample, add_episodes};
use serde::Deserialize;
use serde_json::{Value, json};
use tracely_core::id::SeriesId;
use tracely_core::time::Timestamp;

/// The most buckets of an answer; each counts twice against what a cluster gives out, 65 536.
const BUCKETS: i64 = 30_000;
/// Series or points read with one request.
const AT_ONCE: usize = 10_000;

#[derive(Debug, Deserialize)]
struct Trial {
    buckets: Buckets<Bucket>,
}

#[derive(Debug, Deserialize)]
struct Bucket {
    key: Exact,
    doc_count: u64,
    min: Single,
    avg: Single,
    max: Single,
    violations: Counted,
}

#[derive(Debug, Deserialize)]
struct Counted {
    doc_count: u64,
}

#[derive(Debug, Deserialize)]
struct Violators {
    series: Page,
}

#[derive(Debug, Deserialize)]
struct Page {
    after_key: Option<Value>,
    buckets: Vec<Violator>,
}

#[derive(Debug, Deserialize)]
struct Violator {
    key: Key,
}

#[derive(Debug, Deserialize)]
struct Key {
    series: u32,
}

impl Elastic {
    /// Says what a rule would have made of points. Fails when the series that violate it have more points than
    /// [`ElasticConfig::trial_points`](super::ElasticConfig::trial_points).
    pub async fn trial(&self, question: &TrialQuestion) -> Result<TrialAnswer, ElasticError> {
        let TrialQuestion { from, to, width, .. } = question;
        if *width <= 0 {
            return Err(AnalyticsError::BucketWidth.into());
        }
        if from >= to {
            return Ok(TrialAnswer::default());
        }
        let start = from.floor(*width);
        if (i128::from(to.0 - 1) - i128::from(start.0)) / i128::from(*width) >= i128::from(BUCKETS) {
            return Err(AnalyticsError::TooManyBuckets { limit: BUCKETS as usize }.into());
        }
        let groups = Groups::new(&question.groups);
        if groups.series.is_empty() {
            return Ok(TrialAnswer::default());
        }
        let buckets = self.trial_buckets(question, &groups.series).await?;
        let mut answer = TrialAnswer {
            points: buckets.iter().map(|bucket| bucket.count).sum(),
            violations: buckets.iter().map(|bucket| bucket.violations).sum(),
            buckets,
            ..TrialAnswer::default()
        };
        if answer.violations > 0 {
            let violators = self.violators(question, &groups.series).await?;
            let samples = self.samples(question, &groups, &violators).await?;
            add_episodes(&mut answer, question, &groups, &samples);
        }
        Ok(answer)
    }

    async fn trial_buckets(
        &self,
        question: &TrialQuestion,
        series: &SeriesSet,
    ) -> Result<Vec<TrialBucket>, ElasticError> {
        let body = json!({
            "size": 0,
            "track_total_hits": false,
            "query": query(question, series, false),
            "aggs": { "buckets": {
                "histogram": { "field": "instant", "interval": question.width, "min_doc_count": 1 },
                "aggs": {
                    "min": { "min": { "field": "value" } },
                    "avg": { "avg": { "field": "value" } },
                    "max": { "max": { "field": "value" } },
                    "violations": { "filter": filter::violates(question.operator, question.threshold) },
                },
            } },
        });
        let answer = search::<Trial>(&self.client, &self.config.prefix, "try a rule", &body).await?;
        let found = answer.aggregations.map(|trial| trial.buckets.buckets).unwrap_or_default();
        let number = |single: Single| single.value.map_or(0.0, |Exact(value)| value);
        let bucket = |bucket: Bucket| TrialBucket {
            start: Timestamp(bucket.key.whole()),
            count: bucket.doc_count,
            min: number(bucket.min),
            avg: number(bucket.avg),
            max: number(bucket.max),
            violations: bucket.violations.doc_count,
        };
        Ok(found.into_iter().map(bucket).collect())
    }

    /// Finds the series that have violating points.
    async fn violators(
        &self,
        question: &TrialQuestion,
        series: &SeriesSet,
    ) -> Result<SeriesSet, ElasticError> {
        let mut found: Vec<SeriesId> = Vec::new();
        let mut after: Option<Value> = None;
        loop {
            let mut composite = json!({
                "size": AT_ONCE, "sources": [{ "series": { "terms": { "field": "series" } } }],
            });
            if let Some(after) = after.take() {
                composite["after"] = after;
            }
            let body = json!({
                "size": 0,
                "track_total_hits": false,
                "query": query(question, series, true),
                "aggs": { "series": { "composite": composite } },
            });
            let attempt = "find the series that violate a rule";
            let answer = search::<Violators>(&self.client, &self.config.prefix, attempt, &body).await?;
            let Some(Violators { series: page }) = answer.aggregations else { break };
            found.extend(page.buckets.iter().map(|violator| SeriesId(violator.key.series)));
            if page.buckets.len() < AT_ONCE || page.after_key.is_none() {
                break;
            }
            after = page.after_key;
        }
        Ok(SeriesSet::new(found))
    }

    /// Reads the points of some series, each in the order of their instants and, of equal ones, of their acceptance.
    async fn samples(
        &self,
        question: &TrialQuestion,
        groups: &Groups,
        series: &SeriesSet,
    ) -> Result<Vec<Vec<Sample>>, ElasticError> {
        let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); groups.series.len()];
        let limit = self.config.trial_points;
        let mut after: Option<Vec<Value>> = None;
        loop {
            let mut body = json!({
                "size": AT_ONCE,
                "track_total_hits": after.is_none(),
                "_source": false,
                "query": query(question, series, false),
                "sort": [{ "instant": "asc" }, { "series": "asc" }, filter::by_position("asc"), { "row": "asc" }, { "value": "asc" }],
                "docvalue_fields": ["value"],
            });
            if let Some(after) = after.take() {
                body["search_after"] = after.into();
            }
            let attempt = "read the points that a rule is tried on";
            let answer = search::<Nothing>(&self.client, &self.config.prefix, attempt, &body).await?;
            if answer.hits.total.is_some_and(|total| total.value > limit as u64) {
                return Err(AnalyticsError::TooManyPoints { limit }.into());
            }
            for hit in &answer.hits.hits {
                let (Some(instant), Some(series), Some(Exact(value))) =
                    (hit.sort.first(), hit.sort.get(1), hit.fields.value.first())
                else {
                    continue;
                };
                let place = groups.series.place(series.whole() as u32);
                if let Some(samples) = samples.get_mut(place) {
                    samples.push((instant.whole(), *value));
                }
            }
            match answer.hits.hits.last() {
                Some(last) if answer.hits.hits.len() == AT_ONCE => {
                    after = Some(last.sort.iter().map(|key| key.json()).collect());
                }
                _ => return Ok(samples),
            }
        }
    }
}

/// Returns the condition of the points that a rule is tried on, or of those of them that violate it.
fn query(question: &TrialQuestion, series: &SeriesSet, violating: bool) -> Value {
    let conditions = [filter::of_series(series)]
        .into_iter()
        .chain(filter::within(Some(question.from.0), Some(question.to.0)))
        .chain(violating.then(|| filter::violates(question.operator, question.threshold)));
    filter::all(conditions)
}
