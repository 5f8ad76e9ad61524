//! The group commit: one task takes whatever points have arrived, writes them in one transaction, and acknowledges
//! all of them once it is durable.
//!
//! While a commit is under way the next points gather, so batches grow by themselves under pressure and a single
//! point on an idle server waits for nobody. Memory is bounded by the number of points that may wait; when they are
//! too many, the sender is told to try again, and nothing is lost silently.
//!
//! A request with an idempotency key is looked up in the same transaction that stores its points, by the only task
//! that stores points: of two equal requests, even at the same time, one is carried out.

use crate::failures::{Failures, POINTS};
use crate::http::problem::{Problem, chain};
use crate::telemetry::Telemetry;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tracely_core::id::OrganizationId;
use tracely_core::metric::PointBatch;
use tracely_core::time::{DAY, Timestamp};
use tracely_store::idempotency::{self, Remembered};
use tracely_store::log::{self, NewPoints};
use tracely_store::{Store, StoreError, Trouble};

/// How many points may wait for a commit.
const MAX_WAITING_POINTS: usize = 1_000_000;
/// How many requests may wait for a commit.
const MAX_WAITING_REQUESTS: usize = 8_192;
/// No more requests are added to a commit that has this many points.
const POINTS_PER_COMMIT: usize = 100_000;
/// How long an idempotency key is remembered, in microseconds.
pub(crate) const REMEMBERED_FOR: i64 = DAY;

/// A key under which the answer to a request is remembered.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyKey {
    pub(crate) key: String,
    pub(crate) remembered: Remembered,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The points are durable.
    Stored,
    /// The request was carried out before; this is what was answered then.
    Repeated(Remembered),
}

#[derive(Debug)]
struct Submission {
    organization_id: OrganizationId,
    backfill: bool,
    batch: PointBatch,
    key: Option<IdempotencyKey>,
    reply: oneshot::Sender<Result<Outcome, Option<Trouble>>>,
    _room: tokio::sync::OwnedSemaphorePermit,
}

/// The way to the group commit.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Submission>,
    room: Arc<Semaphore>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(crate) fn start(store: Store, telemetry: Telemetry, failures: Failures) -> Self {
        let (queue, submissions) = mpsc::channel(MAX_WAITING_REQUESTS);
        let task = tokio::spawn(run(store, telemetry, failures, submissions));
        Self { queue, room: Arc::new(Semaphore::new(MAX_WAITING_POINTS)), task: Mutex::new(Some(task)) }
    }

    /// Hands points to the next commit and waits until they are durable.
    pub(crate) async fn submit(
        &self,
        organization_id: OrganizationId,
        backfill: bool,
        batch: PointBatch,
        key: Option<IdempotencyKey>,
    ) -> Result<Outcome, Problem> {
        let full =
            || Problem::unavailable("more points are waiting than can be written; send them again later", 1);
        let points = batch.len().clamp(1, MAX_WAITING_POINTS) as u32;
        let room = Arc::clone(&self.room).try_acquire_many_owned(points).map_err(|_| full())?;
        let (reply, answer) = oneshot::channel();
        let submission = Submission { organization_id, backfill, batch, key, reply, _room: room };
        self.queue.try_send(submission).map_err(|_| full())?;
        match answer.await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(Some(trouble))) => Err(Problem::of_trouble(trouble)),
            Ok(Err(None)) | Err(_) => {
                Err(Problem::unavailable("the points could not be made durable; send them again", 1))
            }
        }
    }

    /// Takes no more points, and waits until those that were handed over are durable.
    pub(crate) async fn drain(&self) {
        self.room.close();
        let task = self.task.lock().await.take();
        // The task sees the closed room after the queue is empty.
        if let Some(task) = task {
            let _ = self.queue.send(Submission::last()).await;
            if let Err(error) = task.await {
                tracing::error!(%error, "the writer of points failed");
            }
        }
    }
}

