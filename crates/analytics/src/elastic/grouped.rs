//! Charts of the first groups of a ranking.

use super::Elastic;
use super::answer::{Buckets, search};
use super::error::ElasticError;
use super::filter;
use super::statistics::{Summed, aggregations};
use crate::chart::Grid;
use crate::config::Config;
use crate::question::{GroupedChartAnswer, GroupedChartQuestion, StatisticsBucket};
use crate::series_set::SeriesSet;
use serde::Deserialize;
use serde_json::json;
use tracely_core::time::Timestamp;

/// Groups of one request.
const GROUPS: usize = 200;

#[derive(Debug, Deserialize)]
struct Charts {
    groups: Buckets<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    parts: Buckets<Summed>,
}

impl Elastic {
    /// Ranks groups of series and charts the first of them. Fails if the width is not positive, or if there are too many
    /// groups or buckets.
    pub async fn grouped_chart(
        &self,
        question: &GroupedChartQuestion,
    ) -> Result<GroupedChartAnswer, ElasticError> {
        let GroupedChartQuestion { ranking: of_groups, width, offset } = question;
        let span = (of_groups.from, of_groups.to);
        let charted = of_groups.limit.min(of_groups.groups.len());
        let Some(grid) = Grid::new(span, *width, *offset, charted, &Config::default())? else {
            return Ok(GroupedChartAnswer::default());
        };
        let ranking = self.ranking(of_groups).await?;
        let chosen: Vec<&SeriesSet> = ranking.rows.iter().map(|row| &of_groups.groups[row.group]).collect();
        let mut charts = Vec::with_capacity(chosen.len());
        let digests = self.connect().await?.digests();
        for some in chosen.chunks((digests.at_once / grid.buckets).clamp(1, GROUPS)) {
            let mut of_some = vec![Vec::new(); some.len()];
            for span in digests.parts((span.0.0, span.1.0), *width, *offset) {
                let found = self.parts(question, some, span, digests.compression).await?;
                for (chart, group) in of_some.iter_mut().zip(found) {
                    chart.extend(group.parts.buckets.iter().filter_map(bucket_of));
                }
            }
            charts.append(&mut of_some);
        }
        Ok(GroupedChartAnswer { ranking, charts })
    }

    async fn parts(
        &self,
        question: &GroupedChartQuestion,
        groups: &[&SeriesSet],
        (from, to): (i64, i64),
        compression: u32,
    ) -> Result<Vec<Group>, ElasticError> {
        let GroupedChartQuestion { width, offset, .. } = question;
        let within = filter::within(Some(from), Some(to));
        let filters: Vec<_> = groups.iter().map(|group| filter::of_series(group)).collect();
        let body = json!({
            "size": 0,
            "track_total_hits": false,
            "query": filter::all([filter::of_groups(groups)].into_iter().chain(within)),
            "aggs": { "groups": {
                "filters": { "filters": filters },
                "aggs": { "parts": {
                    "histogram": {
                        "field": "instant", "interval": width, "offset": offset.rem_euclid(*width), "min_doc_count": 1,
                    },
                    "aggs": aggregations(compression),
                } },
            } },
        });
        let answer = search::<Charts>(&self.client, &self.config.prefix, "chart groups", &body).await?;
        Ok(answer.aggregations.map(|charts| charts.groups.buckets).unwrap_or_default())
    }
}

fn bucket_of(summed: &Summed) -> Option<StatisticsBucket> {
    let start = Timestamp(summed.key?.whole());
    Some(StatisticsBucket { start, statistics: summed.finish()? })
}
