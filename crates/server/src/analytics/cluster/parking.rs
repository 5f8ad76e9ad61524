//! Entries whose points the cluster does not take are parked, where people see them, and the log goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use tracely_analytics::elastic::Refused;
use tracely_store::consumer::{self, Consumer};
use tracely_store::log::{Entry, Payload};
use tracely_store::{Store, StoreError};

/// Parks entries that cannot be read, and those some of whose points were refused, with why.
pub(super) async fn park(
    store: &Store,
    entries: &[Arc<Entry>],
    refused: &[Refused],
) -> Result<(), StoreError> {
    let mut of_entry: BTreeMap<u64, Vec<&Refused>> = BTreeMap::new();
    for one in refused {
        of_entry.entry(one.position).or_default().push(one);
    }
    let why = |entry: &Entry| match &entry.payload {
        Payload::Unreadable(error) => Some(error.clone()),
        Payload::Points { batch, .. } => {
            let refused = of_entry.get(&entry.position)?;
            let first = refused.first()?;
            Some(format!(
                "the search cluster refused {} of {} points; the first, in row {}: {}",
                refused.len(),
                batch.len(),
                first.row,
                first.reason
            ))
        }
        Payload::Event(_) => None,
    };
    let parked: Vec<(&Arc<Entry>, String)> =
        entries.iter().filter_map(|entry| Some((entry, why(entry)?))).collect();
    if parked.is_empty() {
        return Ok(());
    }
    let tx = store.begin().await?;
    for (entry, error) in parked {
        tracing::error!(position = entry.position, error, "an entry was parked");
        consumer::park(&tx, Consumer::Elastic, entry.organization_id, entry.position, &error).await?;
    }
    tx.commit().await?;
    Ok(())
}
