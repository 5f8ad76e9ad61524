//! The store on a real database: `SQLite`, or `PostgreSQL` when the environment says so.

mod log;
mod migration;
