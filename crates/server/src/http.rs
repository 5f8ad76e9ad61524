//! What all features share about HTTP.

pub mod body;
pub mod caller;
pub mod connections;
pub mod cursor;
pub mod envelope;
pub mod guard;
pub mod openapi;
pub mod path;
mod patient;
pub mod problem;
pub mod query;
pub mod reference;
pub(crate) mod room;
pub mod table;
