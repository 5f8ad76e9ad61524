//! The newest point of each series.
//!
//! Asked for spans of time that go back further and further, each only for the series that were not met in a later one:
//! mostly every series has a point in the last hour, and the days before need not be looked at.

use super::Elastic;
use super::answer::{Exact, Nothing, Single, search};
use super::error::ElasticError;
use super::filter;
use crate::question::PointRow;
use crate::series_set::SeriesSet;
use serde::Deserialize;
use serde_json::json;
use tracely_core::id::SeriesId;
use tracely_core::time::{DAY, HOUR, Timestamp};

/// How far before the newest point each span begins; one more has no beginning.
const SPANS: [i64; 4] = [HOUR, DAY, 8 * DAY, 32 * DAY];
/// Series asked for with one request; a cluster returns at most as many documents.
const SERIES_AT_ONCE: usize = 10_000;

#[derive(Debug, Deserialize)]
struct Newest {
    newest: Single,
}

impl Elastic {
    /// Returns the newest point of each series that has one, ordered by series. Of several points at the newest
    /// instant, the one accepted last.
    pub async fn latest(&self, series: &SeriesSet) -> Result<Vec<PointRow>, ElasticError> {
        let mut found: Vec<PointRow> = Vec::new();
        if series.is_empty() {
            return Ok(found);
        }
        let body = json!({
            "size": 0, "track_total_hits": false, "aggs": { "newest": { "max": { "field": "instant" } } },
        });
        let answer =
            search::<Newest>(&self.client, &self.config.prefix, "find the newest point", &body).await?;
        let Some(newest) = answer.aggregations.and_then(|found| found.newest.value) else { return Ok(found) };
        let newest = newest.whole();

        let mut missing: Vec<u32> = series.numbers().to_vec();
        let mut to = None;
        for from in SPANS.iter().map(|back| Some(newest - back)).chain([None]) {
            let mut left = Vec::new();
            for some in missing.chunks(SERIES_AT_ONCE) {
                let mut rows = self.newest_within(some, from, to).await?;
                rows.sort_unstable_by_key(|row| row.series);
                let is_found =
                    |number: &u32| rows.binary_search_by_key(number, |row: &PointRow| row.series.0).is_ok();
                left.extend(some.iter().copied().filter(|number| !is_found(number)));
                found.extend(rows);
            }
            missing = left;
            to = from;
            if missing.is_empty() {
                break;
            }
        }
        found.sort_unstable_by_key(|row| row.series);
        Ok(found)
    }

    async fn newest_within(
        &self,
        series: &[u32],
        from: Option<i64>,
        to: Option<i64>,
    ) -> Result<Vec<PointRow>, ElasticError> {
        let set: SeriesSet = series.iter().map(|number| SeriesId(*number)).collect();
        let conditions = [filter::of_series(&set)].into_iter().chain(filter::within(from, to));
        let body = json!({
            "size": series.len(),
            "track_total_hits": false,
            "_source": false,
            "query": filter::all(conditions),
            "collapse": { "field": "series" },
            // The value decides nothing: it is there to be told. Elasticsearch 8 fails when fields are asked for as well.
            "sort": [{ "instant": "desc" }, filter::by_position("desc"), { "row": "desc" }, { "value": "desc" }],
        });
        let answer =
            search::<Nothing>(&self.client, &self.config.prefix, "find newest points", &body).await?;
        let rows = answer.hits.hits.into_iter().filter_map(|hit| {
            let [instant, _, _, Exact(value)] = *hit.sort else { return None };
            let (series, instant) = (hit.fields.series.first()?.whole() as u32, Timestamp(instant.whole()));
            Some(PointRow { series: SeriesId(series), instant, value })
        });
        Ok(rows.collect())
    }
}
