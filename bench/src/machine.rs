//! On what and of what the measurement was made.

use serde::{Deserialize, Serialize};
use std::process::Command;

/// The machine that client and server share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// How many cores the process may use.
    pub cores: usize,
    /// What the kernel calls the processor.
    pub processor: String,
    /// Memory in GiB, rounded.
    pub memory_gib: u64,
    /// The kernel.
    pub kernel: String,
}

impl Machine {
    /// Reads what the kernel says.
    pub fn read() -> Self {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let kilobytes: u64 =
            value_of(&meminfo, "MemTotal").and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(0);
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: value_of(&cpuinfo, "model name").unwrap_or("unknown").to_owned(),
            memory_gib: (kilobytes + (512 << 10)) >> 20,
            kernel: kernel.trim().to_owned(),
        }
    }
}

/// Returns the commit that is checked out, with a mark when files differ from it.
pub fn commit() -> String {
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no", "--", "../crates", "src"]);
    if changed.is_some_and(|changed| !changed.is_empty()) { format!("{commit} with changes") } else { commit }
}

/// Returns how many processes wanted to run in the last minute, on average.
pub fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN)
}

fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}
