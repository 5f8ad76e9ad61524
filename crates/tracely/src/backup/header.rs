//! What a backup says of itself.

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use tracely_core::time::Timestamp;
use tracely_store::backup::{Table, check_migrations};

/// The format of backups that this version writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// What a backup says of itself, in its first part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The format of the whole file.
    pub format: u32,
    /// The version of Tracely that wrote it.
    pub tracely: String,
    /// The kind of database it was read from; it can be restored into any.
    pub database: String,
    /// The migrations that the database had, in order.
    pub migrations: Vec<String>,
    /// The position of the last entry of the log.
    pub position: u64,
    /// When it was begun. Whatever was acknowledged before is in it.
    pub created_at: Timestamp,
    /// The tables, in the order of their parts.
    pub tables: Vec<Table>,
    /// The segment files, in the order of their parts.
    pub segments: Vec<SegmentPart>,
    /// Segment files that the database lists and that were not there.
    pub missing_segments: Vec<String>,
}

/// A segment file in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentPart {
    /// Its name in the segment directory.
    pub file: String,
    /// Its size.
    pub bytes: u64,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Header {
    /// Reads the first part of a backup. The format is looked at before anything else, since a newer one may differ in
    /// everything but that.
    pub fn parse(content: &[u8]) -> anyhow::Result<Self> {
        let Format { format } = serde_json::from_slice(content).context("its first part cannot be read")?;
        if format > FORMAT {
            bail!("it has format {format}, and this version of Tracely reads formats up to {FORMAT}");
        }
        let header: Self = serde_json::from_slice(content).context("its first part cannot be read")?;
        check_migrations(&header.migrations)?;
        if let Some(odd) = header.segments.iter().find(|segment| !is_plain_name(&segment.file)) {
            bail!("it names a segment {:?}, which is no name of a file", odd.file);
        }
        Ok(header)
    }
}

/// Says whether a name stays in the directory to which it is appended.
fn is_plain_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::{Header, is_plain_name};

    #[test]
    fn a_newer_format_is_refused_whatever_else_it_says() {
        let refused = Header::parse(br#"{"format": 2, "wings": true}"#).unwrap_err().to_string();
        assert!(refused.contains("format 2"), "{refused}");
        assert!(Header::parse(b"{}").is_err());
    }

    #[test]
    fn a_segment_cannot_be_put_elsewhere() {
        assert!(is_plain_name("2024-01-15-00000000000000000042-0.parquet"));
        for name in ["", "..", ".x", "a/b", "a\\b", "/etc/passwd", "C:x"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
