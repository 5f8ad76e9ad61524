//! Workers follow the log. A tick takes no input: it looks at the database and at what it has in memory, does a
//! bounded piece of work, and says whether there may be more. So a restart, a retry and the normal path are one path.
//!
//! A worker is woken by the commits that write to the log, and looks once a second in case it missed something. Who
//! need not know of points at once lets some gather ([`Wakes`]): under load there are a thousand commits a second, and
//! to wake four workers for each of them costs more than what they do then.
//! A tick that fails is tried again after a second; the log of the process says why.

use crate::analytics::indexer::Indexer;
use crate::analytics::{ClusterError, ClusterIndexer};
use crate::app::App;
use crate::http::problem::chain;
use crate::live::Digester;
use crate::notification::dispatcher::Dispatcher;
use crate::retention::Retention;
use crate::rule::evaluator::Evaluator;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracely_analytics::AnalyticsError;
use tracely_store::StoreError;
use tracely_store::consumer::Consumer;

/// What a tick did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Something; there may be more.
    Some,
    /// Nothing; there is nothing to do now.
    Idle,
}

/// Why a tick failed.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The segments failed.
    #[error("the segments failed")]
    Analytics(#[from] AnalyticsError),
    /// The system gives no thread.
    #[error("no thread could be started for writing segments")]
    Thread(#[source] std::io::Error),
    /// Points could not be brought into the search cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

/// What a worker is woken by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wakes {
    /// Every commit that writes to the log.
    AtOnce,
    /// Events at once, points when some time has passed since it looked.
    ByEvents,
    /// Everything when some time has passed since it looked.
    Unhurried,
}

/// A worker.
#[async_trait::async_trait]
pub(crate) trait Worker: Send + Sync + 'static {
    /// The name in the log of the process.
    fn name(&self) -> &'static str;

    /// What it is woken by.
    fn wakes(&self) -> Wakes;

    /// Does a bounded piece of work.
    async fn tick(&self) -> Result<Progress, WorkerError>;

    /// Makes what is only in memory durable, as far as that saves work after a restart.
    async fn settle(&self) -> Result<(), WorkerError>;
}

/// What a follower keeps between its ticks.
///
/// When the effects of some entries cannot be stored whatever the number of tries, the follower takes entries one by
/// one until it has found the one to blame, or has read the whole log without meeting it again.
pub(crate) struct Kept<S> {
    state: Mutex<Option<S>>,
    one_by_one: AtomicBool,
}

impl<S> Default for Kept<S> {
    fn default() -> Self {
        Self { state: Mutex::new(None), one_by_one: AtomicBool::new(false) }
    }
}

impl<S> Kept<S> {
    /// Says whether entries are to be taken one by one.
    pub(crate) fn is_one_by_one(&self) -> bool {
        self.one_by_one.load(Ordering::Relaxed)
    }

    /// Ends the search for the entry to blame.
    pub(crate) fn blame_found(&self) {
        self.one_by_one.store(false, Ordering::Relaxed);
    }
}

/// A worker whose state in memory belongs to a position in the log. When a tick fails, the state is dropped, and the
/// next tick builds it again.
#[async_trait::async_trait]
pub(crate) trait Follower: Send + Sync + 'static {
    type State: Send;

    fn consumer(&self) -> Consumer;

    fn wakes(&self) -> Wakes;

    fn kept(&self) -> &Kept<Self::State>;

    /// Builds the state as it is at the position in the database.
    async fn load(&self) -> Result<Self::State, StoreError>;

    /// Works on the next entries.
    async fn work(&self, state: &mut Self::State) -> Result<Progress, StoreError>;

    /// Makes the state durable, as far as that saves work after a restart.
    async fn write(&self, state: &mut Self::State) -> Result<(), StoreError>;
}

#[async_trait::async_trait]
impl<F: Follower> Worker for F {
    fn name(&self) -> &'static str {
        self.consumer().as_str()
    }

    fn wakes(&self) -> Wakes {
        Follower::wakes(self)
    }

    async fn tick(&self) -> Result<Progress, WorkerError> {
        let kept = self.kept();
        let mut guard = kept.state.lock().await;
        let mut state = match guard.take() {
            Some(state) => state,
            None => self.load().await?,
        };
        match self.work(&mut state).await {
            Ok(progress) => {
                if progress == Progress::Idle {
                    kept.blame_found();
                }
                *guard = Some(state);
                Ok(progress)
            }
            Err(error) if !error.is_transient() && !kept.one_by_one.swap(true, Ordering::Relaxed) => {
                let error = chain(&error);
                tracing::error!(
                    worker = self.name(),
                    error,
                    "effects cannot be stored; looking for the entry to blame"
                );
                Ok(Progress::Some)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn settle(&self) -> Result<(), WorkerError> {
        let mut guard = self.kept().state.lock().await;
        let Some(mut state) = guard.take() else { return Ok(()) };
        self.write(&mut state).await?;
        *guard = Some(state);
        Ok(())
    }
}

/// How long a worker waits for a wake-up before it looks by itself.
const NET: Duration = Duration::from_secs(1);
/// How long a worker lets gather what it need not know at once.
const GATHER: Duration = Duration::from_millis(50);

/// All workers of an application.
pub struct Workers {
    app: App,
    workers: Vec<Arc<dyn Worker>>,
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.workers.iter().map(|worker| worker.name())).finish()
    }
}

