//! The HTTP API and the workers of Tracely: one module for each feature, and the parts they share.
//!
//! [`App`] is the state that everything works on. [`router`] gives the API; [`Workers`] follow the log.

mod analytics;
mod app;
mod department;
mod failures;
mod health;
pub mod http;
mod incident;
mod live;
mod me;
#[cfg(feature = "measure")]
pub mod measure;
mod metric;
mod metric_type;
mod notification;
mod registry;
mod retention;
mod rule;
mod saved_view;
mod self_monitoring;
mod service;
mod system;
mod telemetry;
mod web;
mod worker;

pub use analytics::{indexer, segment_of, settings_of_cluster};
pub use app::{App, Settings, StartError};
pub use http::openapi::{document, router};
pub use self_monitoring::SelfMonitoring;
pub use worker::Workers;
