//! The check of `tracely verify`: the log is folded again, in several ways at once, and compared with the database.
//!
//! The first fold starts at the beginning of the log, or at the oldest snapshot when the beginning was deleted; at the
//! snapshot at the end when all of it was. At each further snapshot, its state has to equal the stored one, and another
//! fold starts from what is stored. One more fold is given the points in other batches. All have to decide the same to
//! the end, which is compared by a hash over every decision, and end in the same state.
//!
//! What the first fold decides is also compared with what was done about it (`deeds`), and the points of the log with
//! the segments (`segments`).

mod deeds;
mod fold;
mod segments;

use deeds::Deeds;
use fold::{Batches, Fold};
use segments::Segments;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use tracely_core::id::SeriesId;
use tracely_core::metric::Series;
use tracely_core::rule::engine::{Config, Engine, Snapshot};
use tracely_core::time::Timestamp;
use tracely_store::consumer::Consumer;
use tracely_store::log::Extent;
use tracely_store::snapshot::{self, Stored};
use tracely_store::{Store, StoreError, incident, log, series};

/// Series read at a time.
const PAGE: u64 = 10_000;

/// The series of an installation by number.
type AllSeries = HashMap<SeriesId, Arc<Series>>;

/// What the check found.
#[derive(Debug, Default)]
pub struct Report {
    /// What was looked at, for people.
    pub lines: Vec<String>,
    /// What is not as it should be.
    pub differences: Vec<String>,
}

/// Checks the database. The store must be open, its schema current, and nobody may write to it meanwhile.
pub async fn verify(store: &Store, segments: &Path, config: Config) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let head = store.refresh_head().await?;
    let known = all_series(store).await?;
    let snapshots = readable_snapshots(store, &mut report).await?;
    // Where the log begins; when all of it was deleted, where it would go on.
    let oldest = match log::extent(store).await? {
        Extent { entries: 0, .. } => head + 1,
        Extent { first, .. } => first,
    };
    let start = match snapshots.iter().find(|(position, ..)| position + 1 >= oldest) {
        _ if oldest <= 1 => None,
        Some(found) => Some(found),
        None => {
            report
                .differences
                .push(format!("the log begins at {oldest}, and no snapshot goes back to there"));
            return Ok(report);
        }
    };
    let engine = || match start {
        None => Engine::new(config),
        Some((_, _, state)) => restore(config, state, &known),
    };
    let (mut position, at) = start.map_or((0, None), |(position, at, _)| (*position, Some(*at)));
    report.lines.push(match start {
        None => format!("log        {head} entries, from the beginning"),
        Some(_) if position == head => format!("log        no entries after {head}, from the snapshot there"),
        Some(_) => format!("log        entries {} to {head}, from the oldest snapshot", position + 1),
    });
    let mut first = Fold::new("from the start", engine(), Batches::AsLogged);
    let mut others = vec![first.twin("in other batches", engine(), Batches::Cut)];
    let mut deeds = Deeds::after(store, position, at).await?;
    let mut segments = Segments::read(store, segments, position).await?;
    loop {
        let entries = log::after(store, position).await?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            if entry.position != position + 1 {
                report.differences.push(format!("the log has no entry {}", position + 1));
            }
            position = entry.position;
            deeds.read(&entry, first.follow(&entry, &known));
            segments.look(&entry);
            for other in &mut others {
                other.follow(&entry, &known);
            }
            for (_, _, state) in snapshots.iter().filter(|(stored, ..)| *stored == position) {
                if first.state() != *state {
                    let difference = "is not the state that the log gives";
                    report.differences.push(format!("the snapshot at {position} {difference}"));
                }
                let name = format!("from the snapshot at {position}");
                others.push(first.twin(name, restore(config, state, &known), Batches::AsLogged));
            }
        }
    }
    if position != head {
        report.differences.push(format!("the log ends at {position}, and its counter at {head}"));
    }
    for other in &mut others {
        report.differences.extend(first.differs_from(other));
    }
    let folds = others.len() + 1;
    report.lines.push(format!("decisions  {}, hash {}, {folds} folds", first.decisions(), first.hash()));
    segments.finish(&mut report);
    let live = incident::all_live(store).await?;
    deeds.finish(store, &first.state(), &live, &mut report).await?;
    Ok(report)
}

fn restore(config: Config, state: &Snapshot, known: &AllSeries) -> Engine {
    Engine::restore(config, state.clone(), |id| known.get(&id).cloned())
}

async fn readable_snapshots(
    store: &Store,
    report: &mut Report,
) -> Result<Vec<(u64, Timestamp, Snapshot)>, StoreError> {
    let mut readable = Vec::new();
    for Stored { position, created_at, state } in snapshot::all(store, Consumer::Evaluator).await? {
        match state {
            Ok(state) => readable.push((position, created_at, state)),
            Err(why) => report.differences.push(format!("the snapshot at {position} cannot be read: {why}")),
        }
    }
    Ok(readable)
}

async fn all_series(store: &Store) -> Result<AllSeries, StoreError> {
    let mut all = AllSeries::new();
    let mut last = None;
    loop {
        let page = series::after(store, last, PAGE).await?;
        let Some(series) = page.last() else { return Ok(all) };
        last = Some(series.id);
        all.extend(page.into_iter().map(|series| (series.id, Arc::new(series))));
    }
}
