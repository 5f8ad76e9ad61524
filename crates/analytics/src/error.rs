//! What can go wrong in the embedded engine.

use parquet::errors::ParquetError;
use std::{io, path::PathBuf};

/// Says which attempt failed, on which file, and why.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// The segment directory cannot be created, listed or synced.
    #[error("cannot use the segment directory {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A file cannot be removed.
    #[error("cannot remove the file {}", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A segment file cannot be opened or read.
    #[error("cannot read segment {file}")]
    Read {
        /// The file, relative to the directory.
        file: String,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A segment file has another size than its row says.
    #[error("segment {file} has {actual} bytes instead of {expected}")]
    Size {
        /// The file, relative to the directory.
        file: String,
        /// The size in its row, in bytes.
        expected: u64,
        /// The size found, in bytes.
        actual: u64,
    },
    /// A segment's content is no valid Parquet.
    #[error("cannot decode segment {file}")]
    Decode {
        /// The file, relative to the directory.
        file: String,
        /// The reason.
        #[source]
        source: ParquetError,
    },
    /// A segment is valid Parquet, but not what its row or its checksums say.
    #[error("segment {file} is damaged: {reason}")]
    Damaged {
        /// The file, relative to the directory.
        file: String,
        /// What contradicts.
        reason: &'static str,
    },
    /// A new segment file cannot be created, synced or renamed.
    #[error("cannot write segment {file}")]
    Write {
        /// The file, relative to the directory.
        file: String,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// Points cannot be encoded into a new segment.
    #[error("cannot encode segment {file}")]
    Encode {
        /// The file, relative to the directory.
        file: String,
        /// The reason.
        #[source]
        source: ParquetError,
    },
    /// The configured zstd level does not exist.
    #[error("zstd has no level {level}")]
    ZstdLevel {
        /// The level.
        level: i32,
        /// The reason.
        #[source]
        source: ParquetError,
    },
    /// Another flush is neither adopted nor abandoned.
    #[error("another flush is under way")]
    FlushUnderWay,
    /// Another merge is neither adopted nor abandoned.
    #[error("another merge is under way")]
    MergeUnderWay,
    /// A chart's bucket width is not positive.
    #[error("the bucket width must be positive")]
    BucketWidth,
    /// A chart has more buckets than anyone can look at.
    #[error("a chart has at most {limit} buckets")]
    TooManyBuckets {
        /// The largest number of buckets.
        limit: usize,
    },
    /// A question has more groups than anyone can look at.
    #[error("a question has at most {limit} groups")]
    TooManyGroups {
        /// The largest number of groups.
        limit: usize,
    },
    /// The expected intervals of all groups are more than memory allows.
    #[error("availability is told of at most {limit} intervals")]
    TooManySlots {
        /// The largest number of intervals.
        limit: u64,
    },
    /// A trial would look at more points than memory allows.
    #[error("a rule is tried on at most {limit} points")]
    TooManyPoints {
        /// The largest number of points.
        limit: usize,
    },
    /// A page of points lies deeper than memory allows.
    #[error("offset and limit reach at most {limit} points")]
    PageTooDeep {
        /// The largest `offset + limit`.
        limit: usize,
    },
}
