//! Series: made when their first point comes, never changed, numbered densely.

use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;
use crate::tx::Tx;
use sea_orm::{QueryResult, Value};
use std::collections::HashMap;
use std::sync::Arc;
use tracely_core::id::{OrganizationId, SeriesId, ServiceId};
use tracely_core::metric::{Labels, Series};
use uuid::Uuid;

/// What makes a series: at most one has all of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SeriesKey {
    /// The service that is measured.
    pub service_id: ServiceId,
    /// The key of the metric type.
    pub metric_type: Arc<str>,
    /// Further distinctions.
    pub labels: Labels,
}

const COLUMNS: &str = "id, organization_id, service_id, metric_type, labels";
/// Rows of one statement.
const ROWS_PER_STATEMENT: usize = 500;

/// Finds the series of these keys and makes those that are missing. The answer has the order of the keys, which
/// must differ from each other. Fails when the organization would have more than `limit` series.
pub async fn find_or_create(
    tx: &Tx,
    organization_id: OrganizationId,
    keys: &[SeriesKey],
    limit: u64,
) -> Result<Vec<Series>, StoreError> {
    // The counter's row is locked first: whoever makes series does so one after the other.
    sql::take_numbers(tx.connection(), "series", 0).await?;
    let mut found = find(tx, organization_id, keys).await?;
    let missing = found.iter().filter(|series| series.is_none()).count();
    if missing == 0 {
        return Ok(found.into_iter().flatten().collect());
    }
    check_limit(tx, organization_id, missing as u64, limit).await?;

    let last = sql::take_numbers(tx.connection(), "series", missing as i64).await?;
    let mut next = last - missing as i64 + 1;
    let mut made = Vec::with_capacity(missing);
    for (key, place) in keys.iter().zip(&mut found) {
        if place.is_none() {
            let id = u32::try_from(next)
                .map(SeriesId)
                .map_err(|_| StoreError::TooManySeries { limit: u64::from(u32::MAX) })?;
            let SeriesKey { service_id, metric_type, labels } = key.clone();
            made.push(place.insert(Series { id, organization_id, service_id, metric_type, labels }).clone());
            next += 1;
        }
    }
    insert(tx, &made).await?;
    Ok(found.into_iter().flatten().collect())
}

/// Finds the series of some keys, in the order of the keys.
async fn find(
    tx: &Tx,
    organization_id: OrganizationId,
    keys: &[SeriesKey],
) -> Result<Vec<Option<Series>>, StoreError> {
    let mut known: HashMap<SeriesKey, Series> = HashMap::new();
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let triples = sql::placeholders(chunk.len(), 3);
        // A join, because SQLite reads the whole table for `(…) IN (VALUES …)`.
        let statement = format!(
            "WITH wanted (service_id, metric_type, labels) AS (VALUES {triples}) \
             SELECT series.id, series.organization_id, series.service_id, series.metric_type, series.labels \
             FROM wanted JOIN series ON series.service_id = wanted.service_id \
             AND series.metric_type = wanted.metric_type AND series.labels = wanted.labels \
             WHERE series.organization_id = ${}",
            chunk.len() * 3 + 1
        );
        let triple = |key: &SeriesKey| -> [Value; 3] {
            [key.service_id.0.into(), key.metric_type.as_ref().into(), labels_text(&key.labels).into()]
        };
        let values = chunk.iter().flat_map(triple).chain([organization_id.0.into()]);
        for row in sql::all(tx.connection(), "look up series", statement, values).await? {
            let series = of_row(&row)?;
            let Series { service_id, metric_type, labels, .. } = series.clone();
            known.insert(SeriesKey { service_id, metric_type, labels }, series);
        }
    }
    Ok(keys.iter().map(|key| known.remove(key)).collect())
}

async fn check_limit(
    tx: &Tx,
    organization_id: OrganizationId,
    missing: u64,
    limit: u64,
) -> Result<(), StoreError> {
    let statement = "INSERT INTO counter (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING value";
    let values = [format!("series of {organization_id}").into(), (missing as i64).into()];
    let row = sql::one(tx.connection(), "count an organization's series", statement, values).await?;
    let count = row.map_or(Ok(0), |row| sql::get::<i64>(&row, "value"))?;
    if count as u64 > limit { Err(StoreError::TooManySeries { limit }) } else { Ok(()) }
}

async fn insert(tx: &Tx, series: &[Series]) -> Result<(), StoreError> {
    for chunk in series.chunks(ROWS_PER_STATEMENT) {
        let rows = sql::placeholders(chunk.len(), 6);
        let values: Vec<Value> = chunk
            .iter()
            .flat_map(|series| {
                [
                    i64::from(series.id.0).into(),
                    series.organization_id.0.into(),
                    series.service_id.0.into(),
                    series.metric_type.as_ref().into(),
                    labels_text(&series.labels).into(),
                    tx.now().0.into(),
                ]
            })
            .collect();
        let statement = format!("INSERT INTO series ({COLUMNS}, created_at) VALUES {rows}");
        sql::execute(tx.connection(), "add series", statement, values).await?;
    }
    Ok(())
}

/// Reads up to `limit` series of the whole installation with numbers above `after`, in order of their numbers.
pub async fn after(store: &Store, after: Option<SeriesId>, limit: u64) -> Result<Vec<Series>, StoreError> {
    let statement = format!("SELECT {COLUMNS} FROM series WHERE id > $1 ORDER BY id LIMIT $2");
    let values = [after.map_or(-1, |id| i64::from(id.0)).into(), (limit as i64).into()];
    let rows = sql::all(store.reader(), "read series", statement, values).await?;
    rows.iter().map(of_row).collect()
}

/// Labels are stored as a JSON object whose names are sorted, so that equal labels are equal texts.
fn labels_text(labels: &Labels) -> String {
    serde_json::to_string(labels).expect("labels are a map of texts")
}

fn of_row(row: &QueryResult) -> Result<Series, StoreError> {
    let id: i64 = sql::get(row, "id")?;
    let labels: String = sql::get(row, "labels")?;
    let labels =
        serde_json::from_str(&labels).map_err(|error| StoreError::corrupt("series", "labels", id, error))?;
    let number = u32::try_from(id).map_err(|error| StoreError::corrupt("series", "id", id, error))?;
    Ok(Series {
        id: SeriesId(number),
        organization_id: OrganizationId(sql::get::<Uuid>(row, "organization_id")?),
        service_id: ServiceId(sql::get::<Uuid>(row, "service_id")?),
        metric_type: sql::get::<String>(row, "metric_type")?.into(),
        labels,
    })
}
