//! What the tests share.
//!
//! `TRACELY_TEST_DATABASE` chooses the database of every test: `sqlite` (the default) or `postgres`, which needs
//! the address of a server in `TRACELY_TEST_POSTGRES` (`scripts/with-postgres` gives one).

pub mod app;
#[cfg(unix)]
pub mod cluster;
pub mod database;
pub mod large;
pub mod patience;
pub mod process;
pub mod search;
pub mod tls;
pub mod work;
