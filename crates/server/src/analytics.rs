//! Analytics of the application: the engine, what is brought into it, and the questions that are asked. The modules
//! below `/api/analytics` ask the engine about points, and the database about incidents.
//!
//! There are two engines, and one is in use: the embedded one, or a search cluster when one is configured. The embedded
//! one is open in any case, so that segments of before are listed, kept for their time, and there for who goes back.

pub(crate) mod availability;
mod background;
mod change;
pub(crate) mod chart;
mod cluster;
pub(crate) mod distribution;
mod grouping;
pub(crate) mod hour;
pub(crate) mod incident;
pub mod indexer;
pub(crate) mod ranking;
mod rebuild;
mod selection;
mod statistic;

pub use cluster::ClusterError;
pub(crate) use cluster::indexer::ClusterIndexer;
pub(crate) use cluster::{Cluster, span};

use crate::app::{App, Settings};
use crate::http::problem::{Problem, chain};
use crate::http::query::{MAX_LIMIT, MAX_OFFSET};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tracely_analytics::elastic::{Elastic, ElasticConfig, ElasticError};
use tracely_analytics::{
    AnalyticsError, Availability, AvailabilityQuestion, AveragesQuestion, ChartBucket, ChartQuestion, Config,
    DistributionAnswer, DistributionQuestion, Embedded, Entries, GroupedChartAnswer, GroupedChartQuestion,
    PointRow, PointsAnswer, PointsQuestion, RankingAnswer, RankingQuestion, Segment, SeriesSet, TrialAnswer,
    TrialQuestion,
};
use tracely_core::time::{SECOND, Timestamp};
use tracely_store::consumer::{self, Consumer};
use tracely_store::log::{self, Payload};
use tracely_store::segment::{self, SegmentRow};
use tracely_store::{Store, StoreError, installation};

/// The engine, and the order in which the log comes into it.
#[derive(Debug)]
pub(crate) struct Analytics {
    engine: Arc<Embedded>,
    /// The engine in use, when one is configured; the embedded one is otherwise.
    cluster: Option<Cluster>,
    /// Held while entries are brought into the tail, which must happen in order.
    absorbing: Mutex<()>,
    /// So many questions are worked on at a time: each may take a core and the memory of what it reads.
    turns: Semaphore,
}

/// An answer to a question.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    /// What was asked for.
    pub(crate) value: T,
    /// How many seconds ago the oldest points were accepted that the answer lacks; none when it lacks none.
    pub(crate) behind_seconds: Option<u64>,
}

/// The largest `offset + limit` of a list of points.
const PAGE_DEPTH: usize = (MAX_OFFSET + MAX_LIMIT) as usize;
/// How many questions a cluster is asked at a time.
const CLUSTER_TURNS: usize = 32;

/// What the engine in use lacks of the log.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lag {
    /// How many entries; 0 when none of them has points.
    pub(crate) entries: u64,
    /// How many seconds ago the oldest points among them were accepted, rounded up; 0 when there are none.
    pub(crate) seconds: u64,
}

/// When to ask a cluster again that does not answer, in seconds.
const RETRY: u32 = 5;

/// How long a question may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

impl Analytics {
    /// Opens the segments that the database lists.
    pub(crate) async fn open(store: &Store, settings: &Settings) -> Result<Self, crate::app::StartError> {
        // A commit of the process before may still be under way.
        let tx = store.begin().await?;
        segment::hold(&tx).await?;
        let segments = segment::list(&tx).await?.into_iter().map(segment_of).collect();
        let position = consumer::position(&tx, Consumer::Indexer).await?;
        tx.commit().await?;
        let dir = settings.segment_dir.clone();
        let config = Config { page_depth: PAGE_DEPTH, ..Config::default() };
        let open = move || Embedded::open(&dir, segments, position, config);
        let engine = tokio::task::spawn_blocking(open).await.expect("opening segments does not panic")?;
        for broken in engine.broken() {
            tracing::error!(
                file = broken.segment.file,
                error = chain(&broken.error),
                "a segment cannot be read; its points are missing from charts and lists"
            );
        }
        let cluster = match &settings.elastic {
            None => None,
            Some(config) => {
                let engine = Elastic::new(settings_of_cluster(store, config.clone()).await?)?;
                Some(Cluster::open(store, engine, position).await?)
            }
        };
        let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        let turns = Semaphore::new(if cluster.is_some() { CLUSTER_TURNS } else { cores });
        Ok(Self { engine: Arc::new(engine), cluster, absorbing: Mutex::new(()), turns })
    }

