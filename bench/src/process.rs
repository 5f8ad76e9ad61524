//! What a process costs, as the kernel counts it (Linux).

use anyhow::Context;
use std::path::PathBuf;
use std::time::Duration;

/// The kernel's clock tick, in which it tells CPU time: a hundredth of a second on every Linux that matters here.
const TICK: Duration = Duration::from_millis(10);

/// Reads the CPU time that a process has used, in user and kernel mode, exact to 20 ms.
pub fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(proc(pid, "stat")).context("the process is gone")?;
    ticks(&stat).map(|ticks| TICK * ticks).context("/proc/PID/stat is not as expected")
}

/// User and kernel time follow the name in parentheses, which may itself hold blanks, at places 12 and 13.
fn ticks(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Reads the memory that a process occupies now, in bytes.
pub fn resident(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(proc(pid, "status")).context("the process is gone")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).context("no VmRSS")?;
    Ok(kilobytes.parse::<u64>()? * 1_024)
}

/// Reads the CPU time that this process has used.
pub fn own_cpu_time() -> anyhow::Result<Duration> {
    cpu_time(std::process::id())
}

fn proc(pid: u32, file: &str) -> PathBuf {
    format!("/proc/{pid}/{file}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_whatever_the_name_is() {
        let stat = "17 (a b) c) S 1 1 1 0 -1 4194304 1 0 0 0 250 30 0 0 20 0 1 0 1 1 1";
        assert_eq!(ticks(stat), Some(280));
    }

    #[test]
    fn this_process_has_memory() {
        assert!(resident(std::process::id()).unwrap() > 100_000);
    }
}
