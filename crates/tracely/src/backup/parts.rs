//! Reading the parts of a backup one after another, and comparing their checksums at the end.

use super::writer::hex;
use super::{CHECKSUMS, HEADER, Header, ROWS, SEGMENTS, TABLES};
use anyhow::{Context, anyhow, bail};
use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// The parts of a backup. Nothing that was read is known to be right before [`Parts::next`] has returned none.
pub struct Parts<'a, R: Read + 'a> {
    entries: tar::Entries<'a, R>,
    header: Header,
    seen: Vec<Seen>,
    next_segment: usize,
}

/// A part while it is read.
pub struct Part<'a, R: Read + 'a> {
    /// What is in it.
    pub content: Content,
    name: String,
    place: u64,
    bytes: u64,
    read: u64,
    hash: Sha256,
    entry: tar::Entry<'a, R>,
}

/// What is in a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Compressed rows of the table of this name.
    Rows(String),
    /// The segment file of this name.
    Segment(String),
}

struct Seen {
    name: String,
    place: u64,
    checksum: String,
}

impl<'a, R: Read> Parts<'a, R> {
    /// Reads the first part.
    pub fn begin(archive: &'a mut tar::Archive<R>) -> anyhow::Result<Self> {
        let mut entries = archive.entries().context("it cannot be read")?;
        let not_a_backup = "it is not a backup of Tracely, or its beginning is damaged";
        let first = entries.next().with_context(|| not_a_backup)?.with_context(|| not_a_backup)?;
        let mut first = Part::begin(first, |name| {
            if name == HEADER { Ok(Content::Rows(String::new())) } else { bail!(not_a_backup) }
        })?;
        let mut content = Vec::new();
        first.read_to_end(&mut content).with_context(|| not_a_backup)?;
        let seen = first.end()?;
        let header = Header::parse(&content)?;
        Ok(Self { entries, header, seen: vec![seen], next_segment: 0 })
    }

    /// Returns what the backup says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Goes to the next part. None means that all parts were there, each with its checksum.
    pub fn next(&mut self) -> anyhow::Result<Option<Part<'a, R>>> {
        let last = || self.seen.last().map_or("", |seen| seen.name.as_str());
        let entry = match self.entries.next() {
            None => bail!("it is cut off: it ends after {}, before its checksums", last()),
            Some(entry) => entry.with_context(|| format!("it is damaged or cut off after {}", last()))?,
        };
        if entry.path_bytes().as_ref() == CHECKSUMS.as_bytes() {
            self.end(entry)?;
            return Ok(None);
        }
        let tables = &self.header.tables;
        let expected = self.header.segments.get(self.next_segment);
        let part = Part::begin(entry, |name| {
            if let Some(table) = table_of(name)
                && tables.iter().any(|known| known.name == table)
            {
                return Ok(Content::Rows(table.to_owned()));
            }
            match (name.strip_prefix(SEGMENTS), expected) {
                (Some(file), Some(expected)) if file == expected.file => {
                    Ok(Content::Segment(file.to_owned()))
                }
                _ => bail!("part {name} does not belong there"),
            }
        })?;
        if let (Content::Segment(_), Some(expected)) = (&part.content, expected) {
            if part.bytes != expected.bytes {
                bail!("part {} has {} bytes instead of {}", part.name, part.bytes, expected.bytes);
            }
            self.next_segment += 1;
        }
        Ok(Some(part))
    }

    /// Reads what is left of a part, and remembers its checksum.
    pub fn close(&mut self, part: Part<'a, R>) -> anyhow::Result<()> {
        self.seen.push(part.end()?);
        Ok(())
    }

    fn end(&mut self, mut entry: tar::Entry<'a, R>) -> anyhow::Result<()> {
        let (mut text, bytes) = (String::new(), entry.size());
        entry.read_to_string(&mut text).context("its checksums cannot be read")?;
        if text.len() as u64 != bytes {
            bail!("it is cut off in its checksums");
        }
        let mut lines = text.lines();
        for Seen { name, place, checksum } in &self.seen {
            if lines.next() != Some(format!("{checksum}  {name}").as_str()) {
                bail!(
                    "it is damaged: part {name}, at byte {place}, does not have the checksum that was written"
                );
            }
        }
        if lines.next().is_some() || self.next_segment != self.header.segments.len() {
            bail!("it is damaged: parts are missing");
        }
        Ok(())
    }
}

/// Reads the table from the name of a part, such as `tables/log.000001.ndjson.zst`.
fn table_of(name: &str) -> Option<&str> {
    let (table, number) = name.strip_prefix(TABLES)?.strip_suffix(ROWS)?.rsplit_once('.')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then_some(table)
}

impl<'a, R: Read> Part<'a, R> {
    fn begin(
        entry: tar::Entry<'a, R>,
        content_of: impl FnOnce(&str) -> anyhow::Result<Content>,
    ) -> anyhow::Result<Self> {
        let name = String::from_utf8(entry.path_bytes().into_owned())
            .map_err(|_| anyhow!("it is damaged: a part has no readable name"))?;
        let (place, bytes) = (entry.raw_header_position(), entry.size());
        let content = content_of(&name)?;
        Ok(Self { content, name, place, bytes, read: 0, hash: Sha256::new(), entry })
    }

    fn end(mut self) -> anyhow::Result<Seen> {
        let Self { place, bytes, .. } = self;
        let copied = io::copy(&mut self, &mut io::sink());
        let name = std::mem::take(&mut self.name);
        copied.with_context(|| format!("part {name}, at byte {place}, cannot be read"))?;
        if self.read != bytes {
            bail!("it is cut off: part {name}, at byte {place}, has {} of {bytes} bytes", self.read);
        }
        Ok(Seen { name, place, checksum: hex(&self.hash.finalize()) })
    }
}

impl<R: Read> Read for Part<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.entry.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.read += read as u64;
        Ok(read)
    }
}
