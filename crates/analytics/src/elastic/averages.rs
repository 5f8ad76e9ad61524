//! Averages of many groups of series over the same buckets.

use super::Elastic;
use super::answer::{Buckets, Exact, Single, search};
use super::error::ElasticError;
use super::filter;
use crate::question::AveragesQuestion;
use crate::series_set::SeriesSet;
use serde::Deserialize;
use serde_json::json;

/// Buckets of one request, of all its groups together; clusters give out 65 536.
const BUCKETS: usize = 30_000;
/// Groups of one request.
const GROUPS: usize = 200;

#[derive(Debug, Deserialize)]
struct Averages {
    groups: Buckets<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    parts: Buckets<Part>,
}

#[derive(Debug, Deserialize)]
struct Part {
    key: Exact,
    mean: Single,
}

impl Elastic {
    /// Returns the averages of each group, bucket by bucket.
    pub async fn averages(&self, question: &AveragesQuestion) -> Result<Vec<Vec<Option<f64>>>, ElasticError> {
        let buckets = question.buckets;
        let mut answer = vec![vec![None; buckets]; question.groups.len()];
        if question.from >= question.to || buckets == 0 {
            return Ok(answer);
        }
        // The places of the groups that have series.
        let asked: Vec<usize> =
            (0..question.groups.len()).filter(|group| !question.groups[*group].is_empty()).collect();
        for some in asked.chunks((BUCKETS / buckets).clamp(1, GROUPS)) {
            let groups: Vec<&SeriesSet> = some.iter().map(|group| &question.groups[*group]).collect();
            for (group, found) in some.iter().zip(self.averages_of(question, &groups).await?) {
                for Part { key, mean } in found.parts.buckets {
                    let place = (key.whole() - question.from.0) / question.width();
                    if let Some(cell) =
                        usize::try_from(place).ok().and_then(|place| answer[*group].get_mut(place))
                    {
                        *cell = mean.value.map(|Exact(value)| value);
                    }
                }
            }
        }
        Ok(answer)
    }

    async fn averages_of(
        &self,
        question: &AveragesQuestion,
        groups: &[&SeriesSet],
    ) -> Result<Vec<Group>, ElasticError> {
        let (from, to, width) = (question.from.0, question.to.0, question.width());
        let conditions = [filter::of_groups(groups)].into_iter().chain(filter::within(Some(from), Some(to)));
        let filters: Vec<_> = groups.iter().map(|group| filter::of_series(group)).collect();
        let body = json!({
            "size": 0,
            "track_total_hits": false,
            "query": filter::all(conditions),
            "aggs": { "groups": {
                "filters": { "filters": filters },
                "aggs": { "parts": {
                    "histogram": {
                        "field": "instant", "interval": width, "offset": from.rem_euclid(width), "min_doc_count": 1,
                    },
                    "aggs": { "mean": { "avg": { "field": "value" } } },
                } },
            } },
        });
        let answer = search::<Averages>(&self.client, &self.config.prefix, "average", &body).await?;
        Ok(answer.aggregations.map(|averages| averages.groups.buckets).unwrap_or_default())
    }
}