    pub(crate) fn engine(&self) -> &Arc<Embedded> {
        &self.engine
    }

    /// Returns the search cluster if it is the engine in use.
    pub(crate) fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    /// Returns the consumer that brings points into the engine in use. The other one stands still, and the log does not
    /// wait for it.
    pub(crate) fn consumer(&self) -> Consumer {
        if self.cluster.is_some() { Consumer::Elastic } else { Consumer::Indexer }
    }

    /// Says whether a consumer works now.
    pub(crate) fn is_in_use(&self, consumer: Consumer) -> bool {
        match consumer {
            Consumer::Evaluator | Consumer::Dispatcher => true,
            Consumer::Indexer | Consumer::Elastic => consumer == self.consumer(),
        }
    }

    /// Says whether points of a span may be missing because a segment cannot be read, or because segments hold some that
    /// the cluster in use does not have.
    pub(crate) fn is_incomplete(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
        match &self.cluster {
            None => self.engine.is_incomplete(from, to),
            Some(cluster) => cluster.lacks_points_of(from, to),
        }
    }

    /// Returns what the engine in use lacks of the log, which ends at `head`.
    pub(crate) async fn lag(&self, app: &App, head: u64) -> Result<Lag, StoreError> {
        let position = match &self.cluster {
            None => self.engine.position(),
            Some(cluster) => cluster.position(),
        };
        if position >= head {
            return Ok(Lag::default());
        }
        let Some(since) = log::points_waiting_since(app.store(), position).await? else {
            return Ok(Lag::default());
        };
        let waited = (app.store().clock().now().0 - since.0).max(1) as u64;
        Ok(Lag { entries: head - position, seconds: waited.div_ceil(SECOND as u64) })
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
    ) -> Result<Answer<Vec<ChartBucket>>, Problem> {
        match &self.cluster {
            None => whole(self.ask(app, move |engine| engine.chart(&question)).await),
            Some(cluster) => self.ask_cluster(app, cluster, cluster.engine().chart(&question)).await,
        }
    }

    pub(crate) async fn points(
        &self,
        app: &App,
        question: PointsQuestion,
    ) -> Result<Answer<PointsAnswer>, Problem> {
        match &self.cluster {
            None => whole(self.ask(app, move |engine| engine.points(&question)).await),
            Some(cluster) => self.ask_cluster(app, cluster, cluster.engine().points(&question)).await,
        }
    }

    pub(crate) async fn latest(
        &self,
        app: &App,
        series: SeriesSet,
    ) -> Result<Answer<Vec<PointRow>>, Problem> {
        match &self.cluster {
            None => whole(self.ask(app, move |engine| engine.latest(&series)).await),
            Some(cluster) => self.ask_cluster(app, cluster, cluster.engine().latest(&series)).await,
        }
    }

    pub(crate) async fn averages(
        &self,
        app: &App,
        question: AveragesQuestion,
    ) -> Result<Answer<Vec<Vec<Option<f64>>>>, Problem> {
        match &self.cluster {
            None => whole(self.ask(app, move |engine| engine.averages(&question)).await),
            Some(cluster) => self.ask_cluster(app, cluster, cluster.engine().averages(&question)).await,
        }
    }

    pub(crate) async fn trial(
        &self,
        app: &App,
        question: TrialQuestion,
    ) -> Result<Answer<TrialAnswer>, Problem> {
        match &self.cluster {
            None => whole(self.ask(app, move |engine| engine.trial(&question)).await),
            Some(cluster) => self.ask_cluster(app, cluster, cluster.engine().trial(&question)).await,
        }
    }

