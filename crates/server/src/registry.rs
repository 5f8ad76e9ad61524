//! What the hot paths need to know of services, metric types and series, in memory.
//!
//! The database is the truth. Series never change, so what is known of them stays true; a series that is not known
//! is looked up or made there. Services and metric types of an organization are forgotten when one of them changes, by
//! who changes it and again when the log says so, and read again when needed; a point that was being accepted while its service was deleted is still stored.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError, RwLock};
use tracely_core::id::{OrganizationId, SeriesId, ServiceId};
use tracely_core::metric::{Labels, MetricType, Series};
use tracely_store::series::{self, SeriesKey};
use tracely_store::{Store, StoreError, metric_type, service};

/// Services and metric types of an organization.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    /// Ids of services by key.
    pub(crate) keys: HashMap<String, ServiceId>,
    /// Keys of services.
    pub(crate) services: HashMap<ServiceId, String>,
    /// Names of services, of deleted ones too: their points are still there.
    pub(crate) names: HashMap<ServiceId, String>,
    /// Metric types by key.
    pub(crate) metric_types: HashMap<String, Arc<MetricType>>,
}

#[derive(Debug)]
pub(crate) struct Registry {
    catalogs: RwLock<Catalogs>,
    series: RwLock<SeriesTable>,
}

#[derive(Debug, Default)]
struct Catalogs {
    known: HashMap<OrganizationId, Arc<Catalog>>,
    /// Counts how often one was forgotten, so that what was read before is not kept after.
    forgotten: u64,
}

#[derive(Debug, Default)]
struct SeriesTable {
    by_id: Vec<Option<Arc<Series>>>,
    by_key: HashTable<Arc<Series>>,
    hasher: DefaultHashBuilder,
}

/// Series read from the database at a time.
const READ_AT_ONCE: u64 = 10_000;

impl Registry {
    /// Reads every series.
    pub(crate) async fn load(store: &Store) -> Result<Self, StoreError> {
        let registry = Self { catalogs: RwLock::default(), series: RwLock::default() };
        registry.load_series_after(store, None).await?;
        Ok(registry)
    }

    /// Makes a registry that knows these series, without a database.
    #[cfg(feature = "measure")]
    pub(crate) fn of(series: Vec<Series>) -> Self {
        let registry = Self { catalogs: RwLock::default(), series: RwLock::default() };
        registry.add(series);
        registry
    }

    async fn load_series_after(&self, store: &Store, mut after: Option<SeriesId>) -> Result<(), StoreError> {
        loop {
            let read = series::after(store, after, READ_AT_ONCE).await?;
            let Some(last) = read.last() else { return Ok(()) };
            after = Some(last.id);
            self.add(read);
        }
    }

    /// Returns an organization's services and metric types.
    pub(crate) async fn catalog(
        &self,
        store: &Store,
        organization_id: OrganizationId,
    ) -> Result<Arc<Catalog>, StoreError> {
        let forgotten = {
            let catalogs = self.catalogs.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = catalogs.known.get(&organization_id) {
                return Ok(Arc::clone(known));
            }
            catalogs.forgotten
        };
        let mut catalog = Catalog::default();
        catalog.names.extend(service::names_of_deleted(store, organization_id).await?);
        for service in service::all(store, organization_id).await? {
            catalog.keys.insert(service.key.clone(), service.id);
            catalog.services.insert(service.id, service.key);
            catalog.names.insert(service.id, service.name);
        }
        for metric_type in metric_type::list(store, organization_id).await? {
            catalog.metric_types.insert(metric_type.key.clone(), Arc::new(metric_type));
        }
        let catalog = Arc::new(catalog);
        let mut catalogs = self.catalogs.write().unwrap_or_else(PoisonError::into_inner);
        if catalogs.forgotten == forgotten {
            catalogs.known.insert(organization_id, Arc::clone(&catalog));
        }
        Ok(catalog)
    }

