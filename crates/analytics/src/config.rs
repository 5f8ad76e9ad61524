//! Settings of the embedded engine.

/// Settings of the embedded engine; the defaults are measured and suit an installation of up to 100 000 series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The zstd level of segment pages, 1 to 22; 1 by default, because higher levels save little on packed columns.
    pub zstd_level: i32,
    /// Rows of a row group, the unit that readers prune and share among threads; 131 072 by default.
    pub row_group_rows: usize,
    /// Points up to which a bucket's percentiles are exact; 1 024 by default.
    /// A chart of many buckets lowers the limit, so that the values kept stay below four million.
    pub exact_limit: usize,
    /// Threads that one question may use; 0, the default, stands for the available parallelism.
    pub threads: usize,
    /// Points in the tail that are kept in arrival order before they are sorted into a run; 131 072 by default.
    pub run_points: usize,
    /// Rows above which a segment is not merged any further; 20 million by default.
    pub segment_rows: u64,
    /// Small segments of one day that gather before they are merged; 8 by default, at least 2.
    pub merge_fan_in: usize,
    /// The most points that a rule is tried on; four million by default, 16 bytes of memory each.
    pub trial_points: usize,
    /// The largest `offset + limit` of a points question; a million by default, 24 bytes of memory each.
    pub page_depth: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            zstd_level: 1,
            row_group_rows: 128 * 1024,
            exact_limit: 1_024,
            threads: 0,
            run_points: 128 * 1024,
            segment_rows: 20_000_000,
            merge_fan_in: 8,
            trial_points: 4_000_000,
            page_depth: 1_000_000,
        }
    }
}

impl Config {
    /// Returns the number of threads that one question may use.
    pub(crate) fn question_threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }
}
