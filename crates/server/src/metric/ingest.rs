//! Ingestion: validate, resolve the series, hand to the group commit, and acknowledge only what is durable.

pub(crate) mod accept;
pub(crate) mod handler;
pub(crate) mod raw;
mod repeat;
pub(crate) mod writer;
