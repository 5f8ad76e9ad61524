//! Writes segments that cannot be read again from the log, as long as it has the entries that they were made from.

use super::change::{Change, Outcome, UnderWay};
use super::run_blocking;
use crate::app::App;
use crate::http::problem::chain;
use crate::worker::WorkerError;
use std::collections::HashSet;
use std::sync::Arc;
use tracely_analytics::{AnalyticsError, BrokenSegment, Rebuilding, Rebuilt};
use tracely_store::log::{self, Entry, Payload};

/// Why a segment cannot be written again.
type Lost = &'static str;

const UNKNOWN: Lost = "it is not known which entries of the log it was made from";
const TRIMMED: Lost = "the log no longer has the entries that it was made from";
const DIFFERENT: Lost = "the log has other points than it had";

/// Writes every broken segment again that can be, and remembers those that cannot in `given_up`.
pub(super) async fn rebuild(
    app: &App,
    under_way: &mut UnderWay,
    given_up: &mut HashSet<String>,
) -> Result<(), WorkerError> {
    for broken in app.analytics().engine().broken() {
        let file = &broken.segment.file;
        if given_up.contains(file) {
            continue;
        }
        match rebuilt(app, &broken).await? {
            Ok(rebuilt) => {
                // Or it is no segment any more, since all of it was old enough to be dropped.
                if under_way.carry_out(app, Change::Rebuilt(rebuilt)).await? == Outcome::Overtaken {
                    given_up.insert(file.clone());
                }
            }
            Err(why) => {
                let error = chain(&broken.error);
                tracing::error!(file, error, why, "a segment cannot be read, and not be written again");
                given_up.insert(file.clone());
            }
        }
    }
    Ok(())
}

/// Reads the entries and writes files of them that nobody sees yet.
async fn rebuilt(app: &App, broken: &BrokenSegment) -> Result<Result<Rebuilt, Lost>, WorkerError> {
    let spans = broken.segment.entries.spans();
    if spans.is_empty() {
        return Ok(Err(UNKNOWN));
    }
    let engine = app.analytics().engine();
    let mut rebuilding = engine.rebuild(&broken.segment);
    for (first, last) in spans {
        let mut seen = first - 1;
        while seen < *last {
            let entries = log::after(app.store(), seen).await?;
            if entries.first().is_none_or(|entry| entry.position != seen + 1) {
                return Ok(Err(TRIMMED));
            }
            seen = entries.last().map_or(seen, |entry| entry.position);
            rebuilding = added(app, rebuilding, entries, *last).await?;
        }
    }
    let finished = run_blocking(engine, move |_| rebuilding.finish()).await?;
    Ok(finished.ok_or(DIFFERENT))
}

/// Adds the points of the entries up to a position.
async fn added(
    app: &App,
    mut rebuilding: Rebuilding,
    entries: Vec<Arc<Entry>>,
    last: u64,
) -> Result<Rebuilding, WorkerError> {
    let add = move |_: &_| {
        for entry in entries.iter().take_while(|entry| entry.position <= last) {
            if let Payload::Points { batch, .. } = &entry.payload {
                rebuilding.add(entry.position, batch)?;
            }
        }
        Ok::<_, AnalyticsError>(rebuilding)
    };
    Ok(run_blocking(app.analytics().engine(), add).await?)
}
