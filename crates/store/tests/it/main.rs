//! The store on a real database: `SQLite`, or `PostgreSQL` when the environment says so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backup;
mod large;
mod log;
mod migration;
mod patience;
