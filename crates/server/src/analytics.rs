//! Analytics of the application: the engine, what is brought into it, and the questions that are asked.

pub mod indexer;
mod rebuild;

use crate::app::{App, Settings};
use crate::http::problem::{Problem, chain};
use crate::http::query::{MAX_LIMIT, MAX_OFFSET};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tracely_analytics::{
    AnalyticsError, AveragesQuestion, ChartBucket, ChartQuestion, Config, Embedded, Entries, PointRow,
    PointsAnswer, PointsQuestion, Segment, SeriesSet, TrialAnswer, TrialQuestion,
};
use tracely_store::consumer::{self, Consumer};
use tracely_store::log::{self, Payload};
use tracely_store::segment::{self, SegmentRow};
use tracely_store::{Store, StoreError};

/// The engine, and the order in which the log comes into it.
#[derive(Debug)]
pub(crate) struct Analytics {
    engine: Arc<Embedded>,
    /// Held while entries are brought into the tail, which must happen in order.
    absorbing: Mutex<()>,
    /// So many questions are worked on at a time: each may take a core and the memory of what it reads.
    turns: Semaphore,
}

/// How long a question may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

impl Analytics {
    /// Opens the segments that the database lists.
    pub(crate) async fn open(store: &Store, settings: &Settings) -> Result<Self, crate::app::StartError> {
        let segments = segment::list(store).await?.into_iter().map(segment_of).collect();
        let position = consumer::position(store, Consumer::Indexer).await?;
        let dir = settings.segment_dir.clone();
        let page_depth = (MAX_OFFSET + MAX_LIMIT) as usize;
        let config = Config { page_depth, ..Config::default() };
        let open = move || Embedded::open(&dir, segments, position, config);
        let engine = tokio::task::spawn_blocking(open).await.expect("opening segments does not panic")?;
        for broken in engine.broken() {
            tracing::error!(
                file = broken.segment.file,
                error = chain(&broken.error),
                "a segment cannot be read; its points are missing from charts and lists"
            );
        }
        let turns = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        Ok(Self { engine: Arc::new(engine), absorbing: Mutex::new(()), turns: Semaphore::new(turns) })
    }

    pub(crate) fn engine(&self) -> &Arc<Embedded> {
        &self.engine
    }

    /// Brings everything that is in the log now into the tail. Returns whether there was anything.
    pub(crate) async fn catch_up(&self, store: &Store) -> Result<bool, StoreError> {
        let head = *store.head().borrow();
        if self.engine.position() >= head {
            return Ok(false);
        }
        let _in_order = self.absorbing.lock().await;
        while self.engine.position() < head {
            let entries = log::after(store, self.engine.position()).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                match &entry.payload {
                    Payload::Points { batch, .. } => self.engine.absorb(entry.position, Arc::clone(batch)),
                    Payload::Event(_) => self.engine.skip_to(entry.position),
                    Payload::Unreadable(error) => {
                        let tx = store.begin().await?;
                        let (consumer, organization_id) = (Consumer::Indexer, entry.organization_id);
                        consumer::park(&tx, consumer, organization_id, entry.position, error).await?;
                        tx.commit().await?;
                        self.engine.skip_to(entry.position);
                    }
                }
            }
        }
        Ok(true)
    }

    pub(crate) async fn chart(
        &self,
        app: &App,
        question: ChartQuestion,
    ) -> Result<Vec<ChartBucket>, Problem> {
        self.ask(app, move |engine| engine.chart(&question)).await
    }

    pub(crate) async fn points(&self, app: &App, question: PointsQuestion) -> Result<PointsAnswer, Problem> {
        self.ask(app, move |engine| engine.points(&question)).await
    }

    pub(crate) async fn latest(&self, app: &App, series: SeriesSet) -> Result<Vec<PointRow>, Problem> {
        self.ask(app, move |engine| engine.latest(&series)).await
    }

    pub(crate) async fn averages(
        &self,
        app: &App,
        question: AveragesQuestion,
    ) -> Result<Vec<Vec<Option<f64>>>, Problem> {
        self.ask(app, move |engine| engine.averages(&question)).await
    }

    pub(crate) async fn trial(&self, app: &App, question: TrialQuestion) -> Result<TrialAnswer, Problem> {
        self.ask(app, move |engine| engine.trial(&question)).await
    }

    /// Asks a question about everything that was acknowledged before it was asked. A segment that turns out to be
    /// damaged is set aside, and the others are asked again; whoever asked is told that the answer is incomplete.
    async fn ask<T: Send + 'static>(
        &self,
        app: &App,
        question: impl Fn(&Embedded) -> Result<T, AnalyticsError> + Send + Sync + 'static,
    ) -> Result<T, Problem> {
        let busy = || Problem::unavailable("too many questions are asked at a time; ask again later", 1);
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await.map_err(|_| busy())?;
        let _turn = turn.map_err(|_| busy())?;
        self.catch_up(app.store()).await?;
        let question = Arc::new(question);
        loop {
            let once = Arc::clone(&question);
            match run_blocking(&self.engine, move |engine| once(engine)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => self.set_aside(error)?,
            }
        }
    }

    /// Sets the segment aside whose damage an error tells of, and says so; returns any other error.
    pub(crate) fn set_aside(&self, error: AnalyticsError) -> Result<(), AnalyticsError> {
        let what = chain(&error);
        match self.engine.set_aside(error) {
            None => {
                tracing::error!(
                    error = what,
                    "a segment cannot be read; its points are missing from charts and lists"
                );
                Ok(())
            }
            Some(other) => Err(other),
        }
    }
}

/// Runs work on the engine away from the threads that serve requests.
pub(crate) async fn run_blocking<T: Send + 'static>(
    engine: &Arc<Embedded>,
    work: impl FnOnce(&Embedded) -> T + Send + 'static,
) -> T {
    let engine = Arc::clone(engine);
    match tokio::task::spawn_blocking(move || work(&engine)).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

pub(crate) fn row_of(segment: &Segment) -> SegmentRow {
    let Segment { file, day, min_instant, max_instant, min_series, max_series, rows, bytes, entries } =
        segment.clone();
    let entries = entries.to_string();
    SegmentRow { file, day, min_instant, max_instant, min_series, max_series, rows, bytes, entries }
}

/// Returns what the analytics engine knows of a segment that the database lists.
pub fn segment_of(row: SegmentRow) -> Segment {
    let SegmentRow { file, day, min_instant, max_instant, min_series, max_series, rows, bytes, entries } =
        row;
    let entries = Entries::parse(&entries);
    Segment { file, day, min_instant, max_instant, min_series, max_series, rows, bytes, entries }
}
