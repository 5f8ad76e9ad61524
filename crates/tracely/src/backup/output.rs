//! Where a backup is written to: standard output, or a file that appears when it is whole.

use crate::data_dir::sync;
use anyhow::{Context, bail};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The bytes of a backup on their way. Dropped before [`Output::finish`], it removes what it has written to a file.
#[derive(Debug)]
pub struct Output {
    to: BufWriter<To>,
    written: u64,
}

#[derive(Debug)]
enum To {
    Stdout(io::Stdout),
    File(Unfinished),
}

/// A file under a name that says that it is not finished.
#[derive(Debug)]
struct Unfinished {
    file: File,
    path: PathBuf,
    finished: bool,
}

/// What may happen to a file of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the backup is refused.
    Keep,
    /// The backup takes its place, once it is whole.
    Replace,
}

impl Output {
    /// Opens a file, or standard output for `-`.
    pub fn open(path: &Path, existing: Existing) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self { to: BufWriter::new(To::Stdout(io::stdout())), written: 0 });
        }
        refuse(path, existing)?;
        let mut name = path.file_name().context("the name of a file is expected")?.to_owned();
        name.push(format!(".{}.unfinished", std::process::id()));
        let unfinished = path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file =
            options.open(&unfinished).with_context(|| format!("cannot write {}", unfinished.display()))?;
        let file = Unfinished { file, path: unfinished, finished: false };
        Ok(Self { to: BufWriter::with_capacity(1 << 20, To::File(file)), written: 0 })
    }

    /// Makes everything durable, gives the file its name, and returns the number of bytes.
    pub fn finish(self, path: &Path, existing: Existing) -> anyhow::Result<u64> {
        let Self { to, written } = self;
        match to.into_inner().map_err(io::IntoInnerError::into_error).context("cannot write the backup")? {
            To::Stdout(mut stdout) => stdout.flush().context("cannot write to standard output")?,
            To::File(mut unfinished) => {
                unfinished.file.sync_all().context("cannot write the backup")?;
                refuse(path, existing)?;
                fs::rename(&unfinished.path, path)
                    .with_context(|| format!("cannot rename {}", unfinished.path.display()))?;
                unfinished.finished = true;
                let directory = path.parent().filter(|parent| *parent != Path::new(""));
                sync(directory.unwrap_or(Path::new("."))).context("cannot make the backup's name durable")?;
            }
        }
        Ok(written)
    }
}

fn refuse(path: &Path, existing: Existing) -> anyhow::Result<()> {
    if existing == Existing::Keep && path.symlink_metadata().is_ok() {
        bail!("{} is already there; choose another name, or replace it with --force", path.display());
    }
    Ok(())
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Write for To {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::File(unfinished) => unfinished.file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::File(unfinished) => unfinished.file.flush(),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.finished {
            // Nobody can be told here; the name says what it is.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Existing, Output};
    use std::fs;
    use std::io::Write;

    #[test]
    fn a_file_appears_when_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b.tar");
        let names = || fs::read_dir(dir.path()).unwrap().count();
        let mut output = Output::open(&path, Existing::Keep).unwrap();
        output.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(output);
        assert_eq!(names(), 0, "what is not whole goes");

        let mut output = Output::open(&path, Existing::Keep).unwrap();
        output.write_all(b"whole").unwrap();
        assert_eq!(output.finish(&path, Existing::Keep).unwrap(), 5);
        assert_eq!((fs::read(&path).unwrap(), names()), (b"whole".to_vec(), 1));
        assert!(Output::open(&path, Existing::Keep).unwrap_err().to_string().contains("--force"));

        let mut output = Output::open(&path, Existing::Replace).unwrap();
        output.write_all(b"newer").unwrap();
        assert!(output.finish(&path, Existing::Keep).is_err(), "it appeared meanwhile");
        assert_eq!((fs::read(&path).unwrap(), names()), (b"whole".to_vec(), 1));
        let mut output = Output::open(&path, Existing::Replace).unwrap();
        output.write_all(b"newer").unwrap();
        output.finish(&path, Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"newer");
    }
}