impl Submission {
    /// Ends the writer's task when it comes to it.
    fn last() -> Self {
        let room = Arc::new(Semaphore::new(1)).try_acquire_many_owned(1).expect("a new semaphore has room");
        Self {
            organization_id: OrganizationId(uuid::Uuid::nil()),
            backfill: false,
            batch: PointBatch::default(),
            key: None,
            reply: oneshot::channel().0,
            _room: room,
        }
    }

    fn is_last(&self) -> bool {
        self.organization_id.0.is_nil()
    }
}

async fn run(
    store: Store,
    telemetry: Telemetry,
    failures: Failures,
    mut submissions: mpsc::Receiver<Submission>,
) {
    let mut group = Vec::new();
    let mut ends = false;
    while !ends {
        let Some(first) = submissions.recv().await else { return };
        let mut points = first.batch.len();
        group.push(first);
        while points < POINTS_PER_COMMIT
            && let Ok(next) = submissions.try_recv()
        {
            points += next.batch.len();
            group.push(next);
        }
        ends = group.iter().any(Submission::is_last);
        group.retain(|submission| !submission.is_last());
        let started = Instant::now();
        match commit(&store, &mut group).await {
            Ok(outcomes) => {
                telemetry.committed(started.elapsed());
                failures.went_well(POINTS);
                for (submission, outcome) in group.drain(..).zip(outcomes) {
                    let _ = submission.reply.send(Ok(outcome));
                }
            }
            Err(error) => {
                // A disk stays full for a while; one line says it, not one for each commit.
                let (why, trouble) = (chain(&error), error.trouble());
                if trouble.is_none() || !failures.is_failing(POINTS) {
                    tracing::error!(
                        error = why,
                        requests = group.len(),
                        points,
                        "points could not be written"
                    );
                }
                failures.failed(POINTS, why, store.clock().now());
                for submission in group.drain(..) {
                    let _ = submission.reply.send(Err(trouble));
                }
            }
        }
    }
}

/// Writes the points of all submissions that are not repeats.
async fn commit(store: &Store, group: &mut [Submission]) -> Result<Vec<Outcome>, StoreError> {
    let mut batches = Batches::default();
    if group.iter().all(|submission| submission.key.is_none()) {
        for submission in group.iter_mut() {
            batches.add(submission);
        }
        log::append_points(store, batches.in_order()).await?;
        return Ok(vec![Outcome::Stored; group.len()]);
    }
    let tx = store.begin().await?;
    let not_before = Timestamp(tx.now().0 - REMEMBERED_FOR);
    let mut outcomes = Vec::with_capacity(group.len());
    for submission in group.iter_mut() {
        let organization_id = submission.organization_id;
        if let Some(IdempotencyKey { key, remembered }) = &submission.key {
            if let Some(before) = idempotency::find(&tx, organization_id, key, not_before).await? {
                outcomes.push(Outcome::Repeated(before));
                continue;
            }
            idempotency::remember(&tx, organization_id, key, remembered).await?;
        }
        batches.add(submission);
        outcomes.push(Outcome::Stored);
    }
    for (organization_id, backfill, batch) in batches.in_order() {
        tx.append_points(organization_id, backfill, batch);
    }
    tx.commit().await?;
    Ok(outcomes)
}

/// The points of a commit, those of each entry of the log together.
#[derive(Default)]
struct Batches(HashMap<(OrganizationId, bool), PointBatch>);

impl Batches {
    /// Takes the points out of a submission.
    fn add(&mut self, submission: &mut Submission) {
        let batch = self.0.entry((submission.organization_id, submission.backfill)).or_default();
        if batch.is_empty() {
            *batch = std::mem::take(&mut submission.batch);
        } else {
            batch.append(&submission.batch);
        }
    }

    fn in_order(self) -> Vec<NewPoints> {
        let batches = self.0.into_iter().filter(|(_, batch)| !batch.is_empty());
        let mut batches: Vec<NewPoints> =
            batches.map(|((organization_id, backfill), batch)| (organization_id, backfill, batch)).collect();
        batches.sort_unstable_by_key(|(organization_id, backfill, _)| (*organization_id, *backfill));
        batches
    }
}
