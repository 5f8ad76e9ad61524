//! Which groups of series have most of something, or least.
//!
//! Every group is summed up, a few hundred with each request, and ranked here: a cluster cannot order by the value of the
//! newest point, and an order that it finds in each shard is not that of all of them.

use super::Elastic;
use super::answer::{Buckets, search};
use super::error::ElasticError;
use super::filter;
use super::statistics::{Summed, aggregations};
use crate::error::AnalyticsError;
use crate::grouped::ranked;
use crate::question::{MAX_GROUPS, RankedGroup, RankingAnswer, RankingQuestion};
use crate::series_set::SeriesSet;
use serde::Deserialize;
use serde_json::json;

/// Groups of one request.
const GROUPS: usize = 200;

#[derive(Debug, Deserialize)]
struct Ranking {
    groups: Buckets<Summed>,
}

impl Elastic {
    /// Ranks groups of series. Fails if there are too many.
    pub async fn ranking(&self, question: &RankingQuestion) -> Result<RankingAnswer, ElasticError> {
        if question.groups.len() > MAX_GROUPS {
            return Err(AnalyticsError::TooManyGroups { limit: MAX_GROUPS }.into());
        }
        if question.from >= question.to {
            return Ok(RankingAnswer::default());
        }
        // The places of the groups that have series.
        let asked: Vec<usize> =
            (0..question.groups.len()).filter(|group| !question.groups[*group].is_empty()).collect();
        let mut rows: Vec<RankedGroup> = Vec::new();
        for some in asked.chunks(GROUPS) {
            let groups: Vec<&SeriesSet> = some.iter().map(|group| &question.groups[*group]).collect();
            let found = self.summed(question, &groups).await?;
            rows.extend(some.iter().zip(found).filter_map(|(group, summed)| {
                summed.finish().map(|statistics| RankedGroup { group: *group, statistics })
            }));
        }
        Ok(ranked(rows, question))
    }

    async fn summed(
        &self,
        question: &RankingQuestion,
        groups: &[&SeriesSet],
    ) -> Result<Vec<Summed>, ElasticError> {
        let within = filter::within(Some(question.from.0), Some(question.to.0));
        let filters: Vec<_> = groups.iter().map(|group| filter::of_series(group)).collect();
        let compression = self.connect().await?.digests().compression;
        let body = json!({
            "size": 0,
            "track_total_hits": false,
            "query": filter::all([filter::of_groups(groups)].into_iter().chain(within)),
            "aggs": { "groups": { "filters": { "filters": filters }, "aggs": aggregations(compression) } },
        });
        let answer = search::<Ranking>(&self.client, &self.config.prefix, "rank groups", &body).await?;
        Ok(answer.aggregations.map(|ranking| ranking.groups.buckets).unwrap_or_default())
    }
}
