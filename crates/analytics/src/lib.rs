//! Embedded analytics of Tracely.
//!
//! Points live in **segments**, plain Parquet files that hold one UTC day each and are sorted by series and instant,
//! and in the **tail**, the points in memory that no segment holds yet.
//! Everything here is derived from the log, which keeps entries for a day at least; older points are in segments only.
//!
//! The engine keeps no list of its segments on disk and reads no clock.
//! The caller stores the list in its database, so that a segment becomes visible and the indexed position moves in
//! one transaction:
//!
//! 1. `prepare_*` writes files that nobody sees yet;
//! 2. the caller commits the rows;
//! 3. `adopt*` makes them visible to readers in one step, or `abandon*` removes them.
//!
//! A commit that failed may have happened all the same. Until the caller knows, it keeps what was prepared, and its
//! files stay.
//!
//! A crash between the steps leaves files without a row, which `Embedded::open` removes; the log then brings the
//! points back into the tail.
//! Prepare, commit and adopt of flushes, merges and retention belong to one task of the caller; questions may be
//! asked by any number of threads at any time, and each is answered from one consistent snapshot.
//!
//! The questions and answers are plain types in [`question`], which a cluster answers as well: [`elastic`].

mod aggregate;
mod availability;
mod averages;
mod chart;
mod check;
mod config;
mod distribution;
pub mod elastic;
mod embedded;
mod error;
mod flush;
mod grouped;
mod groups;
mod latest;
mod merge;
mod merged;
mod points;
pub mod question;
mod ranking;
mod rebuild;
mod scan;
mod segment;
mod series_set;
mod sketch;
mod sorted_merge;
mod tail;
mod trial;

pub use check::check;
pub use config::Config;
pub use embedded::{BrokenSegment, Embedded};
pub use error::AnalyticsError;
pub use flush::Flush;
pub use merge::Merge;
pub use merged::read_merged;
pub use question::{
    Availability, AvailabilityQuestion, AveragesQuestion, Bin, ChartBucket, ChartQuestion,
    DistributionAnswer, DistributionQuestion, Episode, Gap, GroupedChartAnswer, GroupedChartQuestion,
    MAX_BINS, MAX_BUCKETS, MAX_GROUPS, MIN_BINS, PointRow, PointsAnswer, PointsOrder, PointsQuestion,
    RankedGroup, RankingAnswer, RankingQuestion, Scale, Statistic, Statistics, StatisticsBucket, TrialAnswer,
    TrialBucket, TrialQuestion,
};
pub use rebuild::{Rebuilding, Rebuilt};
pub use segment::{Entries, Segment};
pub use series_set::SeriesSet;
