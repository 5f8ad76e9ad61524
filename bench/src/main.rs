//! Measures Tracely against its performance budget.
//!
//! ```text
//! cargo run --release -p tracely-bench -- a1 --database sqlite --seconds 60 --runs 3
//! ```
//!
//! Each scenario starts the release binary on fresh data, sends load from this process, and prints a line of JSON for
//! each run. The lines are kept in `bench/results.jsonl`, and `bench/REPORT.md` is written from them.
//!
//! The client runs on one thread, because it shares the machine with the server. Latency of an open loop counts from
//! the instant at which a request ought to be sent.

mod answer;
mod api;
mod bench;
mod cli;
mod connection;
mod disk;
mod home;
mod load;
mod machine;
mod pace;
mod population;
mod process;
mod record;
mod recorder;
mod report;
mod row;
mod scenario;
mod search;
mod workload;

use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    cli::Cli::parse().run().await
}
