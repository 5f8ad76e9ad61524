//! The commands as they are typed, against a server that keeps what it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod api;
mod import;
mod process;
mod seed;
