//! Points: how they come in and how they are read.

pub(crate) mod chart;
pub(crate) mod ingest;
pub(crate) mod list;
