//! Asking: every question to the engine in use, whichever it is, after what was acknowledged before is in it.

use super::{Analytics, Cluster, run_blocking};
use crate::app::App;
use crate::http::problem::{Problem, chain};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::SemaphorePermit;
use tracely_analytics::elastic::ElasticError;
use tracely_analytics::{
    AnalyticsError, Availability, AvailabilityQuestion, AveragesQuestion, ChartBucket, ChartQuestion,
    DistributionAnswer, DistributionQuestion, Embedded, GroupedChartAnswer, GroupedChartQuestion, PointRow,
    PointsAnswer, PointsQuestion, RankingAnswer, RankingQuestion, SeriesSet, TrialAnswer, TrialQuestion,
};

/// When to ask a cluster again that does not answer, in seconds.
const RETRY: u32 = 5;

/// How long a question may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer to a question.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    /// What was asked for.
    pub(crate) value: T,
    /// How many seconds ago the oldest points were accepted that the answer lacks; none when it lacks none.
    pub(crate) behind_seconds: Option<u64>,
}

impl Analytics {
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
}

/// Makes an answer of one that lacks nothing.
fn whole<T>(value: Result<T, Problem>) -> Result<Answer<T>, Problem> {
    value.map(|value| Answer { value, behind_seconds: None })
}
