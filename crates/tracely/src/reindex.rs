//! `tracely reindex`: what segments hold is brought into the search cluster.
//!
//! **Two sources.** A point that is in the log goes into the cluster with the entry that it came with, as the server
//! brings it in (`log`). Of a point in a segment it is not known which entry it came with. So the log comes first, up to
//! the newest entry that is in a segment; from then on the documents of entries that went into segments do not change,
//! and what segments hold beyond them is what is missing (`day`). It is the difference of two multisets in one order,
//! read side by side (`difference`), so memory does not grow with the points.
//!
//! **Once each.** A document that is made of a segment has an id of its point and of which of several equal ones it is.
//! So whatever was brought in before a kill is there already when it is brought in again.
//!
//! **Beside a server.** The log's position in the cluster moves by the same rule as the server's: only from where it
//! stands. Segments are read under second names, so merges and the retention may go on.
//!
//! **The end.** A day is whole when the cluster counts as many points as its segments have. When it does not, both are
//! read once more and compared.

mod day;
mod difference;
mod groups;
mod log;
mod patience;
mod place;
mod subjects;

use crate::backup::{Links, Reading};
use crate::pause::Pause;
use anyhow::bail;
use place::Place;
use std::collections::BTreeSet;
use std::path::Path;
use subjects::Subjects;
use tracely_analytics::Segment;
use tracely_analytics::elastic::{Elastic, Holding};
use tracely_core::time::{DAY, Timestamp};
use tracely_server::segment_of;
use tracely_store::consumer::{self, Consumer};
use tracely_store::{Store, segment};

/// How often segments may be merged under the hands of a day that is begun.
const MOST_BEGINNINGS: usize = 100;

/// What is brought in, and how.
#[derive(Debug)]
pub struct Reindex<'a> {
    /// The database. It must be open, and its schema current.
    pub store: &'a Store,
    /// Where segments are, and where is kept how far this has got.
    pub data_dir: &'a Path,
    /// The cluster.
    pub elastic: &'a Elastic,
    /// The first UTC day whose segments are read, in days since the epoch; none for all.
    pub from: Option<i64>,
    /// The UTC day before which this ends; none for all.
    pub to: Option<i64>,
    /// How to wait for a cluster that fails.
    pub pause: Pause,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Report {
    /// What was looked at, for people.
    pub lines: Vec<String>,
    /// What is in segments and not in the cluster.
    pub differences: Vec<String>,
}

/// The segments of a day, whose files stay while they are read.
#[derive(Debug)]
struct Listed {
    day: i64,
    segments: Vec<Segment>,
    /// Those that were lost before.
    lost: Vec<String>,
    holding: Holding,
    /// By when all of their points were accepted.
    accepted_at: Timestamp,
}

/// What is kept while it goes on.
struct Run<'a> {
    job: &'a Reindex<'a>,
    links: Links,
    place: Place,
    subjects: Subjects,
    /// The entries of the log up to it are in the cluster.
    log_checked: u64,
    report: Report,
}

impl Reindex<'_> {
    /// Brings in what is missing, the newest day first, and says how many points have been dealt with, of how many. Can be
    /// broken off at any moment and begun again.
    pub async fn run(&self, mut progress: impl FnMut(u64, u64)) -> anyhow::Result<Report> {
        let links = Links::begin(self.data_dir, Reading::Reindex)?;
        let place = Place::read(self.data_dir, self.elastic.prefix());
        let subjects = Subjects::default();
        let mut run = Run { job: self, links, place, subjects, log_checked: 0, report: Report::default() };
        run.check_parked().await?;
        let brought = run.bring_log_in().await?;
        run.report.lines.push(brought);

        let rows = segment::list(self.store).await?;
        let wanted = |day: i64| self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day < to);
        let total = rows.iter().filter(|row| wanted(row.day)).map(|row| row.rows).sum();
        let days: BTreeSet<i64> = rows.iter().map(|row| row.day).filter(|day| wanted(*day)).collect();
        let mut done = 0;
        progress(done, total);
        for day in days.into_iter().rev() {
            let Some(listed) = run.list(day).await? else { continue };
            let of_day: u64 = listed.segments.iter().map(|segment| segment.rows).sum();
            run.bring_day_in(&listed, |of_day| progress(done + of_day, total)).await?;
            run.links.clear();
            done += of_day;
            progress(done, total);
        }
        run.place.forget();
        Ok(run.report)
    }
}

impl Run<'_> {
    /// Lists the segments of a day and keeps their files; none when there are none any more. Every entry that went into
    /// a segment of the list is in the cluster if the log still has it.
    async fn list(&mut self, day: i64) -> anyhow::Result<Option<Listed>> {
        let store = self.job.store;
        let mut lost_before: Option<Vec<String>> = None;
        for _ in 0..MOST_BEGINNINGS {
            let all: Vec<Segment> = segment::list(store).await?.into_iter().map(segment_of).collect();
            let newest = consumer::position(store, Consumer::Indexer).await?;
            let holding = Holding::of(all.iter().map(|segment| &segment.entries), newest);
            let Some(accepted_at) = segment::newest_written(store, day).await? else { return Ok(None) };
            self.bring_log_in().await?;
            let (mut segments, mut lost) = (Vec::new(), Vec::new());
            for segment in all.into_iter().filter(|segment| segment.day == day) {
                if self.links.keep(&segment.file)? {
                    segments.push(segment);
                } else {
                    lost.push(segment.file);
                }
            }
            // A file is removed after its row. One that is absent twice, and still listed, was removed by nobody who may.
            if lost.is_empty() || lost_before.as_ref() == Some(&lost) {
                return Ok(Some(Listed { day, segments, lost, holding, accepted_at }));
            }
            lost_before = Some(lost);
        }
        bail!("segments are merged faster than they can be kept; try again later")
    }
}

/// Writes a day, given in days since the epoch, as `2026-11-23`.
fn date(day: i64) -> String {
    Timestamp(day * DAY).to_string().chars().take(10).collect()
}
