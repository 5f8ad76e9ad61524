//! The claim on a `PostgreSQL` database: one process at a time serves it.
//!
//! The claim is an advisory lock of a session, so it ends with the process, however that ends. It also ends with the
//! session: when the database is restarted or the connection breaks. Two things keep a second process away then:
//!
//! - [`Claim::keep`] notices within a second, and takes the lock again as soon as the database answers. When another process
//!   has it by then, this one may do no more, and says so by returning.
//! - A new connection to the database is refused by [`Claim::check`] while the claim is not held. A restart ends all
//!   connections together with the claim, so nothing is done before the claim is back.
//!
//! Another process may also have come and gone while this one had lost the claim; then what this one has in memory
//! is no longer true. So each process that claims the database takes a number from a counter row, and who takes the
//! claim again looks whether the number is still its own.
//!
//! Accepted race: when somebody ends the session of the claim and no other, other connections go on for a second.
//!
//! The session names itself by a token, so that a session of this process whose end the server has not noticed is told
//! from another process, and is ended.

use crate::bounded::within;
use crate::error::{Doing, StoreError};
use sea_orm::{DbErr, RuntimeErr};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use uuid::Uuid;

/// Identifies the advisory lock of a serving process: "tracely" in ASCII.
const SERVING_LOCK: i64 = 0x0074_7261_6365_6c79;
/// Counts the processes that have claimed the database.
const TAKE_NUMBER: &str = "INSERT INTO counter (name, value, bytes) VALUES ('claim', 1, 0) \
     ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value";
const READ_NUMBER: &str = "SELECT value FROM counter WHERE name = 'claim'";
/// How often the claim is looked after.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The server may take a moment to notice that a killed process has gone.
const WAITS: [u64; 6] = [50, 100, 200, 400, 800, 0];
/// Who holds the lock, by the name of its session.
const HOLDER: &str = "SELECT activity.pid, activity.application_name FROM pg_locks AS held \
     JOIN pg_stat_activity AS activity ON activity.pid = held.pid \
     JOIN pg_database AS here ON here.oid = held.database AND here.datname = current_database() \
     WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1 \
     AND held.classid::bigint = $1 >> 32 AND held.objid::bigint = $1 & 4294967295";

/// The claim of this process.
#[derive(Debug)]
pub(crate) struct Claim {
    options: PgConnectOptions,
    token: String,
    bound: Duration,
    /// The claim was made, and holds unless it was lost.
    is_wanted: AtomicBool,
    /// The lock was taken and the number is this process's own, as far as is known.
    is_held: AtomicBool,
    session: Mutex<Option<PgConnection>>,
    /// The number of this process; 0 until it has one.
    number: AtomicI64,
}

impl Claim {
    pub(crate) fn new(options: &PgConnectOptions, id: Uuid, bound: Duration) -> Arc<Self> {
        let token = format!("tracely {}", id.simple());
        let options = options.clone().application_name(&token);
        let (is_wanted, is_held) = (AtomicBool::new(false), AtomicBool::new(false));
        let (session, number) = (Mutex::new(None), AtomicI64::new(0));
        Arc::new(Self { options, token, bound, is_wanted, is_held, session, number })
    }

    /// Claims the database; fails when another process has it.
    pub(crate) async fn make(&self) -> Result<(), StoreError> {
        let session = self.take().await?;
        *self.session.lock().await = Some(session);
        self.is_held.store(true, Ordering::Release);
        self.is_wanted.store(true, Ordering::Release);
        Ok(())
    }

    /// Takes a number, once the schema is there; nothing happens when the database is not claimed.
    pub(crate) async fn take_number(&self) -> Result<(), StoreError> {
        let mut session = self.session.lock().await;
        let Some(session) = session.as_mut() else { return Ok(()) };
        self.number.store(self.ask(session, TAKE_NUMBER).await?, Ordering::Release);
        Ok(())
    }

    /// Looks after the claim until another process has it.
    pub(crate) async fn keep(&self) -> StoreError {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let mut kept = self.session.lock().await;
            if let Some(session) = kept.as_mut() {
                let Err(error) = within(Some(self.bound), ping(session)).await else { continue };
                self.is_held.store(false, Ordering::Release);
                *kept = None;
                tracing::error!(%error, "the claim on the database was lost; nothing new is begun until it is back");
            }
            match self.take_again().await {
                Ok(session) => {
                    *kept = Some(session);
                    self.is_held.store(true, Ordering::Release);
                    tracing::info!("the claim on the database is back");
                }
                Err(error @ (StoreError::InUse | StoreError::Overtaken)) => return error,
                Err(error) => tracing::debug!(%error, "the claim on the database cannot be taken yet"),
            }
        }
    }

    /// Says whether a connection may be used: the claim is not wanted, or held.
    pub(crate) async fn check(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if !self.is_wanted.load(Ordering::Acquire) {
            return Ok(());
        }
        // Before the number was looked at, the lock alone says too little: it may be given back at once.
        let holder = holder(connection).await?;
        if self.is_held.load(Ordering::Acquire) && holder.is_some_and(|(_, name)| name == self.token) {
            return Ok(());
        }
        Err(sqlx::Error::Configuration("this process does not hold the claim on the database".into()))
    }

    async fn take_again(&self) -> Result<PgConnection, StoreError> {
        let mut session = self.take().await?;
        let own = self.number.load(Ordering::Acquire);
        if own != 0 && self.ask(&mut session, READ_NUMBER).await? != own {
            return Err(StoreError::Overtaken);
        }
        Ok(session)
    }

    async fn ask(&self, session: &mut PgConnection, statement: &'static str) -> Result<i64, StoreError> {
        let answer = async { sqlx::query_scalar(statement).fetch_one(session).await.map_err(connect_error) };
        within(Some(self.bound), answer).await.doing("number the process that claims the database")
    }

    async fn take(&self) -> Result<PgConnection, StoreError> {
        let attempt = "claim the database for this process";
        let mut session =
            within(Some(self.bound), async { self.options.connect().await.map_err(connect_error) })
                .await
                .doing(attempt)?;
        for wait in WAITS {
            if within(Some(self.bound), self.try_once(&mut session)).await.doing(attempt)? {
                return Ok(session);
            }
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        Err(StoreError::InUse)
    }

    async fn try_once(&self, session: &mut PgConnection) -> Result<bool, DbErr> {
        let lock = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(SERVING_LOCK);
        if lock.fetch_one(&mut *session).await.map_err(connect_error)? {
            return Ok(true);
        }
        if let Some((id, name)) = holder(session).await.map_err(connect_error)?
            && name == self.token
        {
            let end = sqlx::query("SELECT pg_terminate_backend($1)").bind(id);
            end.execute(session).await.map_err(connect_error)?;
        }
        Ok(false)
    }
}

async fn holder(connection: &mut PgConnection) -> Result<Option<(i32, String)>, sqlx::Error> {
    sqlx::query_as(HOLDER).bind(SERVING_LOCK).fetch_optional(connection).await
}

async fn ping(session: &mut PgConnection) -> Result<(), DbErr> {
    session.ping().await.map_err(connect_error)
}

/// Names an error of the driver as one of the ORM.
pub(crate) fn connect_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}
