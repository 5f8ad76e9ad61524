//! The unit of work.

pub(crate) mod write;

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
use write::Write;

/// No more values than this go to the database together; `PostgreSQL` takes 65 535.
const VALUES_TOGETHER: usize = 30_000;

/// A transaction: one instant, one source of ids, and the events that it will have caused.
///
/// Dropped without [`Tx::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Tx {
    store: Store,
    inner: Bounded<DatabaseTransaction>,
    now: Timestamp,
    entries: Mutex<Vec<NewEntry>>,
    /// What waits for the commit.
    waiting: Mutex<Vec<Write>>,
    /// Words that the vocabulary has when this is committed.
    words: Mutex<Vec<(OrganizationId, String)>>,
}

impl Tx {
    pub(crate) fn new(store: Store, inner: Bounded<DatabaseTransaction>) -> Self {
        let now = store.clock().now();
        let (entries, waiting, words) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { store, inner, now, entries, waiting, words }
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

    /// Lets a statement wait for the commit, to go to the database with others. It must not rest on what others that wait
    /// write, and whoever reads what they write calls [`Tx::write_now`] before.
    pub(crate) async fn later(&self, write: Write) -> Result<(), StoreError> {
        let values = |waiting: &Vec<Write>| waiting.iter().map(Write::size).sum::<usize>();
        if self.waiting.lock().map_or(0, |waiting| values(&waiting)) + write.size() > VALUES_TOGETHER {
            self.write_now().await?;
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(write);
        Ok(())
    }

    /// Runs what waits for the commit.
    pub(crate) async fn write_now(&self) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        write::run(&self.inner, waiting).await.map(drop)
    }

    /// Writes what has waited and the events to the log, commits durably, and wakes whoever follows the log.
    /// Returns the position of the last entry written, if any was.
    pub async fn commit(self) -> Result<Option<u64>, StoreError> {
        let entries = self.entries.into_inner().unwrap_or_else(PoisonError::into_inner);
        let waiting = self.waiting.into_inner().unwrap_or_else(PoisonError::into_inner);
        let written = log::append(&self.inner, waiting, entries, self.now).await?;
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
