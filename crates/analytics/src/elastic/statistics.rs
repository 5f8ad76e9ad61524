//! Everything that sums up points, as aggregations and as what they answer.

use super::answer::{Exact, Hits};
use crate::question::Statistics;
use serde::Deserialize;
use serde_json::{Value, json};

/// Some points, summed up.
#[derive(Debug, Deserialize)]
pub(super) struct Summed {
    /// What the bucket stands for; absent when it is one of several conditions.
    pub(super) key: Option<Exact>,
    doc_count: u64,
    values: Values,
    spread: Spread,
    newest: Newest,
}

/// What is null when there is no point.
#[derive(Debug, Deserialize)]
struct Values {
    min: Option<Exact>,
    max: Option<Exact>,
    avg: Option<Exact>,
    sum: Option<Exact>,
}

#[derive(Debug, Deserialize)]
struct Spread {
    values: Percentiles,
}

#[derive(Debug, Deserialize)]
struct Percentiles {
    #[serde(rename = "50.0")]
    p50: Option<Exact>,
    #[serde(rename = "90.0")]
    p90: Option<Exact>,
    #[serde(rename = "95.0")]
    p95: Option<Exact>,
    #[serde(rename = "99.0")]
    p99: Option<Exact>,
}

#[derive(Debug, Deserialize)]
struct Newest {
    hits: Hits,
}

/// Returns the aggregations that [`Summed`] reads, with t-digests of some compression.
pub(super) fn aggregations(compression: u32) -> Value {
    json!({
        "values": { "stats": { "field": "value" } },
        "spread": { "percentiles": {
            "field": "value", "percents": [50, 90, 95, 99], "tdigest": { "compression": compression },
        } },
        // What a document is sorted by is all that is read of it.
        "newest": { "top_hits": {
            "size": 1, "_source": false, "stored_fields": "_none_", "sort": [{ "instant": "desc" }, { "value": "desc" }],
        } },
    })
}

impl Summed {
    /// Returns what the points are summed up to; none if there are none.
    pub(super) fn finish(&self) -> Option<Statistics> {
        let Values { min, max, avg, sum } = &self.values;
        let (Exact(min), Exact(max), Exact(avg), Exact(sum)) = ((*min)?, (*max)?, (*avg)?, (*sum)?);
        let Percentiles { p50, p90, p95, p99 } = &self.spread.values;
        let within = |percentile: &Option<Exact>| percentile.map(|Exact(value)| value.clamp(min, max));
        let Exact(last) = *self.newest.hits.hits.first()?.sort.get(1)?;
        Some(Statistics {
            count: self.doc_count,
            min,
            max,
            avg,
            sum,
            p50: within(p50)?,
            p90: within(p90)?,
            p95: within(p95)?,
            p99: within(p99)?,
            last,
        })
    }
}