impl Workers {
    /// Makes the workers; nothing runs yet.
    pub fn new(app: &App) -> Self {
        let workers: Vec<Arc<dyn Worker>> = vec![
            Arc::new(Evaluator::new(app.clone())),
            Arc::new(Dispatcher::new(app.clone())),
            match app.analytics().cluster() {
                None => Arc::new(Indexer::new(app.clone())),
                Some(_) => Arc::new(ClusterIndexer::new(app.clone())),
            },
            Arc::new(Digester::new(app.clone())),
            Arc::new(Retention::new(app.clone())),
        ];
        Self { app: app.clone(), workers }
    }

    /// Ticks every worker until none has anything to do, and makes durable what is only in memory. For tests, and
    /// for the end of the process.
    pub async fn run_to_quiescence(&self) -> Result<(), WorkerError> {
        loop {
            let mut idle = true;
            for worker in &self.workers {
                while worker.tick().await? == Progress::Some {
                    idle = false;
                }
            }
            if idle {
                break;
            }
        }
        self.settle().await
    }

    /// Ticks every worker once, and says whether one of them did something. For tests of what lies between two ticks.
    pub async fn step(&self) -> Result<bool, WorkerError> {
        let mut some = false;
        for worker in &self.workers {
            some |= worker.tick().await? == Progress::Some;
        }
        Ok(some)
    }

    /// Makes durable what the workers have in memory; what one of them cannot store does not keep the others from it.
    /// Returns why the first of those could not.
    pub async fn settle(&self) -> Result<(), WorkerError> {
        let mut settled = Ok(());
        for worker in &self.workers {
            settled = settled.and(worker.settle().await);
        }
        settled
    }

    /// Runs every worker until the token is cancelled, then settles them.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut running = JoinSet::new();
        for worker in &self.workers {
            running.spawn(drive(self.app.clone(), Arc::clone(worker), shutdown.clone()));
        }
        while let Some(ended) = running.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker ended unexpectedly");
            }
        }
        if let Err(error) = self.settle().await {
            tracing::warn!(
                error = chain(&error),
                "what workers had in memory was not stored; the log has it"
            );
        }
    }
}

async fn drive(app: App, worker: Arc<dyn Worker>, shutdown: CancellationToken) {
    let mut log = Log { head: app.store().head(), events: app.store().events() };
    let mut failing = false;
    while !shutdown.is_cancelled() {
        log.mark_unchanged();
        let looked_at = Instant::now();
        match worker.tick().await {
            Ok(progress) => {
                app.failures().went_well(worker.name());
                if failing {
                    tracing::info!(worker = worker.name(), "worker goes on");
                    failing = false;
                }
                if progress == Progress::Idle {
                    tokio::select! {
                        () = shutdown.cancelled() => break,
                        () = log.wakes(worker.wakes(), looked_at) => {}
                        () = tokio::time::sleep(NET) => look(&app).await,
                    }
                }
            }
            Err(error) => {
                let error = chain(&error);
                app.failures().failed(worker.name(), error.clone(), app.store().clock().now());
                if !failing {
                    tracing::error!(
                        worker = worker.name(),
                        error,
                        "worker failed; it tries again every second"
                    );
                    failing = true;
                }
                tokio::select! {
                    () = shutdown.cancelled() => break,
                    () = tokio::time::sleep(NET) => {}
                }
            }
        }
    }
}

/// Waits for what happens in the log.
struct Log {
    head: watch::Receiver<u64>,
    events: watch::Receiver<u64>,
}

impl Log {
    fn mark_unchanged(&mut self) {
        self.head.mark_unchanged();
        self.events.mark_unchanged();
    }

    /// Returns when a worker is to look again, which it last did at an instant.
    async fn wakes(&mut self, wakes: Wakes, looked_at: Instant) {
        let Self { head, events } = self;
        let gathered = async {
            // The store outlives its workers, so that neither watch ends.
            let _ = head.changed().await;
            if wakes != Wakes::AtOnce {
                sleep_until(looked_at + GATHER).await;
            }
        };
        tokio::select! {
            () = gathered => {}
            _ = events.changed(), if wakes == Wakes::ByEvents => {}
        }
    }
}

async fn look(app: &App) {
    if let Err(error) = app.store().refresh_head().await {
        tracing::warn!(error = chain(&error), "the end of the log could not be read");
    }
}
