//! The names of segment files.

use tracely_core::time::{DAY, Timestamp};

/// The ending of segment files.
const ENDING: &str = ".parquet";
/// The ending of files that are being written.
pub(crate) const UNFINISHED: &str = ".unfinished";

/// What a segment's name says: how much of the log it knew, and how often its points were merged.
///
/// Of two segments that hold the same series and instant, the greater name has the point accepted later, unless
/// a merge took in a later segment and left an earlier one out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct SegmentName {
    /// The log position of the newest flush in it.
    pub(crate) position: u64,
    /// The number of merges; it keeps the names of a merged segment and of its parts apart.
    pub(crate) generation: u32,
}

impl SegmentName {
    /// Composes the file name of a segment of this day, such as `2024-01-15-00000000000000000042-0.parquet`.
    pub(crate) fn file(self, day: i64) -> String {
        let start = Timestamp(day.saturating_mul(DAY)).to_string();
        let date = start.split('T').next().unwrap_or(&start);
        format!("{date}-{:020}-{}{ENDING}", self.position, self.generation)
    }

    /// Reads a file name back; one that somebody else made says nothing and comes first.
    pub(crate) fn parse(file: &str) -> Self {
        let Some(stem) = file.strip_suffix(ENDING) else { return Self::default() };
        let mut parts = stem.rsplit('-');
        let generation = parts.next().and_then(|part| part.parse().ok());
        let position = parts.next().and_then(|part| part.parse().ok());
        let (Some(generation), Some(position)) = (generation, position) else { return Self::default() };
        Self { position, generation }
    }
}

/// Says whether a file in the directory is a segment, or one that was being written.
pub(crate) fn is_segment_file(name: &str) -> bool {
    name.ends_with(ENDING) || name.ends_with(UNFINISHED)
}

#[cfg(test)]
mod tests {
    use super::SegmentName;

    #[test]
    fn a_segment_name_is_read_back() {
        let name = SegmentName { position: 42, generation: 3 };
        assert_eq!(name.file(19_737), "2024-01-15-00000000000000000042-3.parquet");
        assert_eq!(SegmentName::parse(&name.file(19_737)), name);
        assert_eq!(SegmentName::parse("foreign.parquet"), SegmentName::default());
    }
}
