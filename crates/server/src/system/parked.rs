//! `POST /api/system/parked/{position}/retry`: taking a parked entry up again, after what was wrong was put right.
//!
//! Nothing is done twice. What an entry causes is stored in the transaction that forgets that it was parked. Points that
//! the evaluator and the indexer had both parked move to the end of the log, and their old place holds none, so that who
//! reads the log again after a restart meets them once. Points that the evaluator had judged are added to the end as
//! backfill, which is not judged, once the indexer cannot come to the old place again. The evaluator takes nothing up
//! again by itself: its state has gone on, and points that only it had parked would be stored a second time. So it is with
//! points of which the search cluster had taken some: they are sent to it again as what they are, and the evaluator's part
//! stays parked.

use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::{One, one};
use crate::http::path::Path;
use crate::http::problem::{Failures, Problem};
use crate::http::query::NoParams;
use crate::notification::dispatcher::carry_out;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use tracely_core::id::OrganizationId;
use tracely_store::consumer::{self, Consumer};
use tracely_store::log::{Entry, Payload};
use tracely_store::{Tx, parked};
use utoipa::ToSchema;

/// A parked entry that was taken up again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetriedBody {
    /// Which entry.
    position: u64,
    /// The workers for which it was done.
    retried: Vec<&'static str>,
    /// The workers that take nothing up again; for them it stays parked.
    left: Vec<&'static str>,
}

/// Takes a parked entry of the log up again. Nothing is done twice.
#[utoipa::path(
    post,
    path = "/system/parked/{position}/retry",
    tag = "system",
    params(("position" = u64, Path, description = "The position of the entry in the log")),
    responses(
        (status = 200, description = "What was done", body = One<RetriedBody>),
        Failures,
    )
)]
pub(crate) async fn retry_parked(
    State(app): State<App>,
    caller: Caller,
    Path(position): Path<String>,
    _: NoParams,
) -> Result<Json<One<RetriedBody>>, Problem> {
    let absent = || Problem::not_found("no entry of that position is parked");
    let position = position.parse::<u64>().ok().filter(|position| i64::try_from(*position).is_ok());
    let position = position.ok_or_else(absent)?;
    let entry = parked::entry(app.store(), position).await?;
    let analytics = app.analytics().consumer();
    let in_cluster = match &entry {
        Some(entry) => send_again(&app, caller.organization_id, entry).await?,
        None => InCluster::Unknown,
    };
    let tx = app.store().begin().await?;
    let parked_by = parked::who(&tx, caller.organization_id, position).await?;
    if parked_by.is_empty() {
        return Err(absent());
    }
    let Some(entry) = entry else {
        return Err(Problem::conflict("the entry is no longer in the log; send what was in it again"));
    };
    if let Payload::Unreadable(why) = &entry.payload {
        return Err(Problem::conflict(format!("the entry still cannot be read: {why}")));
    }
    let retried = take_up(&tx, &entry, &parked_by, analytics, in_cluster).await?;
    if retried.is_empty() {
        return Err(Problem::conflict(
            "the evaluator takes no entry up again; save the rule again, or send the points again",
        ));
    }
    for consumer in &retried {
        parked::forget(&tx, *consumer, position).await?;
    }
    tx.commit().await?;
    let names = |of: &dyn Fn(&Consumer) -> bool| -> Vec<&'static str> {
        parked_by.iter().filter(|consumer| of(consumer)).map(|consumer| consumer.as_str()).collect()
    };
    tracing::info!(position, "a parked entry was taken up again");
    let (done, left) = (names(&|one| retried.contains(one)), names(&|one| !retried.contains(one)));
    Ok(one(RetriedBody { position, retried: done, left }))
}

/// What the search cluster has of the points of an entry that it had parked, as far as that was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InCluster {
    /// All of them.
    All,
    /// None of them.
    Nothing,
    /// Nobody asked, since it had not parked the entry.
    Unknown,
}

/// Sends points to the search cluster again if it had parked them, unless the evaluator had as well and none of them is
/// there: those may move to the end of the log. No transaction is open: the network may take its time, and points that
/// are there already stay as they are.
async fn send_again(
    app: &App,
    organization_id: OrganizationId,
    entry: &Arc<Entry>,
) -> Result<InCluster, Problem> {
    let (Some(cluster), Payload::Points { .. }) = (app.analytics().cluster(), &entry.payload) else {
        return Ok(InCluster::Unknown);
    };
    let parked_by = parked::parked_by(app.store(), organization_id, entry.position).await?;
    if !parked_by.contains(&Consumer::Elastic) {
        return Ok(InCluster::Unknown);
    }
    if parked_by.contains(&Consumer::Evaluator) && cluster.count_points_of(entry).await? == 0 {
        return Ok(InCluster::Nothing);
    }
    let refused = cluster.send_again(app, entry).await?;
    let Some(first) = refused.first() else { return Ok(InCluster::All) };
    let (count, reason) = (refused.len(), &first.reason);
    Err(Problem::conflict(format!("the search cluster still refuses {count} points: {reason}")))
}

/// Does what the entry causes for those who have parked it, and returns for whom. `analytics` brings points into the
/// engine in use; for the other one, an entry stays parked.
async fn take_up(
    tx: &Tx,
    entry: &Entry,
    parked_by: &[Consumer],
    analytics: Consumer,
    in_cluster: InCluster,
) -> Result<Vec<Consumer>, Problem> {
    let by = |consumer| parked_by.contains(&consumer);
    let is_other = |consumer: &Consumer| {
        matches!(consumer, Consumer::Indexer | Consumer::Elastic) && *consumer != analytics
    };
    let mut retried: Vec<Consumer> = parked_by.iter().copied().filter(|one| !is_other(one)).collect();
    match &entry.payload {
        Payload::Points { .. } if in_cluster == InCluster::All => {
            retried.retain(|consumer| *consumer != Consumer::Evaluator);
        }
        // Points move only when the cluster was found to have none of them.
        Payload::Points { .. }
            if by(Consumer::Elastic)
                && analytics == Consumer::Elastic
                && (in_cluster == InCluster::Unknown || !by(Consumer::Evaluator)) =>
        {
            return Err(Problem::conflict("the entry was parked or taken up just now; try again"));
        }
        Payload::Points { backfill, batch } if by(analytics) => {
            let is_backfill = if by(Consumer::Evaluator) {
                parked::empty(tx, entry.position).await?;
                *backfill
            } else if consumer::position(tx, Consumer::Indexer).await? < entry.position {
                return Err(Problem::conflict(
                    "the indexer has not written what lies before the entry; try again later",
                ));
            } else {
                true
            };
            tx.append_points(entry.organization_id, is_backfill, batch.as_ref().clone());
        }
        Payload::Points { .. } => retried.retain(|consumer| *consumer != Consumer::Evaluator),
        Payload::Event(_) => {
            if by(Consumer::Dispatcher) {
                carry_out(tx, [entry]).await?;
            }
            retried.retain(|consumer| *consumer != Consumer::Evaluator);
        }
        Payload::Unreadable(_) => retried.clear(),
    }
    Ok(retried)
}
