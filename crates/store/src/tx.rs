//! The unit of work.

use crate::bounded::{Bounded, within};
use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::log::{self, NewEntry};
use crate::search::known::KnownWords;
use sea_orm::sea_query::LockType;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QuerySelect, Select};
use std::sync::{Mutex, PoisonError};
use tracely_core::event::Event;
use tracely_core::id::OrganizationId;
use tracely_core::metric::PointBatch;
use tracely_core::time::Timestamp;
use uuid::Uuid;

/// A transaction: one instant, one source of ids, and the events that it will have caused.
///
/// Dropped without [`Tx::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Tx {
    store: Store,
    inner: Bounded<DatabaseTransaction>,
    now: Timestamp,
    entries: Mutex<Vec<NewEntry>>,
    /// Words that the vocabulary has when this is committed.
    words: Mutex<Vec<(OrganizationId, String)>>,
}

impl Tx {
    pub(crate) fn new(store: Store, inner: Bounded<DatabaseTransaction>) -> Self {
        let now = store.clock().now();
        Self { store, inner, now, entries: Mutex::default(), words: Mutex::default() }
    }

    /// Returns the one instant at which everything in this transaction happens.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Makes an id.
    pub fn id<T: From<Uuid>>(&self) -> T {
        T::from(self.store.ids().next(self.now))
    }

    /// Adds an event, to be written to the log at commit.
    pub fn emit(&self, organization_id: OrganizationId, event: Event) {
        self.add(NewEntry::event(organization_id, event));
    }

    /// Adds accepted points, to be written to the log at commit. Points sent as backfill are not judged by rules.
    pub fn append_points(&self, organization_id: OrganizationId, backfill: bool, batch: PointBatch) {
        self.add(NewEntry::points(organization_id, backfill, batch));
    }

    fn add(&self, entry: NewEntry) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// Writes the events to the log, commits durably, and wakes whoever follows the log.
    /// Returns the position of the last entry written, if any was.
    pub async fn commit(self) -> Result<Option<u64>, StoreError> {
        let entries = self.entries.into_inner().unwrap_or_else(PoisonError::into_inner);
        let written = log::append(&self.inner, entries, self.now).await?;
        let (transaction, bound) = self.inner.into_parts();
        within(bound, transaction.commit()).await.doing("commit a transaction")?;
        self.store.known_words().add(self.words.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(self.store.recent_log().publish(written))
    }

    pub(crate) fn known_words(&self) -> &KnownWords {
        self.store.known_words()
    }

    /// Notes words that this adds to the vocabulary.
    pub(crate) fn will_know(&self, words: impl Iterator<Item = (OrganizationId, String)>) {
        self.words.lock().unwrap_or_else(PoisonError::into_inner).extend(words);
    }

    pub(crate) fn connection(&self) -> &Bounded<DatabaseTransaction> {
        &self.inner
    }
}

/// Where a read looks: in the committed state, or in a transaction with what it has changed so far.
pub trait Reads: sealed::Reads {}

impl Reads for Store {}
impl Reads for Tx {}

pub(crate) mod sealed {
    use super::{
        Bounded, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, LockType,
        QuerySelect, Select, Store, Tx,
    };

    pub trait Reads: Sync {
        #[doc(hidden)]
        type Connection: ConnectionTrait;

        #[doc(hidden)]
        fn reading(&self) -> &Self::Connection;

        /// In a transaction, locks the rows that are found until its end: who changes a row reads it first, and
        /// nobody may change it in between. Rows that refer to it may still be added.
        #[doc(hidden)]
        fn locking<E: EntityTrait>(&self, query: Select<E>) -> Select<E>;
    }

    impl Reads for Store {
        type Connection = Bounded<DatabaseConnection>;

        fn reading(&self) -> &Bounded<DatabaseConnection> {
            self.reader()
        }

        fn locking<E: EntityTrait>(&self, query: Select<E>) -> Select<E> {
            query
        }
    }

    impl Reads for Tx {
        type Connection = Bounded<DatabaseTransaction>;

        fn reading(&self) -> &Bounded<DatabaseTransaction> {
            self.connection()
        }

        fn locking<E: EntityTrait>(&self, query: Select<E>) -> Select<E> {
            query.lock(LockType::NoKeyUpdate)
        }
    }
}
