//! Pages of points: what a point is sorted by is the point.

use super::Elastic;
use super::answer::{Exact, Nothing, search};
use super::error::ElasticError;
use super::filter;
use crate::error::AnalyticsError;
use crate::question::{PointRow, PointsAnswer, PointsOrder, PointsQuestion};
use serde_json::json;
use tracely_core::id::SeriesId;
use tracely_core::time::Timestamp;

impl Elastic {
    /// Lists one page of points and counts all of them.
    pub async fn points(&self, question: &PointsQuestion) -> Result<PointsAnswer, ElasticError> {
        let limit = self.config.page_depth;
        let depth = if question.limit == 0 { 0 } else { question.offset.saturating_add(question.limit) };
        if depth > limit {
            return Err(AnalyticsError::PageTooDeep { limit }.into());
        }
        if question.series.is_empty() {
            return Ok(PointsAnswer { rows: Vec::new(), total: 0 });
        }
        let (from, to) = (question.from.map(|from| from.0), question.to.map(|to| to.0));
        let conditions = [filter::of_series(&question.series)]
            .into_iter()
            .chain(filter::within(from, to))
            .chain(filter::between(question.min_value, question.max_value));
        let keys = match question.order {
            PointsOrder::Instant => ["instant", "series", "value"],
            PointsOrder::Value => ["value", "instant", "series"],
        };
        let direction = if question.descending { "desc" } else { "asc" };
        let body = json!({
            "from": if question.limit == 0 { 0 } else { question.offset },
            "size": question.limit,
            "track_total_hits": true,
            "_source": false,
            "query": filter::all(conditions),
            "sort": keys.map(|key| json!({ key: direction })),
        });
        let answer = search::<Nothing>(&self.client, &self.config.prefix, "list points", &body).await?;
        let row = |sort: &[Exact]| -> Option<PointRow> {
            let of = |name| Some(sort[keys.iter().position(|key| *key == name)?]);
            let [_, _, _] = sort else { return None };
            Some(PointRow {
                series: SeriesId(of("series")?.whole() as u32),
                instant: Timestamp(of("instant")?.whole()),
                value: of("value")?.0,
            })
        };
        let rows = answer.hits.hits.iter().filter_map(|hit| row(&hit.sort)).collect();
        Ok(PointsAnswer { rows, total: answer.hits.total.map_or(0, |total| total.value) })
    }
}
