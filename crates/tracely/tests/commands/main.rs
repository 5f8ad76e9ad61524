//! The commands as they are typed: against a server that keeps what it is told, and the real server as a process.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod api;
mod backup;
mod elastic;
mod import;
mod live;
mod process;
mod real_data;
mod reindex;
mod seed;
mod server;