    pub(crate) async fn ranking(
        &self,
        app: &App,
        question: RankingQuestion,
    ) -> Result<Answer<RankingAnswer>, Problem> {
        match &self.cluster {
            None => whole(self.ask(app, move |engine| engine.ranking(&question)).await),
            Some(cluster) => self.ask_cluster(app, cluster, cluster.engine().ranking(&question)).await,
        }
    }

    pub(crate) async fn grouped_chart(
        &self,
        app: &App,
        question: GroupedChartQuestion,
    ) -> Result<Answer<GroupedChartAnswer>, Problem> {
        match &self.cluster {
            None => whole(self.ask(app, move |engine| engine.grouped_chart(&question)).await),
            Some(cluster) => self.ask_cluster(app, cluster, cluster.engine().grouped_chart(&question)).await,
        }
    }

    pub(crate) async fn distribution(
        &self,
        app: &App,
        question: DistributionQuestion,
    ) -> Result<Answer<DistributionAnswer>, Problem> {
        match &self.cluster {
            None => whole(self.ask(app, move |engine| engine.distribution(&question)).await),
            Some(cluster) => self.ask_cluster(app, cluster, cluster.engine().distribution(&question)).await,
        }
    }

    pub(crate) async fn availability(
        &self,
        app: &App,
        question: AvailabilityQuestion,
    ) -> Result<Answer<Vec<Availability>>, Problem> {
        match &self.cluster {
            None => whole(self.ask(app, move |engine| engine.availability(&question)).await),
            Some(cluster) => self.ask_cluster(app, cluster, cluster.engine().availability(&question)).await,
        }
    }

    /// Waits for a turn to ask a question.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, Problem> {
        let busy = || Problem::unavailable("too many questions are asked at a time; ask again later", 1);
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await.map_err(|_| busy())?;
        turn.map_err(|_| busy())
    }

    /// Asks the cluster a question after it has, as far as it can in bounded time, what was acknowledged before.
    async fn ask_cluster<T>(
        &self,
        app: &App,
        cluster: &Cluster,
        question: impl Future<Output = Result<T, ElasticError>>,
    ) -> Result<Answer<T>, Problem> {
        let _turn = self.turn().await?;
        let behind_seconds = cluster.catch_up(app).await?;
        // Not every question finds out by itself whose indices these are.
        let answer = async {
            cluster.engine().connect().await.map(drop)?;
            question.await
        };
        match answer.await {
            Ok(value) => Ok(Answer { value, behind_seconds }),
            Err(ElasticError::Question(error)) => Err(error.into()),
            Err(error) => {
                let error = chain(&error);
                tracing::warn!(error, "the search cluster could not answer a question");
                let behind = behind_seconds
                    .map(|seconds| format!("; analytics is behind by {seconds} s"))
                    .unwrap_or_default();
                Err(Problem::unavailable(
                    format!("{error}{behind}; points are kept and will be shown"),
                    RETRY,
                ))
            }
        }
    }

    /// Asks the embedded engine about everything that was acknowledged before. A segment that turns out to be
    /// damaged is set aside, and the others are asked again; whoever asked is told that the answer is incomplete.
    async fn ask<T: Send + 'static>(
        &self,
        app: &App,
        question: impl Fn(&Embedded) -> Result<T, AnalyticsError> + Send + Sync + 'static,
    ) -> Result<T, Problem> {
        let _turn = self.turn().await?;
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

/// Completes the settings of a search cluster with what follows from the database and the API. They go into the index
/// template, so whoever connects for a database has to have the same.
pub async fn settings_of_cluster(store: &Store, config: ElasticConfig) -> Result<ElasticConfig, StoreError> {
    let owner = Some(installation::name(store).await?);
    Ok(ElasticConfig { page_depth: PAGE_DEPTH, owner, ..config })
}

/// Makes an answer of one that lacks nothing.
fn whole<T>(value: Result<T, Problem>) -> Result<Answer<T>, Problem> {
    value.map(|value| Answer { value, behind_seconds: None })
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