    /// Forgets an organization's services and metric types, because one of them changed.
    pub(crate) fn forget_catalog(&self, organization_id: OrganizationId) {
        let mut catalogs = self.catalogs.write().unwrap_or_else(PoisonError::into_inner);
        catalogs.known.remove(&organization_id);
        catalogs.forgotten += 1;
    }

    /// Finds a series among those that are known.
    pub(crate) fn find(&self, service_id: ServiceId, metric_type: &str, labels: &Labels) -> Option<SeriesId> {
        self.series.read().unwrap_or_else(PoisonError::into_inner).find(service_id, metric_type, labels)
    }

    /// Finds or makes series and remembers them. The answer has the order of the keys, which must differ.
    pub(crate) async fn find_or_create(
        &self,
        store: &Store,
        organization_id: OrganizationId,
        keys: &[SeriesKey],
        limit: u64,
    ) -> Result<Vec<SeriesId>, StoreError> {
        let tx = store.begin().await?;
        let made = series::find_or_create(&tx, organization_id, keys, limit).await?;
        tx.commit().await?;
        let ids = made.iter().map(|series| series.id).collect();
        self.add(made);
        Ok(ids)
    }

    /// Returns what is known of a series.
    pub(crate) fn series(&self, id: SeriesId) -> Option<Arc<Series>> {
        let table = self.series.read().unwrap_or_else(PoisonError::into_inner);
        table.by_id.get(id.0 as usize).cloned().flatten()
    }

    /// Returns a series, from the database if another process made it.
    pub(crate) async fn series_or_load(
        &self,
        store: &Store,
        id: SeriesId,
    ) -> Result<Option<Arc<Series>>, StoreError> {
        if let Some(known) = self.series(id) {
            return Ok(Some(known));
        }
        let before = id.0.checked_sub(1).map(SeriesId);
        self.add(series::after(store, before, 1).await?);
        Ok(self.series(id))
    }

    /// Returns the series of an organization that a filter accepts.
    pub(crate) fn select(
        &self,
        organization_id: OrganizationId,
        accepts: impl Fn(&Series) -> bool,
    ) -> Vec<SeriesId> {
        let table = self.series.read().unwrap_or_else(PoisonError::into_inner);
        let of_organization = |series: &&Arc<Series>| series.organization_id == organization_id;
        let found = table.by_id.iter().flatten().filter(of_organization);
        found.filter(|series| accepts(series)).map(|series| series.id).collect()
    }

    /// Returns how many series are known.
    pub(crate) fn series_count(&self) -> usize {
        self.series.read().unwrap_or_else(PoisonError::into_inner).by_key.len()
    }

    fn add(&self, series: Vec<Series>) {
        let mut table = self.series.write().unwrap_or_else(PoisonError::into_inner);
        for series in series {
            table.add(series);
        }
    }
}

impl SeriesTable {
    fn find(&self, service_id: ServiceId, metric_type: &str, labels: &Labels) -> Option<SeriesId> {
        let hash = self.hasher.hash_one((service_id, metric_type, labels));
        let same = |series: &Arc<Series>| {
            series.service_id == service_id && *series.metric_type == *metric_type && series.labels == *labels
        };
        self.by_key.find(hash, same).map(|series| series.id)
    }

    fn add(&mut self, series: Series) {
        if self.find(series.service_id, &series.metric_type, &series.labels).is_some() {
            return;
        }
        let place = series.id.0 as usize;
        if self.by_id.len() <= place {
            self.by_id.resize(place + 1, None);
        }
        let series = Arc::new(series);
        let hasher = &self.hasher;
        let hash_of =
            |series: &Arc<Series>| hasher.hash_one((series.service_id, &*series.metric_type, &series.labels));
        self.by_key.insert_unique(hash_of(&series), Arc::clone(&series), hash_of);
        self.by_id[place] = Some(series);
    }
}
