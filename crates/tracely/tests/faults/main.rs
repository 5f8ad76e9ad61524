//! Faults: the real server under load is killed, and its database is taken away in every way that could be thought of.
//! What was acknowledged is written down, and audited through the public API.
//!
//! The ordinary tests run a few rounds; `make faults` runs many through the same code. The random moments come from a
//! seed, which is printed; `TRACELY_FAULT_SEED` repeats it as far as the scheduler allows.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod ask;
mod attack;
mod audit;
mod backup;
mod clock;
mod disk;
mod kill;
mod ledger;
mod model;
#[cfg(unix)]
mod postgres;
mod replay;
mod shim;
mod team;
mod world;

/// The binary of this crate.
pub const TRACELY: &str = env!("CARGO_BIN_EXE_tracely");
