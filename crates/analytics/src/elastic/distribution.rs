//! How values are distributed: what the edges of bins follow from, then the counts between them.

use super::Elastic;
use super::answer::{Buckets, Exact, Single, search};
use super::error::ElasticError;
use super::filter;
use crate::question::{Bin, Bounds, DistributionAnswer, DistributionQuestion, edges};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
struct Ends {
    min: Single,
    max: Single,
    positive: Positive,
}

#[derive(Debug, Deserialize)]
struct Positive {
    least: Single,
}

#[derive(Debug, Deserialize)]
struct Distribution {
    bins: Buckets<Counted>,
}

#[derive(Debug, Deserialize)]
struct Counted {
    doc_count: u64,
}

impl Elastic {
    /// Counts points by their values.
    pub async fn distribution(
        &self,
        question: &DistributionQuestion,
    ) -> Result<DistributionAnswer, ElasticError> {
        if question.from >= question.to || question.series.is_empty() {
            return Ok(DistributionAnswer::default());
        }
        let Some(bounds) = self.ends(question).await? else { return Ok(DistributionAnswer::default()) };
        let edges = edges(bounds, question.scale, question.bins);
        let counts = self.counts(question, &edges).await?;
        let bin = |(pair, count): (&[f64], u64)| Bin { low: pair[0], high: pair[1], count };
        Ok(DistributionAnswer {
            count: counts.iter().sum(),
            bounds: Some((bounds.min, bounds.max)),
            bins: edges.windows(2).zip(counts).map(bin).collect(),
        })
    }

    async fn ends(&self, question: &DistributionQuestion) -> Result<Option<Bounds>, ElasticError> {
        let body = json!({
            "size": 0,
            "track_total_hits": false,
            "query": query(question),
            "aggs": {
                "min": { "min": { "field": "value" } },
                "max": { "max": { "field": "value" } },
                "positive": {
                    "filter": { "range": { "value": { "gt": 0.0 } } },
                    "aggs": { "least": { "min": { "field": "value" } } },
                },
            },
        });
        let attempt = "find the least and the greatest value";
        let answer = search::<Ends>(&self.client, &self.config.prefix, attempt, &body).await?;
        let number = |single: Single| single.value.map(|Exact(value)| value);
        Ok(answer.aggregations.and_then(|Ends { min, max, positive }| {
            Some(Bounds { min: number(min)?, max: number(max)?, least_positive: number(positive.least) })
        }))
    }

    /// Counts the values between edges. Nothing is beyond the first and the last, unless it came just now: then it is in
    /// the bin at that end.
    async fn counts(&self, question: &DistributionQuestion, edges: &[f64]) -> Result<Vec<u64>, ElasticError> {
        let last = edges.len() - 2;
        let ranges: Vec<Value> = edges
            .windows(2)
            .enumerate()
            .map(|(place, pair)| match place {
                0 if last == 0 => json!({ "from": pair[0] }),
                0 => json!({ "to": pair[1] }),
                _ if place == last => json!({ "from": pair[0] }),
                _ => json!({ "from": pair[0], "to": pair[1] }),
            })
            .collect();
        let body = json!({
            "size": 0,
            "track_total_hits": false,
            "query": query(question),
            "aggs": { "bins": { "range": { "field": "value", "ranges": ranges } } },
        });
        let answer = search::<Distribution>(&self.client, &self.config.prefix, "count values", &body).await?;
        let found = answer.aggregations.map(|distribution| distribution.bins.buckets).unwrap_or_default();
        Ok(found.into_iter().map(|bin| bin.doc_count).collect())
    }
}

/// Returns the condition of the points that are counted.
fn query(question: &DistributionQuestion) -> Value {
    let within = filter::within(Some(question.from.0), Some(question.to.0));
    filter::all([filter::of_series(&question.series)].into_iter().chain(within))
}
