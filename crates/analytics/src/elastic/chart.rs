//! Charts: one histogram with statistics and percentiles in each bucket.

use super::Elastic;
use super::answer::{Buckets, Exact, search};
use super::error::ElasticError;
use super::filter;
use crate::error::AnalyticsError;
use crate::question::{ChartBucket, ChartQuestion};
use serde::Deserialize;
use serde_json::json;
use tracely_core::time::Timestamp;

/// The most buckets of a chart.
const BUCKETS: usize = 50_000;

#[derive(Debug, Deserialize)]
struct Chart {
    buckets: Buckets<Bucket>,
}

#[derive(Debug, Deserialize)]
struct Bucket {
    key: Exact,
    doc_count: u64,
    values: Statistics,
    spread: Spread,
}

#[derive(Debug, Deserialize)]
struct Statistics {
    min: Exact,
    max: Exact,
    avg: Exact,
}

#[derive(Debug, Deserialize)]
struct Spread {
    values: Percentiles,
}

#[derive(Debug, Deserialize)]
struct Percentiles {
    #[serde(rename = "50.0")]
    p50: Exact,
    #[serde(rename = "95.0")]
    p95: Exact,
    #[serde(rename = "99.0")]
    p99: Exact,
}

impl Elastic {
    /// Aggregates the points of some series over buckets of time; buckets without points are left out.
    pub async fn chart(&self, question: &ChartQuestion) -> Result<Vec<ChartBucket>, ElasticError> {
        let ChartQuestion { series, from: Timestamp(from), to: Timestamp(to), width, offset } = question;
        if *width <= 0 {
            return Err(AnalyticsError::BucketWidth.into());
        }
        if from >= to {
            return Ok(Vec::new());
        }
        // The first bucket may begin before the span.
        let before = i128::from((from.wrapping_sub(*offset)).rem_euclid(*width));
        let buckets = (i128::from(to - 1) - i128::from(*from) + before) / i128::from(*width) + 1;
        if buckets > BUCKETS as i128 {
            return Err(AnalyticsError::TooManyBuckets { limit: BUCKETS }.into());
        }
        if series.is_empty() {
            return Ok(Vec::new());
        }
        let digests = self.connect().await?.digests();
        let mut chart = Vec::new();
        for span in digests.parts((*from, *to), *width, *offset) {
            chart.extend(self.part(question, span, digests.compression).await?);
        }
        Ok(chart)
    }

    /// Asks for the buckets of a part of the span.
    async fn part(
        &self,
        question: &ChartQuestion,
        (from, to): (i64, i64),
        compression: u32,
    ) -> Result<Vec<ChartBucket>, ElasticError> {
        let ChartQuestion { series, width, offset, .. } = question;
        let conditions = [filter::of_series(series)].into_iter().chain(filter::within(Some(from), Some(to)));
        let body = json!({
            "size": 0,
            "track_total_hits": false,
            "query": filter::all(conditions),
            "aggs": { "buckets": {
                "histogram": {
                    "field": "instant", "interval": width, "offset": offset.rem_euclid(*width), "min_doc_count": 1,
                },
                "aggs": {
                    "values": { "stats": { "field": "value" } },
                    "spread": { "percentiles": {
                        "field": "value", "percents": [50, 95, 99], "tdigest": { "compression": compression },
                    } },
                },
            } },
        });
        let answer = search::<Chart>(&self.client, &self.config.prefix, "draw a chart", &body).await?;
        let found = answer.aggregations.map(|chart| chart.buckets.buckets).unwrap_or_default();
        Ok(found.into_iter().map(Bucket::finish).collect())
    }
}

impl Bucket {
    fn finish(self) -> ChartBucket {
        let Statistics { min: Exact(min), max: Exact(max), avg: Exact(avg) } = self.values;
        let Percentiles { p50, p95, p99 } = self.spread.values;
        let [p50, p95, p99] = [p50, p95, p99].map(|Exact(value)| value.clamp(min, max));
        let start = Timestamp(self.key.whole());
        ChartBucket { start, count: self.doc_count, min, max, avg, p50, p95, p99 }
    }
}
