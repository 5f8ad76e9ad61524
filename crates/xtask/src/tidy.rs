//! Invariants of the code base that a text search can check.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// What must not appear in some crates, and why.
struct Ban {
    crates: &'static [&'static str],
    words: &'static [&'static str],
    why: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        crates: &["core", "analytics", "web", "server", "tracely", "testkit"],
        words: &["sea_orm", "sea_query"],
        why: "only the store names the ORM",
    },
    Ban {
        crates: &["core"],
        words: &[
            ".await",
            "async fn",
            "std::fs",
            "std::net",
            "std::env",
            "SystemTime",
            "Instant::now",
            "tokio",
        ],
        why: "the core decides; it does not wait, read, write or look at a clock",
    },
    Ban {
        crates: &["store", "analytics", "web"],
        words: &["axum", "utoipa"],
        why: "only the server knows HTTP",
    },
    Ban {
        crates: &["web"],
        words: &["tracely_core", "tracely_store", "tracely_analytics", "tracely_server", "tokio"],
        why: "the web crate holds files and knows nothing of what they are for",
    },
    Ban {
        crates: &["analytics"],
        words: &["tracely_store", "sqlx"],
        why: "store and analytics do not know each other",
    },
    Ban {
        crates: &["store"],
        words: &["tracely_analytics"],
        why: "store and analytics do not know each other",
    },
];

/// A source file that is not a test is split by responsibility when it is longer.
const MAX_LINES: usize = 450;

/// Checks every source file and reports everything that is wrong.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    let mut files = sources(&root.join("crates"))?;
    files.extend(sources(&root.join("bench"))?);
    for file in files {
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        let name = shown.split('/').nth(1).unwrap_or_default();
        let is_test = shown.contains("/tests") || shown.contains("_tests.rs") || shown.contains("/examples/");
        for ban in BANS.iter().filter(|ban| ban.crates.contains(&name) && !is_test) {
            for (number, line) in
                text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
            {
                for word in ban.words.iter().filter(|word| line.contains(**word)) {
                    wrong.push(format!("{shown}:{}: {word}: {}", number + 1, ban.why));
                }
            }
        }
        if text.lines().count() > MAX_LINES && !is_test {
            wrong.push(format!("{shown}: more than {MAX_LINES} lines; split it by responsibility"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n")) }
}

fn sources(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
