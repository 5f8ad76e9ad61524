//! Taking a backup.

use super::header::{FORMAT, SegmentPart};
use super::output::Output;
use super::writer::Writer;
use super::{HEADER, Header, Links, ROWS, Reading, SEGMENTS, TABLES};
use anyhow::{Context, bail};
use std::collections::BTreeSet;
use std::path::Path;
use tokio::task::block_in_place;
use tracely_core::time::Timestamp;
use tracely_store::Target;
use tracely_store::backup::{Block, Dump};

/// How hard to compress rows; most of their bytes are compressed already.
const LEVEL: i32 = 3;
/// How often the state may change under the hands of a backup that looks for its files.
const MOST_BEGINNINGS: usize = 100;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What the backup says of itself.
    pub header: Header,
    /// How many rows it has.
    pub rows: u64,
}

/// Writes a backup of a database and of the segments in a data directory, and says how it goes along.
pub async fn take(
    target: &Target,
    data_dir: &Path,
    at: Timestamp,
    to: Output,
    mut progress: impl FnMut(&str, u64),
) -> anyhow::Result<(Taken, Output)> {
    let links = Links::begin(data_dir, Reading::Backup)?;
    let (mut dump, missing) = begin(target, &links).await?;
    let header = header(&dump, target, &links, missing, at)?;
    let mut writer = Writer::new(to, at);
    let json = serde_json::to_vec_pretty(&header).context("cannot write the first part")?;
    writer.add(HEADER, json.len() as u64, json.as_slice())?;
    let mut rows = 0;
    for table in &header.tables {
        let mut of_table = dump.rows(table);
        for number in 1.. {
            let Some(block) = of_table.next_block().await? else { break };
            rows += block.rows;
            block_in_place(|| add_rows(&mut writer, &table.name, number, &block))?;
            progress(&table.name, rows);
        }
    }
    // From here on the database may forget the state; the files have their second names.
    dump.close().await?;
    for (number, SegmentPart { file, bytes }) in header.segments.iter().enumerate() {
        block_in_place(|| writer.add(&format!("{SEGMENTS}{file}"), *bytes, links.open(file)?))?;
        progress("segments", number as u64 + 1);
    }
    Ok((Taken { header, rows }, writer.finish()?))
}

/// Begins to see a state whose segment files are all kept, apart from those that were lost before.
/// Returns the names of those.
async fn begin(target: &Target, links: &Links) -> anyhow::Result<(Dump, Vec<String>)> {
    let mut absent_before = BTreeSet::new();
    for _ in 0..MOST_BEGINNINGS {
        let dump = Dump::begin(target).await?;
        let mut absent = BTreeSet::new();
        for segment in dump.segments() {
            if !links.keep(&segment.file)? {
                absent.insert(segment.file.clone());
            }
        }
        // A file is removed after its row. One that was absent before this state began, and is still listed in it, was
        // removed by nobody who may.
        if absent.is_subset(&absent_before) {
            return Ok((dump, absent.into_iter().collect()));
        }
        absent_before = absent;
        dump.close().await?;
    }
    bail!("segments are merged faster than a backup can keep them; try again later")
}

fn header(
    dump: &Dump,
    target: &Target,
    links: &Links,
    missing: Vec<String>,
    at: Timestamp,
) -> anyhow::Result<Header> {
    let listed = dump.segments();
    if !missing.is_empty() && missing.len() == listed.len() {
        bail!(
            "none of the {} segments that the database lists is in the data directory; it is that of another database",
            listed.len()
        );
    }
    let mut segments = Vec::with_capacity(listed.len());
    for segment in listed.iter().filter(|segment| !missing.contains(&segment.file)) {
        // A file of another size than its row says is damaged, and is kept as it is.
        let bytes = links.open(&segment.file)?.metadata().context("cannot read the size of a segment")?.len();
        segments.push(SegmentPart { file: segment.file.clone(), bytes });
    }
    let database = match target {
        Target::Sqlite(_) => "SQLite",
        Target::Postgres(_) => "PostgreSQL",
    };
    Ok(Header {
        format: FORMAT,
        tracely: env!("CARGO_PKG_VERSION").to_owned(),
        database: database.to_owned(),
        migrations: dump.migrations().to_vec(),
        position: dump.position(),
        created_at: at,
        tables: dump.tables().to_vec(),
        segments,
        missing_segments: missing,
    })
}

fn add_rows(writer: &mut Writer<Output>, table: &str, number: u32, block: &Block) -> anyhow::Result<()> {
    let compressed = zstd::bulk::compress(block.lines.as_bytes(), LEVEL).context("cannot compress rows")?;
    let name = format!("{TABLES}{table}.{number:06}{ROWS}");
    writer.add(&name, compressed.len() as u64, compressed.as_slice())
}
