//! Chores of the repository.
//!
//! ```text
//! cargo xtask openapi          writes docs/openapi.json
//! cargo xtask openapi --check  fails when the file is not what the code says
//! cargo xtask tidy             checks the invariants of ARCHITECTURE.md that a text search can check
//! ```

mod tidy;

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["openapi"] => write_openapi(),
        ["openapi", "--check"] => check_openapi(),
        ["tidy"] => tidy::check(&root()),
        _ => bail!("usage: cargo xtask openapi [--check] | tidy"),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("crates/xtask lies two levels deep")
        .to_owned()
}

fn write_openapi() -> anyhow::Result<()> {
    let file = root().join("docs/openapi.json");
    std::fs::write(&file, tracely_server::document())
        .with_context(|| format!("cannot write {}", file.display()))
}

fn check_openapi() -> anyhow::Result<()> {
    let file = root().join("docs/openapi.json");
    let committed =
        std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    if committed != tracely_server::document() {
        bail!("docs/openapi.json is not what the code says; run `make openapi` and commit it");
    }
    Ok(())
}
