//! Incidents that are live: not closed.

use super::row::of_row;
use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::schema::incident;
use crate::sql;
use crate::tx::{Reads, Tx};
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Statement, Value};
use std::collections::HashMap;
use tracely_core::id::{OrganizationId, ServiceId};
use tracely_core::incident::{Identity, Incident};

/// Identities of one statement, three values each.
const IDENTITIES_PER_STATEMENT: usize = 500;

/// Finds the live incident of an identity, and locks it until the end of the transaction.
pub async fn live(
    tx: &Tx,
    organization_id: OrganizationId,
    identity: &Identity,
) -> Result<Option<Incident>, StoreError> {
    Ok(live_of(tx, organization_id, &[identity]).await?.remove(identity))
}

/// Finds the live incidents of identities, and locks them until the end of the transaction.
pub(super) async fn live_of(
    tx: &Tx,
    organization_id: OrganizationId,
    identities: &[&Identity],
) -> Result<HashMap<Identity, Incident>, StoreError> {
    let backend = tx.connection().get_database_backend();
    let lock = if backend == DbBackend::Postgres { "FOR NO KEY UPDATE OF incident" } else { "" };
    let mut found = HashMap::with_capacity(identities.len());
    for chunk in identities.chunks(IDENTITIES_PER_STATEMENT) {
        // A join, because SQLite reads the whole table for `(…) IN (VALUES …)`.
        let statement = format!(
            "WITH wanted (rule_id, service_id, group_key) AS (VALUES {}) \
             SELECT incident.* FROM wanted JOIN incident ON incident.rule_id = wanted.rule_id \
             AND incident.service_id = wanted.service_id AND incident.group_key = wanted.group_key \
             WHERE incident.organization_id = ${} AND incident.status <> 'CLOSED' {lock}",
            sql::placeholders(chunk.len(), 3),
            chunk.len() * 3 + 1
        );
        let triple = |identity: &&Identity| -> [Value; 3] {
            [identity.rule_id.0.into(), identity.service_id.0.into(), identity.group_key.as_str().into()]
        };
        let values = chunk.iter().flat_map(triple).chain([organization_id.0.into()]);
        let statement = Statement::from_sql_and_values(backend, statement, values);
        let rows = incident::Entity::find().from_raw_sql(statement).all(tx.connection()).await;
        for row in rows.doing("look for live incidents")? {
            let incident = of_row(row)?;
            found.insert(incident.identity.clone(), incident);
        }
    }
    Ok(found)
}

/// Reads every live incident of the installation, for a state that cannot be read from the log any more.
pub async fn all_live(store: &Store) -> Result<Vec<Incident>, StoreError> {
    // The condition of the partial indexes, in their words: with a value in it, neither database could tell that they
    // hold all that is looked for.
    let live = incident::Entity::find().filter(Expr::cust("status <> 'CLOSED'"));
    let rows = live.all(store.reader()).await.doing("read all live incidents")?;
    rows.into_iter().map(of_row).collect()
}

/// Counts the live incidents of a service.
pub async fn live_of_service(
    from: &impl Reads,
    organization_id: OrganizationId,
    service_id: ServiceId,
) -> Result<u64, StoreError> {
    let statement = "SELECT COUNT(*) AS live FROM incident \
         WHERE service_id = $1 AND organization_id = $2 AND status <> 'CLOSED'";
    let values = [service_id.0.into(), organization_id.0.into()];
    let row = sql::one(from.reading(), "count the live incidents of a service", statement, values).await?;
    Ok(row.map_or(Ok(0), |row| sql::get::<i64>(&row, "live"))? as u64)
}
