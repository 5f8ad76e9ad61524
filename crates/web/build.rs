//! Puts the files of the web app into the crate, in release builds. Others read the directory while they run.
//!
//! The directory is watched in release builds only: cargo takes one that is not there for changed, so everything
//! would be compiled again with each build without a web app.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let source = if variable("PROFILE") == "release" {
        let dist = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../../web/dist");
        println!("cargo::rerun-if-changed={}", dist.display());
        let mut files = Vec::new();
        if dist.is_dir() {
            gather(&dist, "", &mut files)?;
        }
        files.sort();
        let mut list = String::new();
        for (name, path) in files {
            let _ = writeln!(list, "({name:?}, include_bytes!({:?})),", path.display().to_string());
        }
        format!("Some(&[\n{list}])\n")
    } else {
        "None\n".to_owned()
    };
    fs::write(Path::new(&variable("OUT_DIR")).join("built.rs"), source)
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its paths in the environment")]
fn variable(name: &str) -> String {
    env::var(name).expect("cargo sets this variable")
}

/// Lists the files under a directory by their names, such as `assets/app-1a2b.js`.
fn gather(dir: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files)?;
        } else {
            files.push((name, path.canonicalize()?));
        }
    }
    Ok(())
}
