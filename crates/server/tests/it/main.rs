//! The application over HTTP, on a real database: `SQLite`, or `PostgreSQL` when the environment says so.

mod bad_input;
mod chart;
mod comment;
mod department;
mod guard;
mod idempotency;
mod incident;
mod incident_list;
mod incident_summary;
mod ingest;
mod ingest_batch;
mod judging;
mod live;
mod main_job;
mod metric_list;
mod metric_type;
mod notification;
mod poison;
mod restart;
mod retention;
mod rule;
mod self_monitoring;
mod service;
mod support;
mod system;
mod timeline;
