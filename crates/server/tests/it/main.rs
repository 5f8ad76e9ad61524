//! The application over HTTP, on a real database: `SQLite`, or `PostgreSQL` when the environment says so.

mod main_job;
mod restart;
