//! Checking that a backup is whole and undamaged.

use super::Header;
use super::parts::Parts;
use std::io::Read;

/// Reads a whole backup and compares every checksum. The error says what is wrong and where.
pub fn check(input: impl Read) -> anyhow::Result<Header> {
    let mut archive = tar::Archive::new(input);
    let mut parts = Parts::begin(&mut archive)?;
    while let Some(part) = parts.next()? {
        parts.close(part)?;
    }
    Ok(parts.header().clone())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::backup::Header;
    use crate::backup::header::{FORMAT, SegmentPart};
    use crate::backup::writer::Writer;
    use tracely_core::time::Timestamp;
    use tracely_store::backup::{Column, Kind, Table};

    /// A part as a test makes it up.
    type Made<'a> = (&'a str, &'a [u8]);

    const ROWS: Made<'static> = ("tables/log.000001.ndjson.zst", b"rows");
    const POINTS: Made<'static> = ("segments/a.parquet", b"points");

    fn archive(parts: &[Made<'_>]) -> Vec<u8> {
        let columns = vec![Column { name: "position".into(), kind: Kind::Integer }];
        let header = Header {
            format: FORMAT,
            tracely: "0.1.0".into(),
            database: "SQLite".into(),
            migrations: vec!["m0001_initial".into()],
            position: 1,
            created_at: Timestamp(1_705_314_600_000_000),
            tables: vec![Table { name: "log".into(), columns }],
            segments: vec![SegmentPart { file: "a.parquet".into(), bytes: 6 }],
            missing_segments: Vec::new(),
        };
        let mut writer = Writer::new(Vec::new(), header.created_at);
        let first = serde_json::to_vec(&header).unwrap();
        writer.add("backup.json", first.len() as u64, first.as_slice()).unwrap();
        for (name, content) in parts {
            writer.add(name, content.len() as u64, *content).unwrap();
        }
        writer.finish().unwrap()
    }

    fn refused(archive: &[u8]) -> String {
        format!("{:#}", check(archive).unwrap_err())
    }

    #[test]
    fn a_byte_that_changed_anywhere_is_noticed() {
        let whole = archive(&[ROWS, POINTS]);
        assert_eq!(check(whole.as_slice()).unwrap().position, 1);
        let mut significant = Vec::new();
        let mut reader = tar::Archive::new(whole.as_slice());
        for entry in reader.entries().unwrap() {
            let entry = entry.unwrap();
            let (header, content) = (entry.raw_header_position(), entry.raw_file_position());
            significant.extend((header..header + 512).chain(content..content + entry.size()));
        }
        for place in significant {
            let mut damaged = whole.clone();
            damaged[place as usize] ^= 0x04;
            assert!(check(damaged.as_slice()).is_err(), "byte {place}");
        }
    }

    #[test]
    fn a_backup_that_ends_too_early_is_noticed() {
        let whole = archive(&[ROWS, POINTS]);
        let end = whole.len() - 1_024;
        let last = end - 512 + b"SHA256SUMS".len();
        for length in 0..last {
            assert!(check(&whole[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let mut damaged = archive(&[ROWS, POINTS]);
        let place = damaged.windows(4).position(|bytes| bytes == b"rows").unwrap();
        damaged[place] = b'R';
        let said = refused(&damaged);
        let part = format!("part tables/log.000001.ndjson.zst, at byte {}", place - 512);
        assert!(said.contains(&part), "{said}");
        let said = refused(&damaged[..place + 2]);
        assert!(said.contains("cut off") && said.contains("tables/log.000001.ndjson.zst"), "{said}");
        assert!(refused(b"").contains("not a backup"));
        assert!(refused(&[b'x'; 2_000]).contains("not a backup"));
    }

    #[test]
    fn parts_that_are_missing_doubled_or_strange_are_refused() {
        assert!(refused(&archive(&[ROWS])).contains("parts are missing"));
        assert!(refused(&archive(&[ROWS, POINTS, POINTS])).contains("does not belong"));
        assert!(refused(&archive(&[("tables/wings.000001.ndjson.zst", b"x"), POINTS])).contains("wings"));
        assert!(refused(&archive(&[("etc/passwd", b"x"), POINTS])).contains("does not belong"));
        assert!(refused(&archive(&[ROWS, ("segments/a.parquet", b"pts")])).contains("3 bytes instead of 6"));
    }
}
