//! One module for each command.

pub mod backup;
pub mod completions;
pub mod health;
pub mod import;
pub mod migrate;
pub mod openapi;
pub mod reindex;
pub mod restore;
pub mod seed;
pub mod serve;
pub mod verify;
pub mod version;
