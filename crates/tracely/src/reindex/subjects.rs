//! What the series measure whose points are brought in.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use tracely_analytics::elastic::Subject;
use tracely_core::id::{SeriesId, ServiceId};
use tracely_store::organization::DEFAULT;
use tracely_store::{Store, StoreError, series, service};

/// Series read from the database at a time; points come ordered by series.
const AT_ONCE: u64 = 1_000;
/// Series that are remembered.
const REMEMBERED: usize = 200_000;

/// Series that were looked up.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    known: HashMap<u32, Option<Subject>>,
    services: HashMap<ServiceId, String>,
}

impl Subjects {
    /// Looks up what is not known of some series.
    pub(super) async fn learn(&mut self, store: &Store, series: &[u32]) -> Result<(), StoreError> {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        for number in series {
            if self.known.contains_key(number) {
                continue;
            }
            let before = number.checked_sub(1).map(SeriesId);
            let read = series::after(store, before, AT_ONCE).await?;
            if read.iter().any(|series| !self.services.contains_key(&series.service_id)) {
                let all = service::all(store, DEFAULT).await?;
                self.services.extend(all.into_iter().map(|service| (service.id, service.key)));
            }
            for series in read {
                let service = self.services.get(&series.service_id).cloned();
                self.known.insert(series.id.0, Some(Subject { series, service }));
            }
            if let Entry::Vacant(unknown) = self.known.entry(*number) {
                unknown.insert(None);
            }
        }
        Ok(())
    }

    /// Returns what is known of a series.
    pub(super) fn describe(&self, series: SeriesId) -> Option<Subject> {
        self.known.get(&series.0).cloned().flatten()
    }
}
