//! Writing the parts of a backup, and their checksums at the end.

use super::CHECKSUMS;
use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use tracely_core::time::{SECOND, Timestamp};

/// A backup while it is written.
pub struct Writer<W: Write> {
    archive: tar::Builder<W>,
    at: Timestamp,
    checksums: String,
}

impl<W: Write> Writer<W> {
    /// Begins a backup whose parts bear an instant.
    pub fn new(to: W, at: Timestamp) -> Self {
        Self { archive: tar::Builder::new(to), at, checksums: String::new() }
    }

    /// Adds a part of exactly `bytes` bytes.
    pub fn add(&mut self, name: &str, bytes: u64, content: impl Read) -> anyhow::Result<()> {
        let mut content = Hashing { inner: content.take(bytes), hash: Sha256::new(), read: 0 };
        self.append(name, bytes, &mut content)?;
        if content.read != bytes {
            bail!("{name} has {} bytes instead of {bytes}", content.read);
        }
        writeln!(self.checksums, "{}  {name}", hex(&content.hash.finalize())).context("checksums")?;
        Ok(())
    }

    /// Adds the checksums and ends the archive.
    pub fn finish(mut self) -> anyhow::Result<W> {
        let checksums = std::mem::take(&mut self.checksums);
        self.append(CHECKSUMS, checksums.len() as u64, checksums.as_bytes())?;
        self.archive.into_inner().context("cannot write the backup")
    }

    fn append(&mut self, name: &str, bytes: u64, content: impl Read) -> anyhow::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime((self.at.0 / SECOND).max(0).cast_unsigned());
        self.archive.append_data(&mut header, name, content).context("cannot write the backup")
    }
}

/// Writes bytes as `sha256sum` does.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes any text");
        text
    })
}

struct Hashing<R> {
    inner: R,
    hash: Sha256,
    read: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.read += read as u64;
        Ok(read)
    }
}
