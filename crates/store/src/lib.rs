//! The log and the state: one API over `SQLite` and `PostgreSQL`.
//!
//! [`Store`] reads; [`Tx`] is the unit of work and the only thing that writes. A transaction captures one instant,
//! makes the ids, gathers the domain events, and at the end writes them to the log, commits, and wakes whoever
//! follows the log. No type of the ORM or the drivers leaves this crate.

pub mod backup;
pub mod belief;
mod bounded;
mod claim;
mod clock;
mod connect;
pub mod consumer;
pub mod department;
mod error;
pub mod idempotency;
pub mod incident;
pub mod installation;
pub mod log;
pub mod metric_type;
mod migration;
pub mod notification;
mod observe;
pub mod organization;
pub mod page;
pub mod parked;
mod probe;
pub mod rule;
pub mod saved_view;
mod schema;
pub mod search;
pub mod segment;
pub mod series;
pub mod service;
pub mod snapshot;
mod sql;
mod statistics;
mod tx;

pub use clock::{Clock, IdSource};
pub use connect::{Options, PATIENCE, Store, Target, Task};
pub use error::{StoreError, Trouble};
pub use migration::MigrationState;
pub use observe::Observer;
pub use tx::{Reads, Tx};
