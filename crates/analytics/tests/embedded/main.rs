//! The embedded engine, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test fails where it must not go on")]

mod harness;
mod model;
mod naive;
mod questions;
mod rebuild;
mod steps;
mod trial;
