//! One module for each command.

pub mod completions;
pub mod import;
pub mod migrate;
pub mod openapi;
pub mod seed;
pub mod serve;
pub mod verify;
pub mod version;
