//! A library that makes the calls of a process fail (`shim.c`), compiled when it is first needed, and its settings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;
use tracely_testkit::process::Home;

/// The numbers of errors on Linux.
pub const NO_SPACE: &str = "28";
pub const READ_ONLY: &str = "30";
pub const IO_ERROR: &str = "5";

static LIBRARY: OnceLock<(TempDir, PathBuf)> = OnceLock::new();

/// What the shim of one home does now.
#[derive(Debug)]
pub struct Shim {
    settings: PathBuf,
}

impl Shim {
    /// Puts the shim under every process of a home that is started from now on. It does nothing yet.
    pub fn under(home: Home) -> (Home, Self) {
        let settings = home.directory().join("shim");
        fs::write(&settings, "").unwrap();
        let data_dir = home.data_dir();
        let home = home
            .with("LD_PRELOAD", library())
            .with("TRACELY_SHIM", &settings)
            .with("TRACELY_SHIM_DIR", data_dir);
        (home, Self { settings })
    }

    /// Says what happens from now on, one `WORD NUMBER` a line; an empty text means nothing.
    pub fn set(&self, text: &str) {
        let next = self.settings.with_extension("next");
        fs::write(&next, text).unwrap();
        fs::rename(next, &self.settings).unwrap();
    }
}

fn library() -> &'static Path {
    let compile = || {
        let directory = TempDir::new().unwrap();
        let library = directory.path().join("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-w", "-o"])
            .arg(&library)
            .arg(source)
            .arg("-ldl")
            .output();
        let compiled = compiled.expect("a C compiler is needed: cc");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        (directory, library)
    };
    &LIBRARY.get_or_init(compile).1
}
