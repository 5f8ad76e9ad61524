//! Connections whose statements end in bounded time.
//!
//! A `PostgreSQL` server may be reachable and not answer: it hangs, its disk does, or the network swallows what is
//! sent. Without a bound, everything that needs the database would wait as long. So a statement that is not answered
//! in time fails, its transaction is given up, and its connection is closed when it does not answer a ping either.
//! Whether such a statement took effect is not known; a commit that was given up may have happened.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use std::time::Duration;

/// A connection with a bound on how long a statement may take; none is no bound, as for `SQLite`, which has nobody
/// else to wait for than the disk.
#[derive(Debug, Clone)]
pub struct Bounded<C> {
    inner: C,
    bound: Option<Duration>,
}

impl<C> Bounded<C> {
    pub(crate) fn new(inner: C, bound: Option<Duration>) -> Self {
        Self { inner, bound }
    }

    /// Returns the connection without the bound, for work that takes as long as it takes.
    pub(crate) fn unbounded(&self) -> &C {
        &self.inner
    }

    pub(crate) fn into_parts(self) -> (C, Option<Duration>) {
        (self.inner, self.bound)
    }

    pub(crate) fn bound(&self) -> Option<Duration> {
        self.bound
    }

    /// Does something with the connection, within the bound.
    pub(crate) async fn within<T>(
        &self,
        doing: impl AsyncFnOnce(&C) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        within(self.bound, doing(&self.inner)).await
    }
}

/// Waits for the database no longer than the bound.
pub(crate) async fn within<T>(
    bound: Option<Duration>,
    doing: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let Some(bound) = bound else { return doing.await };
    tokio::time::timeout(bound, doing).await.unwrap_or_else(|_| {
        let why = format!("the database did not answer within {} ms", bound.as_millis());
        Err(DbErr::Conn(RuntimeErr::Internal(why)))
    })
}

#[async_trait::async_trait]
impl<C: ConnectionTrait + Send> ConnectionTrait for Bounded<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        within(self.bound, self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        within(self.bound, self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        within(self.bound, self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        within(self.bound, self.inner.query_all_raw(statement)).await
    }
}
